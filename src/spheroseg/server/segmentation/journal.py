"""The journal of a result: a tree of steps, the objects after each of them, and what was asked for already."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer_group

from spheroseg.server.errors import NotFound
from spheroseg.server.segmentation import object_rows
from spheroseg.server.segmentation.edit_schemas import MAX_TOLD, EditAnswer
from spheroseg.server.segmentation.measures import as_measures
from spheroseg.server.segmentation.schemas import ObjectOut
from spheroseg.server.segmentation.tables import Edit, EditRequest, ObjectRow, Result
from spheroseg.server.users.tables import User

Kept = dict[str, Any]
"""An object as plain JSON, complete: what the journal holds of it."""


def kept(row: ObjectRow) -> Kept:
    """An object of the table as the journal holds it."""
    return {
        "number": row.number,
        "class_name": row.class_name,
        "polygons": base64.b64encode(row.polygons).decode("ascii"),
        "box": [row.x_min, row.y_min, row.x_max, row.y_max],
        "confidence": row.confidence,
        "flags": row.flags,
        "measures": row.measures,
        "source": row.source,
        "author_id": None if row.author_id is None else str(row.author_id),
    }


def as_row(result: Result, one: Kept, now: dt.datetime) -> tuple[Any, ...]:
    """The opposite: values in the order of `object_rows.add_objects`."""
    return (
        result.project_id, result.id, one["number"], one["class_name"], base64.b64decode(one["polygons"]), *one["box"],
        one["confidence"], one["flags"], one["measures"], one["source"],
        None if one["author_id"] is None else uuid.UUID(one["author_id"]), now,
    )  # fmt: skip


def told(one: Kept, now: dt.datetime, columns: Sequence[dict[str, Any]]) -> ObjectOut:
    """A kept object as the API says it."""
    return ObjectOut(
        number=one["number"],
        class_name=one["class_name"],
        confidence=one["confidence"],
        flags=one["flags"],
        source=one["source"],
        author_id=one["author_id"],
        updated_at=now,
        box=tuple(one["box"]),
        polygons=one["polygons"],
        measures=as_measures(one["measures"], columns),
    )


def object_out(row: ObjectRow, columns: Sequence[dict[str, Any]]) -> ObjectOut:
    """An object of the table as the API says it."""
    return told(kept(row), row.updated_at, columns)


def way(previous: Mapping[int, int], start: int, goal: int) -> tuple[list[int], list[int]]:
    """The steps to take back, and then to do, in this order, to come from one step of the tree to another.

    Args:
        previous: the step that each step follows; 0 is the root.
        start: a step, or 0.
        goal: a step, or 0.
    """
    above_start, above_goal = _to_root(previous, start), _to_root(previous, goal)
    shared = set(above_start) & set(above_goal)
    back = [step for step in above_start if step not in shared]
    forward = [step for step in above_goal if step not in shared]
    return back, forward[::-1]


def _to_root(previous: Mapping[int, int], step: int) -> list[int]:
    steps = []
    while step:
        steps.append(step)
        step = previous[step]
    return steps


async def tree(session: AsyncSession, result: Result) -> dict[int, int]:
    """The step that each step of a result follows."""
    rows = await session.execute(select(Edit.sequence, Edit.previous).where(Edit.result_id == result.id))
    return {row.sequence: row.previous for row in rows}


async def next_sequence(session: AsyncSession, result: Result) -> int:
    """The number of the next step of a result, which is locked."""
    last = await session.scalar(select(func.max(Edit.sequence)).where(Edit.result_id == result.id))
    return (last or 0) + 1


async def to_redo(session: AsyncSession, result: Result) -> int | None:
    """The step that redo would do: of those that follow the present one the newest."""
    step: int | None = await session.scalar(
        select(func.max(Edit.sequence)).where(Edit.result_id == result.id, Edit.previous == result.head)
    )
    return step


async def get_step(session: AsyncSession, result: Result, sequence: int, *, with_objects: bool = False) -> Edit:
    """A step, without its objects or with them.

    Raises:
        NotFound: there is none.
    """
    wanted = select(Edit).where(Edit.result_id == result.id, Edit.sequence == sequence)
    if with_objects:
        wanted = wanted.options(undefer_group("objects")).execution_options(populate_existing=True)
    step = await session.scalar(wanted)
    if step is None:
        raise NotFound
    return step


async def steps_page(
    session: AsyncSession, result: Result, before: int | None, limit: int
) -> list[tuple[Edit, str | None]]:
    """Steps and the names of those who made them, newest first."""
    conditions = [Edit.result_id == result.id]
    if before is not None:
        conditions.append(Edit.sequence < before)
    rows = await session.execute(
        select(Edit, User.name, User.email)
        .outerjoin(User, User.id == Edit.author_id)
        .where(*conditions)
        .order_by(Edit.sequence.desc())
        .limit(limit)
    )
    return [(row[0], row[1] or row[2]) for row in rows]


async def changes_to(session: AsyncSession, result: Result, sequence: int) -> dict[int, Kept | None]:
    """What differs after a step from what is now: by number the object as it was then, None where there was none.

    Raises:
        NotFound: there is no such step.
    """
    previous = await tree(session, result)
    if sequence and sequence not in previous:
        raise NotFound
    back, forward = way(previous, result.head, sequence)
    differences: dict[int, Kept | None] = {}
    for each in back:
        step = await get_step(session, result, each, with_objects=True)
        differences |= dict.fromkeys(step.numbers_after) | {one["number"]: one for one in step.before}
    for each in forward:
        step = await get_step(session, result, each, with_objects=True)
        differences |= dict.fromkeys(step.numbers_before) | {one["number"]: one for one in step.after}
    return differences


async def remember(session: AsyncSession, result: Result, client_id: str | None, sequence: int) -> None:
    """Keep what a request did, for when it is sent again."""
    if client_id is not None:
        session.add(EditRequest(result_id=result.id, client_id=client_id, sequence=sequence))
        await session.flush()


async def answered(session: AsyncSession, result: Result, client_id: str | None) -> EditAnswer | None:
    """The answer to a request that was done before, with the objects as they are now; None for a new one."""
    if client_id is None:
        return None
    earlier = await session.get(EditRequest, (result.id, client_id))
    if earlier is None:
        return None
    step = await session.scalar(select(Edit).where(Edit.result_id == result.id, Edit.sequence == earlier.sequence))
    numbers = sorted({*step.numbers_before, *step.numbers_after}) if step else []
    there = await object_rows.numbers_of(session, result, numbers)
    rows = await object_rows.objects_of(session, result, sorted(there)) if len(there) <= MAX_TOLD else []
    return EditAnswer(
        result_id=result.id,
        version=result.version,
        sequence=earlier.sequence,
        objects=[object_out(row, result.measure_columns) for row in rows],
        is_complete=len(there) <= MAX_TOLD,
        removed=[number for number in numbers if number not in there],
        can_undo=result.head > 0,
        can_redo=await to_redo(session, result) is not None,
    )
