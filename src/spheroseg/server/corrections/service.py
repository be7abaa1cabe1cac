"""A person's corrections: steps that are checked, measured, stored in a journal, undone and redone."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.errors import GeometryError
from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.repository import touch_project
from spheroseg.server.access.services import Services
from spheroseg.server.compute.measures import as_row
from spheroseg.server.compute.requests import ObjectInput
from spheroseg.server.corrections import kernel, repository
from spheroseg.server.corrections.errors import InvalidOutline, NoSuchObject, NothingToUndo
from spheroseg.server.corrections.places import place_of
from spheroseg.server.corrections.schemas import MAX_SENT, Add, EditAnswer, EditRequest, Remove, Replace
from spheroseg.server.corrections.steps import Place, Step, StepResult
from spheroseg.server.http.errors import PreconditionFailed
from spheroseg.server.http.etag import match_version
from spheroseg.server.resources.db import commit_early, new_id, utc_now
from spheroseg.server.resources.emit import emit_all
from spheroseg.server.resources.event import Event
from spheroseg.server.resources.queue import driver_connection, enqueue
from spheroseg.server.results import display_repository, journal_repository, objects_repository, stored_objects
from spheroseg.server.results import repository as result_rows
from spheroseg.server.results.errors import ResultNotReady
from spheroseg.server.results.schemas import ObjectOut
from spheroseg.server.tables.corrections import Edit
from spheroseg.server.tables.json_columns import MeasureColumn, StoredObject
from spheroseg.server.tables.results import ObjectRow, Result
from spheroseg.server.tables.states import State

_NEIGHBOUR_MARGIN = 1.0
"""Objects so many own box sizes around an edited one are told to the kernel: they own pixels of its surroundings."""

_ANNOUNCED = 100
"""Numbers of so many objects go with the event of an edit."""


async def edit(
    session: AsyncSession,
    reading: AsyncSession,
    state: Services,
    actor: Actor,
    result: Result,
    wanted: EditRequest,
    *,
    if_match: str | None,
) -> EditAnswer:
    """One step: check and measure without a transaction, then write if nobody was faster.

    Args:
        session: the transaction that writes; not begun before that.
        reading: what is looked up before, and where `result` is from.
        state: of this process.
        actor: who edits.
        result: what is edited.
        wanted: the step.
        if_match: the version that it starts from.

    Raises:
        PreconditionFailed: somebody changed the result in the meantime.
        InvalidOutline: an outline crosses itself, leaves the image or has no area.
        NoSuchObject: an object that is to be changed is not there.
    """
    client_id = None if wanted.id is None else str(wanted.id)
    earlier = await repository.answered(reading, result, client_id)
    if earlier is not None:
        return earlier
    match_version(if_match, result.version)
    if result.state != State.DONE:
        raise ResultNotReady
    place, old, near = await _read(reading, result, wanted)
    await commit_early(reading)  # no connection is held while pixels are measured
    step = await _measured(state, actor, wanted, place, old, near)
    result = await result_rows.get_result(session, result.id, for_update=True)
    # the same request may have been sent twice at once
    earlier = await repository.answered(session, result, client_id)
    if earlier is not None:
        return earlier
    match_version(if_match, result.version)
    if result.version != place.version:  # "*" matches any version; what was measured does not
        raise PreconditionFailed(version=result.version)
    return await write(session, actor, result, step, client_id)


async def undo_redo(
    session: AsyncSession, actor: Actor, result: Result, if_match: str | None, client_id: str | None, *, is_undo: bool
) -> EditAnswer:
    """Take the last step back, or do again the first one that was taken back; `result` is locked.

    Raises:
        PreconditionFailed: somebody changed the result in the meantime.
        NothingToUndo: there is no such step.
    """
    kind = "undo" if is_undo else "redo"
    client_id = None if client_id is None else f"{kind} {client_id}"
    earlier = await repository.answered(session, result, client_id)
    if earlier is not None:
        return earlier
    match_version(if_match, result.version)
    sequence = (result.head or None) if is_undo else await journal_repository.to_redo(session, result)
    if sequence is None:
        raise NothingToUndo
    step = await journal_repository.get_step(session, result, sequence)
    before, after = step.numbers_before, step.numbers_after
    if is_undo:
        before, after = after, before
    result.head = step.previous if is_undo else sequence
    await repository.remember(session, result, client_id, sequence)
    await objects_repository.remove_objects(session, result, before)
    await objects_repository.put_back(session, result, step.id, "before" if is_undo else "after")
    if result.measured_at is not None and step.created_at < result.measured_at:
        await _forget_measures(session, result, after)
    rows = await objects_repository.objects_of(session, result, after) if len(after) <= MAX_SENT else []
    objects = [stored_objects.object_out(row, result.measure_columns) for row in rows]
    can_redo = is_undo or await journal_repository.to_redo(session, result) is not None
    done = StepResult(kind, sequence, before, after)
    return await _finish(session, actor, result, done, objects, can_redo=can_redo)


async def restore(
    session: AsyncSession, actor: Actor, result: Result, sequence: int, if_match: str | None, client_id: str | None
) -> EditAnswer:
    """Put the objects back as they were after a step, as a new step; `result` is locked.

    Raises:
        PreconditionFailed: somebody changed the result in the meantime.
        NotFound: there is no such step.
    """
    client_id = None if client_id is None else f"restore {client_id}"
    earlier = await repository.answered(session, result, client_id)
    if earlier is not None:
        return earlier
    match_version(if_match, result.version)
    if result.state != State.DONE:
        raise ResultNotReady
    then = await journal_repository.changes_to(session, result, sequence)
    now = {
        row.number: stored_objects.to_stored(row)
        for row in await objects_repository.objects_of(session, result, sorted(then))
    }
    changed = [number for number in sorted(then) if not _is_same(then[number], now.get(number))]
    after = [one.copy() for number in changed if (one := then[number]) is not None]
    if result.measured_at is not None:  # as `_forget_measures`
        for one in after:
            one["measures"] = [None] * len(result.measure_columns)
        await _measure_soon(session, result)
    step = Step(
        kind="restore",
        before=[now[number] for number in changed if number in now],
        after=after,
        columns=result.measure_columns,
        removed=[],
    )
    return await write(session, actor, result, step, client_id)


def _is_same(one: StoredObject | None, other: StoredObject | None) -> bool:
    """Whether two are the same whatever was measured of them; None: not there."""
    if one is None or other is None:
        return one is other
    return {**one, "measures": None} == {**other, "measures": None}


async def _forget_measures(session: AsyncSession, result: Result, numbers: Sequence[int]) -> None:
    """What the journal holds of objects may be measures of another pixel size: nobody sees them, they are made again."""
    await objects_repository.forget_measures(session, result, numbers)
    await _measure_soon(session, result)


async def _measure_soon(session: AsyncSession, result: Result) -> None:
    result.is_measuring = True
    await enqueue(session, "corrections:measure", result_id=str(result.id))


async def _read(
    session: AsyncSession, result: Result, wanted: EditRequest
) -> tuple[Place, dict[int, ObjectRow], list[ObjectRow]]:
    """Where the step happens, the objects that it changes, and those around them."""
    replaced = [one.number for one in wanted.operations if isinstance(one, Replace)]
    removed = [one.number for one in wanted.operations if isinstance(one, Remove)]
    old = (
        {row.number: row for row in await objects_repository.objects_of(session, result, replaced)} if replaced else {}
    )
    there = {*old, *(await objects_repository.numbers_of(session, result, removed) if removed else ())}
    missing = [number for number in (*replaced, *removed) if number not in there]
    if missing:
        raise NoSuchObject(f"There is no object {missing[0]} (any more)", number=missing[0])
    box = _box_around(wanted)
    gone = [
        one.number
        for one in wanted.operations
        if isinstance(one, Remove) or (isinstance(one, Replace) and one.parts is not None)
    ]
    near = [] if box is None else await objects_repository.objects_near(session, result, box, gone)
    return await place_of(session, result), old, near


def _box_around(wanted: EditRequest) -> tuple[float, float, float, float] | None:
    """The box of all outlines that are measured, widened by its own size; None when none is."""
    points = [
        point
        for one in wanted.operations
        if not isinstance(one, Remove) and one.parts is not None
        for part in one.parts
        for point in part[0]
    ]
    if not points:
        return None
    x_min, y_min = min(x for x, _ in points), min(y for _, y in points)
    x_max, y_max = max(x for x, _ in points), max(y for _, y in points)
    margin = max(x_max - x_min, y_max - y_min) * _NEIGHBOUR_MARGIN + 8
    return x_min - margin, y_min - margin, x_max + margin, y_max + margin


async def _measured(
    state: Services,
    actor: Actor,
    wanted: EditRequest,
    place: Place,
    old: dict[int, ObjectRow],
    near: Sequence[ObjectRow],
) -> Step:
    """What the step changes, with outlines checked and measured."""
    inputs: list[ObjectInput] = []
    after: list[StoredObject] = []
    removed: list[int] = []
    following = place.next_number
    for one in wanted.operations:
        match one:
            case Add():
                inputs.append(
                    ObjectInput(following, one.class_name, [list(map(list, part)) for part in one.parts], b"")
                )
                following += 1
            case Replace(parts=None):
                stored = stored_objects.to_stored(old[one.number])
                stored["class_name"] = one.class_name or stored["class_name"]
                stored["source"], stored["author_id"] = "person", str(actor.user_id)
                after.append(stored)
            case Replace():
                name = one.class_name or old[one.number].class_name
                parts = [list(map(list, part)) for part in one.parts or []]
                inputs.append(ObjectInput(one.number, name, parts, b""))
            case Remove():
                removed.append(one.number)
    objects = [ObjectInput(row.number, row.class_name, None, row.polygons) for row in near] + inputs
    made, columns = await measured(state, actor, place, objects, [one.number for one in inputs])
    before = [stored_objects.to_stored(old[number]) for number in sorted(old)]
    return Step(wanted.kind, before, sorted(after + made, key=lambda one: int(one["number"])), columns, removed)


async def measured(
    state: Services, actor: Actor, place: Place, objects: list[ObjectInput], wanted: list[int]
) -> tuple[list[StoredObject], list[MeasureColumn]]:
    """Objects checked and measured by the kernel that measures runs, and the columns of their measures.

    Args:
        state: of this process.
        actor: who drew them.
        place: where they lie.
        objects: these and their neighbours, which own the pixels around.
        wanted: numbers of the objects to measure.

    Raises:
        InvalidOutline: an outline crosses itself, leaves the image or has no area.
    """
    columns = [column.copy() for column in place.columns]
    if not wanted:
        return [], columns
    try:
        found, own_columns = await kernel.measure_objects(state, place.file, place.job, objects, wanted)
    except GeometryError as error:
        raise InvalidOutline(str(error)) from error
    columns = columns or own_columns  # a result that was begun by hand has none yet
    names = {one.number: one.class_name for one in objects}
    made: list[StoredObject] = [
        {
            "number": one["number"],
            "class_name": names[one["number"]],
            "polygons": base64.b64encode(one["polygons"]).decode("ascii"),
            "box": list(one["box"]),
            "confidence": None,
            "flags": one["flags"],
            "measures": as_row(one["measures"], columns),
            "source": "person",
            "author_id": str(actor.user_id),
        }
        for one in found
    ]
    return made, columns


async def write(session: AsyncSession, actor: Actor, result: Result, step: Step, client_id: str | None) -> EditAnswer:
    """Do a step that follows the present one; `result` is locked and as the step found it."""
    result.next_number = max([result.next_number, *(one["number"] + 1 for one in step.after)])
    result.measure_columns = step.columns
    sequence = await repository.next_sequence(session, result)
    written = Edit(
        id=new_id(),
        project_id=result.project_id,
        result_id=result.id,
        sequence=sequence,
        previous=result.head,
        author_id=actor.user_id,
        kind=step.kind,
        numbers_before=step.numbers_before,
        numbers_after=step.numbers_after,
        before=step.before,
        after=step.after,
    )
    session.add(written)
    result.head = sequence
    if client_id is not None or step.removed:  # these refer to it
        await session.flush()
    await repository.remember(session, result, client_id, sequence)
    if step.removed:
        await objects_repository.keep_removed(session, result, written.id, step.removed)
    if step.numbers_before:
        await objects_repository.remove_objects(session, result, step.numbers_before)
    now = utc_now()
    rows = [stored_objects.as_row(result, one, now) for one in step.after]
    if rows:
        await objects_repository.add_objects(await driver_connection(session), rows)
    objects = [stored_objects.to_schema(one, now, step.columns) for one in step.after] if len(rows) <= MAX_SENT else []
    done = StepResult(step.kind, sequence, step.numbers_before, step.numbers_after)
    return await _finish(session, actor, result, done, objects, can_redo=False)


async def _finish(
    session: AsyncSession, actor: Actor, result: Result, done: StepResult, objects: list[ObjectOut], *, can_redo: bool
) -> EditAnswer:
    """Bring counts, version, log and listeners up to date with changed objects."""
    result.version += 1
    result.edited_at = utc_now()
    result.n_objects += len(done.after) - len(done.before)
    numbers = sorted({*done.before, *done.after})
    removed = sorted(set(done.before) - set(done.after))
    await record(
        session, actor, f"objects.{done.kind}", subject_type="result", subject_id=result.id, project_id=result.project_id,
        details={"sequence": done.sequence, "n_changed": len(done.after), "n_removed": len(removed)},
    )  # fmt: skip
    await session.flush()
    await display_repository.refresh(session, result, actor.user_id)
    await touch_project(session, result.project_id)
    payload: Event = {
        "type": "objects.edited",
        "id": str(result.id),
        "image_id": str(result.image_id),
        "project_id": str(result.project_id),
        "version": result.version,
        "sequence": done.sequence,
        "kind": done.kind,
        "author_id": str(actor.user_id),
        "numbers": numbers if len(numbers) <= _ANNOUNCED else None,
    }
    # who looks at the image follows the outlines, who looks at the project its tables and curves
    topics = (f"image:{result.image_id}", f"project:{result.project_id}")
    await emit_all(session, [(topic, payload) for topic in topics])
    return EditAnswer(
        result_id=result.id,
        version=result.version,
        sequence=done.sequence,
        objects=objects,
        is_complete=len(done.after) <= MAX_SENT,
        removed=removed,
        can_undo=result.head > 0,
        can_redo=can_redo,
    )
