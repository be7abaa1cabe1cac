"""Queries over the objects that a project shows: by filter, sorted by any number, summed up by group."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Float,
    Integer,
    Select,
    SQLColumnExpression,
    Text,
    any_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.images.repository import well_place
from spheroseg.server.results.exclusion import ObjectExclusion
from spheroseg.server.statistics.errors import InvalidCondition, UnknownColumn
from spheroseg.server.statistics.schemas import ObjectFilter
from spheroseg.server.tables.images import Frame, ImageRow
from spheroseg.server.tables.json_columns import MeasureColumn
from spheroseg.server.tables.results import ObjectRow, Result

IDENTITY: tuple[str, ...] = (
    "image_id", "image", "series", "series_name", "frame", "plate", "well", "field", "channel", "time_s", "time_h", "result_id", "number", "class_name",
    "confidence", "flags", "source", "review", "review_reason", "excluded",
)  # fmt: skip
"""Columns of each object before its measures."""

Column = SQLColumnExpression[Any]

_time_s = cast(func.coalesce(Frame.time_s, ImageRow.known_time_s), Float(53))
"""Of the time point where the file says it; of the image else."""
_time_h = cast(_time_s / 3600.0, Float(53))
_NUMBERS: dict[str, Column] = {
    "series": cast(ImageRow.series, Float(53)),
    "frame": cast(Frame.frame, Float(53)),
    "field": cast(ImageRow.field, Float(53)),
    "time_s": _time_s,
    "time_h": _time_h,
    "number": cast(ObjectRow.number, Float(53)),
    "confidence": cast(ObjectRow.confidence, Float(53)),
}
_WORDS: dict[str, Column] = {
    "image": ImageRow.name_key,
    "series_name": ImageRow.series_name,
    "plate": ImageRow.plate,
    "well": ImageRow.well,
    "channel": ImageRow.channel,
    "class_name": ObjectRow.class_name,
    "source": ObjectRow.source,
    "review": Frame.review,
}
_OPERATORS = {"lt": "__lt__", "le": "__le__", "gt": "__gt__", "ge": "__ge__", "eq": "__eq__"}

_well_label = func.concat_ws(" ", func.nullif(ImageRow.plate, ""), func.nullif(ImageRow.well, ""))
GROUPS: dict[str, tuple[Column, Column]] = {
    "none": (literal("", Text), literal("", Text)),
    "well": (_well_label, _well_label),
    "plate": (ImageRow.plate, ImageRow.plate),
    "class_name": (ObjectRow.class_name, ObjectRow.class_name),
    "time_s": (
        func.coalesce(cast(_time_s, Text), ""),
        func.coalesce(cast(_time_s, Text), ""),
    ),
    "image": (cast(ImageRow.id, Text), ImageRow.name),
}
"""Key and label of the group that an object belongs to; empty where it belongs to none."""

_LAYOUTS = text("""
    WITH RECURSIVE layouts AS (
        (SELECT layout FROM results WHERE project_id = :project_id ORDER BY layout LIMIT 1)
        UNION ALL
        SELECT (SELECT results.layout FROM results
                WHERE project_id = :project_id AND results.layout > layouts.layout ORDER BY results.layout LIMIT 1)
        FROM layouts WHERE layouts.layout IS NOT NULL
    )
    SELECT layout, (SELECT measure_columns FROM results
                    WHERE project_id = :project_id AND results.layout = layouts.layout LIMIT 1) AS columns
    FROM layouts WHERE layout IS NOT NULL
""")


async def layouts_of(session: AsyncSession, project_id: uuid.UUID) -> dict[str, list[MeasureColumn]]:
    """The orders of measures that a project's results have, each with its columns; usually one."""
    rows = await session.execute(_LAYOUTS, {"project_id": project_id})
    return {row.layout: row.columns for row in rows if row.columns}


@dataclass(frozen=True)
class ObjectQuery:
    """The objects that a project shows.

    Attributes:
        project_id: of the images.
        layouts: from `layouts_of`.
        wanted: which objects.
        exclusion: what the project leaves out.
    """

    project_id: uuid.UUID
    layouts: Mapping[str, Sequence[Mapping[str, Any]]]
    wanted: ObjectFilter
    exclusion: ObjectExclusion | None = None

    def names(self) -> list[str]:
        """Names of all measures, in the order in which results have them."""
        found: dict[str, None] = {}
        for columns in self.layouts.values():
            found |= dict.fromkeys(str(column["name"]) for column in columns)
        return list(found)

    def number(self, name: str) -> Column:
        """A column of numbers: a measure, wherever each result has it, or one of the identity.

        Raises:
            UnknownColumn: there is no such column, or it holds words.
        """
        if name in _NUMBERS:
            return _NUMBERS[name]
        places = {
            layout: place
            for layout, columns in self.layouts.items()
            for place, column in enumerate(columns, start=1)
            if column["name"] == name and column["kind"] != "word"
        }
        if not places:
            raise UnknownColumn(f"The objects have no column {name!r} that holds numbers", column=name)
        values = {layout: ObjectRow.measures[place] for layout, place in places.items()}
        if len(values) == len(self.layouts) == 1:
            return next(iter(values.values()))
        return case(values, value=Result.layout, else_=cast(null(), Float(53)))

    def selected(self, *columns: Column) -> Select[Any]:
        """Some columns of the objects, unordered.

        Raises:
            UnknownColumn, InvalidCondition: a condition makes no sense.
        """
        statement: Select[Any] = select(*columns)
        return (
            statement.select_from(ObjectRow)
            .join(Frame, Frame.result_id == ObjectRow.result_id)
            .join(ImageRow, ImageRow.id == Frame.image_id)
            .join(Result, Result.id == ObjectRow.result_id)
            .where(*self._conditions())
        )

    def _conditions(self) -> list[ColumnElement[bool]]:
        wanted = self.wanted
        conditions: list[ColumnElement[bool]] = [ObjectRow.project_id == self.project_id, ImageRow.deleted_at.is_(None)]
        if not wanted.include_excluded:
            conditions.append(Frame.review != "excluded")
        if self.exclusion is not None and not wanted.include_left_out:
            conditions.append(self.reasons() == "")
        if wanted.well is not None:
            row, column = well_place(wanted.well)
            conditions += [ImageRow.well_row == row, ImageRow.well_column == column]
        if wanted.flag is not None:
            conditions.append(literal(wanted.flag) == any_(ObjectRow.flags))
        if wanted.time_from_s is not None:
            conditions.append(_time_s >= wanted.time_from_s)
        if wanted.time_to_s is not None:
            conditions.append(_time_s <= wanted.time_to_s)
        exact: dict[Any, Any] = {
            ImageRow.plate: _plain(wanted.plate),
            ImageRow.channel: _plain(wanted.channel),
            ImageRow.id: wanted.image_id,
            ObjectRow.class_name: wanted.class_name,
            Frame.review: wanted.review,
        }
        conditions += [column == value for column, value in exact.items() if value is not None]
        return conditions + [self._condition(condition) for condition in wanted.where or ()]

    def reasons(self) -> Column:
        """Why the project leaves an object out, with semicolons; empty when it does not. As `ObjectExclusion.reasons` says it."""
        if self.exclusion is None:
            return literal("", Text)
        found: list[Column] = [
            case((literal(flag) == any_(ObjectRow.flags), flag)) for flag in self.exclusion.left_out_flags()
        ]
        known = {*self.names(), *_NUMBERS}
        for reason, column, is_low, bound in self.exclusion.bounds():
            if column in known:
                value = self.number(column)
                found.append(case((value < bound if is_low else value > bound, reason)))
        return func.concat_ws(";", *found, type_=Text) if found else literal("", Text)

    def _condition(self, condition: str) -> ColumnElement[bool]:
        name, operator, value = [*condition.split(":", 2), "", ""][:3]
        try:
            number = float(value)
        except ValueError:
            raise InvalidCondition(f"{value[:40]!r} is no number") from None
        if operator not in _OPERATORS:
            raise InvalidCondition(f"{operator[:20]!r} is none of {', '.join(_OPERATORS)}")
        compared: ColumnElement[bool] = getattr(self.number(name), _OPERATORS[operator])(number)
        return compared

    def page(self, sort: str | None, *, descending: bool, after: Sequence[Any] | None, limit: int) -> Executable:
        """A page of the table; `sort_value` comes first, then what `IDENTITY` and the measures are made of.

        Raises:
            UnknownColumn: the table cannot be sorted by this.
        """
        value: Column
        if sort is None:
            value = literal(0.0)
        elif sort in _WORDS:
            value = _WORDS[sort]
        else:  # what is not known comes last, whichever way
            value = func.coalesce(self.number(sort), literal(float("-inf") if descending else float("nan"), Float(53)))
        place = (
            (ObjectRow.result_id, ObjectRow.number) if sort is None else (value, ObjectRow.result_id, ObjectRow.number)
        )
        statement = self.selected(
            value.label("sort_value"),
            *(ObjectRow.result_id, ObjectRow.number, ObjectRow.class_name, ObjectRow.confidence, ObjectRow.flags),
            *(ObjectRow.source, ObjectRow.measures, Frame.image_id, Frame.frame, Frame.review, Frame.review_reason),
            self.reasons().label("excluded"),
            *(
                ImageRow.name,
                ImageRow.series,
                ImageRow.series_name,
                ImageRow.plate,
                ImageRow.well,
                ImageRow.field,
                ImageRow.channel,
                _time_s.label("time_s"),
                _time_h.label("time_h"),
            ),
        )
        if after is not None:
            kind = Text() if sort in _WORDS else Float(53)
            last = [cast(literal(after[0], kind), kind), literal(after[1]), literal(after[2], Integer)]
            row, end = tuple_(*place), tuple_(*(last[1:] if sort is None else last))
            statement = statement.where(row < end if descending else row > end)
        order = [column.desc() if descending else column.asc() for column in place]
        return statement.order_by(*order).limit(limit)


_SUMMARY = """
    WITH found AS MATERIALIZED ({found}),
    summary AS (
        SELECT key, count(*) AS n_objects, count(value) AS n, min(value) AS low, max(value) AS high, avg(value) AS mean,
            stddev_samp(value) AS sd, percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY value) AS q
        FROM found GROUP BY key),
    edges AS (SELECT min(low) AS first, max(high) AS last FROM summary),
    whiskers AS (
        SELECT found.key, min(value) FILTER (WHERE value >= q[1] - 1.5 * (q[3] - q[1])) AS whisker_low,
            max(value) FILTER (WHERE value <= q[3] + 1.5 * (q[3] - q[1])) AS whisker_high
        FROM found JOIN summary USING (key) GROUP BY found.key),
    bins AS (
        SELECT key, CASE WHEN last > first THEN least(width_bucket(value, first, last, {bins}), {bins}) ELSE 1 END AS bin,
            count(*) AS n
        FROM found, edges WHERE value IS NOT NULL GROUP BY 1, 2),
    histograms AS (SELECT key, array_agg(bin) AS bins, array_agg(n) AS counts FROM bins GROUP BY key)
    SELECT summary.*, whisker_low, whisker_high, first, last, bins, counts
    FROM summary JOIN whiskers USING (key) LEFT JOIN histograms USING (key) CROSS JOIN edges
"""


async def summaries(session: AsyncSession, found: Select[Any], bins: int) -> Sequence[Any]:
    """Counts, quartiles, whiskers and histograms by group.

    Args:
        session: the transaction.
        found: the columns `key` and `value`.
        bins: of each histogram; they are those of all groups together.
    """
    connection = await session.connection()
    compiled = found.compile(dialect=connection.dialect)
    statement = _SUMMARY.format(found=compiled, bins=bins)
    return (await connection.exec_driver_sql(statement, dict(compiled.params))).all()


def is_word(sort: str | None) -> bool:
    """Whether a table is sorted by a column of words."""
    return sort in _WORDS


def _plain(value: str | None) -> str | None:
    return None if value is None else value.replace("\0", "")
