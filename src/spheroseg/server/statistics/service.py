"""Tables, statistics and samples over the objects that a project shows."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Float, Text, and_, cast, func
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.records import CONDITION_COLUMNS
from spheroseg.records.csv_text import as_cell
from spheroseg.server.access.services import Services
from spheroseg.server.compute.measures import as_measures
from spheroseg.server.http.errors import TooLarge
from spheroseg.server.http.pagination import decode_cursor, page_of
from spheroseg.server.resources.db import Database
from spheroseg.server.results import objects_repository
from spheroseg.server.results.conditions_repository import Conditions, conditions_of
from spheroseg.server.results.exclusion_repository import exclusion_of
from spheroseg.server.statistics import repository
from spheroseg.server.statistics.errors import UnknownColumn
from spheroseg.server.statistics.repository import GROUPS, IDENTITY, ObjectQuery
from spheroseg.server.statistics.schemas import (
    ColumnStatistics,
    GroupBy,
    GroupStatistics,
    Histogram,
    ObjectFilter,
    ObjectTable,
    Scatter,
    ScatterPoint,
    Statistics,
    TableRequest,
    TableView,
)
from spheroseg.server.tables.images import Frame
from spheroseg.server.tables.json_columns import MeasureColumn
from spheroseg.server.tables.results import ObjectRow

MAX_GROUPS = 500
MAX_POINTS = 5_000
BINS = 30
MAX_XLSX_ROWS = 200_000
_ROWS_AT_ONCE = 2_000


async def query(session: AsyncSession, project_id: uuid.UUID, wanted: ObjectFilter) -> ObjectQuery:
    """The objects that a project shows, to be asked."""
    exclusion = await exclusion_of(session, project_id)
    return ObjectQuery(project_id, await repository.layouts_of(session, project_id), wanted, exclusion)


async def table_page(
    session: AsyncSession, objects: ObjectQuery, view: TableView, *, cursor: str | None, limit: int
) -> ObjectTable:
    """A page of the table.

    Raises:
        UnknownColumn: a column is not there, or cannot be sorted by.
    """
    kind = str if repository.is_word(view.sort) else float
    after = decode_cursor(cursor, kind, uuid.UUID, int)
    statement = objects.page(view.sort, descending=view.descending, after=after, limit=limit + 1)
    found = (await session.execute(statement)).all()
    rows, next_cursor = page_of(found, limit, lambda row: [row.sort_value, row.result_id, row.number])
    by_result = await objects_repository.columns_of(session, sorted({row.result_id for row in rows}))
    names = objects.names()
    conditions = await conditions_of(session, objects.project_id)
    columns = [*IDENTITY, *conditions.columns, *names] if view.columns is None else view.columns
    unknown = sorted(set(columns) - {*IDENTITY, *CONDITION_COLUMNS, *names})
    if unknown:
        raise UnknownColumn(f"The objects have no column {unknown[0]!r}", column=unknown[0])
    return ObjectTable(
        columns=columns,
        rows=[_row(row, by_result[row.result_id], conditions, columns) for row in rows],
        next_cursor=next_cursor,
    )


def _row(
    row: Any,  # noqa: ANN401 -- a row of the query
    measure_columns: Sequence[MeasureColumn],
    conditions: Conditions,
    columns: Sequence[str],
) -> list[Any]:
    values = {
        "image_id": row.image_id, "image": row.name, "series": row.series, "series_name": row.series_name, "frame": row.frame, "plate": row.plate, "well": row.well,
        "field": row.field, "channel": row.channel, "time_s": row.time_s, "time_h": row.time_h,
        "result_id": row.result_id, "number": row.number, "class_name": row.class_name, "confidence": row.confidence,
        "flags": ";".join(row.flags), "source": row.source, "review": row.review, "review_reason": row.review_reason, "excluded": row.excluded,
    } | dict(conditions.of(row.plate, row.well)) | as_measures(row.measures, measure_columns)  # fmt: skip
    return [values.get(name) for name in columns]


async def csv_pieces(database: Database, project_id: uuid.UUID, wanted: TableRequest) -> AsyncIterator[bytes]:
    """The table as CSV (UTF-8 with a mark, so that spreadsheets know), a few thousand rows at a time."""
    is_first = True
    async for page in pages(database, project_id, wanted):
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\r\n")
        if is_first:
            lines.write("\ufeff")
            writer.writerow([as_cell(name) for name in page.columns])
            is_first = False
        writer.writerows([as_cell(value) for value in row] for row in page.rows)
        yield lines.getvalue().encode()


async def xlsx(state: Services, project_id: uuid.UUID, wanted: TableRequest) -> bytes:
    """The table as a workbook, made in a compute child.

    Raises:
        TooLarge: it has more rows than people look at in a spreadsheet; as CSV there is no limit.
    """
    columns: list[str] = []
    rows: list[list[Any]] = []
    async for page in pages(state.database, project_id, wanted):
        columns = page.columns
        rows += [[str(value) if isinstance(value, uuid.UUID) else value for value in row] for row in page.rows]
        if len(rows) > MAX_XLSX_ROWS:
            raise TooLarge(f"A workbook may have {MAX_XLSX_ROWS} rows; take CSV")
    made: bytes = await state.compute.run("workbook", columns=columns, rows=rows)
    return made


async def pages(database: Database, project_id: uuid.UUID, wanted: TableRequest) -> AsyncIterator[ObjectTable]:
    """The table page by page, each in a short transaction of its own."""
    cursor = None
    while True:
        async with database.session() as session:
            objects = await query(session, project_id, wanted.filter())
            page = await table_page(session, objects, wanted.view(), cursor=cursor, limit=_ROWS_AT_ONCE)
        yield page if wanted.unit == "um" else in_millimetres(page)
        cursor = page.next_cursor
        if cursor is None:
            return


_LENGTH = re.compile(r"_um([23]?)$")


def in_millimetres(table: ObjectTable) -> ObjectTable:
    """The same table with µm, µm² and µm³ as mm, mm² and mm³, in the names as well."""
    powers = [int(found[1] or 1) if (found := _LENGTH.search(name)) else 0 for name in table.columns]
    return ObjectTable(
        columns=[_LENGTH.sub(r"_mm\1", name) for name in table.columns],
        rows=[
            [
                value / 1000**power if power and value is not None else value
                for value, power in zip(row, powers, strict=True)
            ]
            for row in table.rows
        ],
        next_cursor=table.next_cursor,
    )


async def statistics(
    session: AsyncSession, objects: ObjectQuery, columns: Sequence[str], group_by: GroupBy
) -> Statistics:
    """Counts, quartiles, mean and histogram of some columns, by group.

    Raises:
        UnknownColumn: a column is not there, or holds words.
    """
    key, label = GROUPS[group_by]
    counted = objects.selected(key.label("key"), func.min(label).label("label"), func.count().label("n")).group_by(key)
    in_order = cast(func.nullif(key, ""), Float(53)) if group_by == "time_s" else key
    groups = (await session.execute(counted.order_by(in_order.asc().nulls_last()).limit(MAX_GROUPS + 1))).all()
    by_column = []
    for name in columns:
        found = objects.selected(key.label("key"), objects.number(name).label("value"))
        rows = await repository.summaries(session, found, BINS)
        by_column.append({row.key: _column_statistics(name, row) for row in rows})
    return Statistics(
        group_by=group_by,
        groups=[
            GroupStatistics(
                group=_group(group.key, group_by),
                label=group.label or None,
                n_objects=group.n,
                columns=[found[group.key] for found in by_column],
            )
            for group in groups[:MAX_GROUPS]
        ],
        is_complete=len(groups) <= MAX_GROUPS,
    )


def _group(key: str, group_by: GroupBy) -> str | float | None:
    if not key:
        return None
    return float(key) if group_by == "time_s" else key


def _column_statistics(name: str, row: Any) -> ColumnStatistics:  # noqa: ANN401 -- a row of the query
    quartiles = row.q or [None] * 3
    histogram = None
    if row.bins:
        counts = [0] * BINS
        for place, count in zip(row.bins, row.counts, strict=True):
            counts[place - 1] = count
        histogram = Histogram(low=row.first, high=row.last, counts=counts)
    return ColumnStatistics(
        column=name,
        n=row.n,
        n_na=row.n_objects - row.n,
        min=row.low,
        q1=quartiles[0],
        median=quartiles[1],
        q3=quartiles[2],
        max=row.high,
        mean=row.mean,
        sd=row.sd,
        whisker_low=row.whisker_low,
        whisker_high=row.whisker_high,
        histogram=histogram,
    )


async def scatter(session: AsyncSession, objects: ObjectQuery, x: str, y: str, group_by: GroupBy) -> Scatter:
    """Two columns against each other; of many objects a sample that is the same each time.

    Raises:
        UnknownColumn: a column is not there, or holds words.
    """
    both = (objects.number(x), objects.number(y))
    known = and_(both[0].is_not(None), both[1].is_not(None))
    n_objects = int(await session.scalar(objects.selected(func.count()).where(known)) or 0)
    key, _ = GROUPS[group_by]
    points = objects.selected(
        Frame.image_id, Frame.frame, ObjectRow.result_id, ObjectRow.number,
        key.label("key"), both[0].label("x"), both[1].label("y"),
    ).where(known)  # fmt: skip
    step = -(-n_objects // MAX_POINTS)
    if step > 1:  # by a hash of what the object is: no order of the image shows in the sample
        chance = func.hashtextextended(cast(ObjectRow.result_id, Text) + cast(ObjectRow.number, Text), 0)
        points = points.where(func.mod(chance, step) == 0)
    rows = (await session.execute(points.limit(MAX_POINTS))).all()
    return Scatter(
        x=x,
        y=y,
        n_objects=n_objects,
        points=[
            ScatterPoint(
                image_id=row.image_id,
                frame=row.frame,
                result_id=row.result_id,
                number=row.number,
                group=_group(row.key, group_by),
                x=row.x,
                y=row.y,
            )
            for row in rows
        ],
    )
