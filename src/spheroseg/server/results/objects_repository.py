"""Queries on objects: always by project and result, which is how they lie in the table."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import psycopg
from numpy.typing import NDArray
from sqlalchemy import ARRAY, ColumnElement, Integer, any_, bindparam, delete, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.compute.bundle import ObjectsAbout
from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.json_columns import MeasureColumn
from spheroseg.server.tables.results import ObjectRow, Result

_OBJECT_COLUMNS = (
    "project_id", "result_id", "number", "class_name", "polygons", "x_min", "y_min", "x_max", "y_max",
    "confidence", "flags", "measures", "source", "author_id", "updated_at",
)  # fmt: skip


async def add_objects(connection: psycopg.AsyncConnection[Any], rows: Sequence[Sequence[Any]]) -> None:
    """Write objects by COPY, ten times faster than inserts.

    Args:
        connection: of the transaction.
        rows: values in the order of `_OBJECT_COLUMNS`.
    """
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY objects ({', '.join(_OBJECT_COLUMNS)}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types([
            "uuid", "uuid", "int4", "text", "bytea", "float4", "float4", "float4", "float4",
            "float4", "text[]", "float8[]", "text", "uuid", "timestamptz",
        ])  # fmt: skip
        for row in rows:
            await copy.write_row(row)


def of_model(result: Result, about: ObjectsAbout, arrays: Mapping[str, NDArray[Any]]) -> list[tuple[Any, ...]]:
    """Rows for `add_objects`, from the bundle of a frame's objects."""
    now = utc_now()
    ends = arrays["length"].cumsum().tolist()
    starts = [0, *ends[:-1]]
    blob = arrays["polygons"].tobytes()
    measures = [[_known(value) for value in row] for row in arrays["measures"].tolist()]
    confidences = [_known(value) for value in arrays["confidence"].tolist()]
    return [
        (
            result.project_id, result.id, number, about["class_names"][i], blob[starts[i] : ends[i]], *box,
            confidences[i], about["flags"][i], measures[i], "model", None, now,
        )
        for i, (number, box) in enumerate(zip(arrays["number"].tolist(), arrays["box"].tolist(), strict=True))
    ]  # fmt: skip


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


async def objects_of(session: AsyncSession, result: Result, numbers: Sequence[int] | None = None) -> list[ObjectRow]:
    """A result's objects, all or some, by number."""
    conditions = [ObjectRow.project_id == result.project_id, ObjectRow.result_id == result.id]
    if numbers is not None:
        conditions.append(_is_one_of(numbers))
    return list(await session.scalars(select(ObjectRow).where(*conditions).order_by(ObjectRow.number)))


async def numbers_of(session: AsyncSession, result: Result, numbers: Sequence[int]) -> set[int]:
    """Which of these objects are there."""
    rows = await session.scalars(
        select(ObjectRow.number).where(
            ObjectRow.project_id == result.project_id, ObjectRow.result_id == result.id, _is_one_of(numbers)
        )
    )
    return set(rows)


_KEEP_REMOVED = text("""
    UPDATE edits SET before = edits.before || (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'number', number, 'class_name', class_name, 'polygons', translate(encode(polygons, 'base64'), E'\n', ''),
            'box', jsonb_build_array(x_min, y_min, x_max, y_max), 'confidence', confidence, 'flags', to_jsonb(flags),
            'measures', to_jsonb(measures), 'source', source, 'author_id', author_id) ORDER BY number), '[]')
        FROM objects WHERE project_id = :project_id AND result_id = :result_id AND number = ANY(:numbers)
    ) WHERE id = :edit_id
""").bindparams(bindparam("numbers", type_=ARRAY(Integer)))


async def keep_removed(session: AsyncSession, result: Result, edit_id: uuid.UUID, numbers: Sequence[int]) -> None:
    """Write objects that are about to be removed into a step of the journal, as `stored_objects.to_stored` makes them, in the database."""
    values = {"project_id": result.project_id, "result_id": result.id, "numbers": list(numbers), "edit_id": edit_id}
    await session.execute(_KEEP_REMOVED, values)


_PUT_BACK = """
    INSERT INTO objects (project_id, result_id, number, class_name, polygons, x_min, y_min, x_max, y_max,
                         confidence, flags, measures, source, author_id, updated_at)
    SELECT :project_id, :result_id, (one->>'number')::int, one->>'class_name', decode(one->>'polygons', 'base64'),
        (one->'box'->>0)::real, (one->'box'->>1)::real, (one->'box'->>2)::real, (one->'box'->>3)::real,
        (one->>'confidence')::real, ARRAY(SELECT jsonb_array_elements_text(one->'flags')),
        ARRAY(SELECT value::float8 FROM jsonb_array_elements_text(one->'measures') WITH ORDINALITY AS each(value, place)
              ORDER BY place),
        one->>'source', (one->>'author_id')::uuid, :now
    FROM edits, jsonb_array_elements(edits.{side}) AS one WHERE edits.id = :edit_id
"""
_PUT_BACK_SIDES = {side: text(_PUT_BACK.format(side=side)) for side in ("before", "after")}


async def put_back(session: AsyncSession, result: Result, edit_id: uuid.UUID, side: Literal["before", "after"]) -> None:
    """Write the objects of a step of the journal back, as they were before it or after it, in the database."""
    values = {"project_id": result.project_id, "result_id": result.id, "edit_id": edit_id, "now": utc_now()}
    await session.execute(_PUT_BACK_SIDES[side], values)


async def forget_measures(session: AsyncSession, result: Result, numbers: Sequence[int]) -> None:
    """Leave objects without measures: not known, until they are measured again."""
    await session.execute(
        update(ObjectRow)
        .where(ObjectRow.project_id == result.project_id, ObjectRow.result_id == result.id, _is_one_of(numbers))
        .values(measures=[None] * len(result.measure_columns))
        .execution_options(synchronize_session=False)
    )


async def outline_rows(session: AsyncSession, result: Result) -> Sequence[Any]:
    """What a browser draws of a result: number, class, confidence, flags, source, polygons."""
    rows = await session.execute(
        select(
            ObjectRow.number,
            ObjectRow.class_name,
            ObjectRow.confidence,
            ObjectRow.flags,
            ObjectRow.source,
            ObjectRow.polygons,
        )
        .where(ObjectRow.project_id == result.project_id, ObjectRow.result_id == result.id)
        .order_by(ObjectRow.number)
    )
    return rows.all()


async def objects_page(session: AsyncSession, result: Result, after: int, limit: int) -> list[ObjectRow]:
    """Some of a result's objects, behind a number."""
    return list(
        await session.scalars(
            select(ObjectRow)
            .where(
                ObjectRow.project_id == result.project_id, ObjectRow.result_id == result.id, ObjectRow.number > after
            )
            .order_by(ObjectRow.number)
            .limit(limit)
        )
    )


async def objects_near(
    session: AsyncSession, result: Result, box: tuple[float, float, float, float], besides: Sequence[int]
) -> list[ObjectRow]:
    """Objects whose box meets a box (x_min, y_min, x_max, y_max), without some."""
    x_min, y_min, x_max, y_max = box
    return list(
        await session.scalars(
            select(ObjectRow).where(
                ObjectRow.project_id == result.project_id,
                ObjectRow.result_id == result.id,
                ObjectRow.number.not_in(besides),
                ObjectRow.x_min < x_max,
                ObjectRow.x_max > x_min,
                ObjectRow.y_min < y_max,
                ObjectRow.y_max > y_min,
            )
        )
    )


async def columns_of(session: AsyncSession, result_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[MeasureColumn]]:
    """The measure columns of results."""
    rows = await session.execute(select(Result.id, Result.measure_columns).where(Result.id.in_(result_ids)))
    return {row.id: row.measure_columns for row in rows}


async def remove_objects(session: AsyncSession, result: Result, numbers: Sequence[int]) -> None:
    """Remove objects of a result."""
    await session.execute(
        delete(ObjectRow)
        .where(ObjectRow.project_id == result.project_id, ObjectRow.result_id == result.id, _is_one_of(numbers))
        .execution_options(synchronize_session=False)
    )


def _is_one_of(numbers: Sequence[int]) -> ColumnElement[bool]:
    """One array instead of a parameter each, of which a statement may have 65,535."""
    return ObjectRow.number == any_(literal(list(numbers), ARRAY(Integer)))
