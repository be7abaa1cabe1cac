"""The journal of a result: a tree of steps, the objects after each of them, and what was asked for already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer_group

from spheroseg.server.http.errors import NotFound
from spheroseg.server.tables.corrections import Edit
from spheroseg.server.tables.json_columns import StoredObject
from spheroseg.server.tables.results import Result


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


async def to_redo(session: AsyncSession, result: Result) -> int | None:
    """The step that redo would do: of those that follow the present one the newest."""
    step: int | None = await session.scalar(
        select(func.max(Edit.sequence)).where(Edit.result_id == result.id, Edit.previous == result.head)
    )
    return step


async def get_step(session: AsyncSession, result: Result, sequence: int) -> Edit:
    """A step, without its objects.

    Raises:
        NotFound: there is none.
    """
    step = await session.scalar(select(Edit).where(Edit.result_id == result.id, Edit.sequence == sequence))
    if step is None:
        raise NotFound
    return step


async def _steps_with_objects(session: AsyncSession, result: Result, sequences: Sequence[int]) -> dict[int, Edit]:
    """Steps with what they changed, by number; one question however many they are."""
    if not sequences:
        return {}
    rows = await session.scalars(
        select(Edit)
        .where(Edit.result_id == result.id, Edit.sequence.in_(sequences))
        .options(undefer_group("objects"))
        .execution_options(populate_existing=True)
    )
    return {step.sequence: step for step in rows}


async def changes_to(session: AsyncSession, result: Result, sequence: int) -> dict[int, StoredObject | None]:
    """What differs after a step from what is now: by number the object as it was then, None where there was none.

    Raises:
        NotFound: there is no such step.
    """
    previous = await tree(session, result)
    if sequence and sequence not in previous:
        raise NotFound
    back, forward = way(previous, result.head, sequence)
    differences: dict[int, StoredObject | None] = {}
    steps = await _steps_with_objects(session, result, [*back, *forward])
    for each in back:
        step = steps[each]
        differences |= dict.fromkeys(step.numbers_after) | {one["number"]: one for one in step.before}
    for each in forward:
        step = steps[each]
        differences |= dict.fromkeys(step.numbers_before) | {one["number"]: one for one in step.after}
    return differences
