"""A person's corrections: steps that are checked, measured, kept in a journal, undone and redone."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.errors import GeometryError
from spheroseg.server.audit.service import record
from spheroseg.server.auth.actor import Actor
from spheroseg.server.db import utc_now
from spheroseg.server.etag import match_version
from spheroseg.server.events.emit import emit
from spheroseg.server.images.repository import get_file
from spheroseg.server.images.signatures import suffix_of
from spheroseg.server.images.tables import File, ImageRow
from spheroseg.server.jobs import driver_connection
from spheroseg.server.projects.tables import Project
from spheroseg.server.segmentation import object_rows, repository, service
from spheroseg.server.segmentation.errors import InvalidOutline, NoSuchObject, NothingToUndo, ResultNotReady
from spheroseg.server.segmentation.jobs import DrawnObject, FrameJob
from spheroseg.server.segmentation.lifecycle import State
from spheroseg.server.segmentation.measures import as_measures, as_row
from spheroseg.server.segmentation.schemas import Add, EditAnswer, EditRequest, ObjectOut, Remove, Replace
from spheroseg.server.segmentation.tables import Edit, ObjectRow, Result, Run
from spheroseg.server.state import State as Parts

_NEIGHBOUR_MARGIN = 1.0
"""Objects so many own box sizes around an edited one are told to the kernel: they own pixels of its surroundings."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step happens: the result's version it starts from, its frame, file and measures."""

    result_id: uuid.UUID
    version: int
    next_number: int
    columns: list[dict[str, Any]]
    file: File
    job: FrameJob


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the journal stands after a step."""

    kind: str
    sequence: int
    can_undo: bool
    can_redo: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What a step changes: objects as they were and as they are, as plain JSON; see `_kept`."""

    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    columns: list[dict[str, Any]]


async def edit(
    session: AsyncSession, state: Parts, actor: Actor, result: Result, wanted: EditRequest, if_match: str | None
) -> EditAnswer:
    """One step: check and measure without a transaction, then write if nobody was faster.

    Raises:
        PreconditionFailed: somebody changed the result in the meantime.
        InvalidOutline: an outline crosses itself, leaves the image or has no area.
        NoSuchObject: an object that is to be changed is not there.
    """
    match_version(if_match, result.version)
    if result.state != State.DONE:
        raise ResultNotReady
    place, old, near = await _read(session, result, wanted)
    await session.commit()  # no transaction waits for pixels
    step = await _measured(state, actor, wanted, place, old, near)
    result = await repository.get_result(session, result.id, for_update=True)
    match_version(if_match, result.version)
    numbers = [one["number"] for one in step.after if one["number"] >= place.next_number]
    result.next_number = max([result.next_number, *(number + 1 for number in numbers)])
    result.measure_columns = step.columns
    sequence = (await repository.undo_state(session, result.id))[0] + 1
    session.add(
        Edit(
            project_id=result.project_id,
            result_id=result.id,
            sequence=sequence,
            author_id=actor.user_id,
            kind=wanted.kind,
            before=step.before,
            after=step.after,
        )
    )
    return await _apply(session, actor, result, step.before, step.after, Moved(wanted.kind, sequence, True, False))


async def move(
    session: AsyncSession, actor: Actor, result: Result, if_match: str | None, *, is_undo: bool
) -> EditAnswer:
    """Take the last step back, or do again the first one that was taken back; `result` is locked.

    Raises:
        PreconditionFailed: somebody changed the result in the meantime.
        NothingToUndo: there is no such step.
    """
    match_version(if_match, result.version)
    _, undo, redo = await repository.undo_state(session, result.id)
    sequence = undo if is_undo else redo
    if sequence is None:
        raise NothingToUndo
    step = await session.scalar(select(Edit).where(Edit.result_id == result.id, Edit.sequence == sequence))
    assert step is not None
    step.is_undone = is_undo
    before, after = (step.after, step.before) if is_undo else (step.before, step.after)
    await session.flush()
    _, undo, redo = await repository.undo_state(session, result.id)
    moved = Moved("undo" if is_undo else "redo", sequence, undo is not None, redo is not None)
    return await _apply(session, actor, result, before, after, moved)


async def _read(
    session: AsyncSession, result: Result, wanted: EditRequest
) -> tuple[Place, dict[int, ObjectRow], list[ObjectRow]]:
    """Where the step happens, the objects that it changes, and those around them."""
    run = await session.get(Run, result.run_id)
    image = await session.get(ImageRow, result.image_id)
    project = await session.get(Project, result.project_id)
    assert run is not None
    assert image is not None
    assert project is not None
    assert image.file_id is not None
    file = await get_file(session, image.file_id)
    touched = [one.number for one in wanted.operations if not isinstance(one, Add)]
    old = {row.number: row for row in await object_rows.objects_of(session, result, touched)}
    missing = [number for number in touched if number not in old]
    if missing:
        raise NoSuchObject(f"There is no object {missing[0]} (any more)", number=missing[0])
    box = _box_around(wanted, old)
    near = [] if box is None else await object_rows.objects_near(session, result, box, touched)
    place = Place(
        result_id=result.id,
        version=result.version,
        next_number=result.next_number,
        columns=result.measure_columns,
        file=file,
        job=service.frame_job(run, result, image, project),
    )
    return place, old, near


def _box_around(wanted: EditRequest, old: dict[int, ObjectRow]) -> tuple[float, float, float, float] | None:
    """The box of all outlines that are measured, widened by its own size; None when none is."""
    points = [
        point
        for one in wanted.operations
        if not isinstance(one, Remove) and one.parts is not None
        for part in one.parts
        for point in part[0]
    ]
    boxes = [(x, y, x, y) for x, y in points]
    boxes += [
        (old[one.number].x_min, old[one.number].y_min, old[one.number].x_max, old[one.number].y_max)
        for one in wanted.operations
        if isinstance(one, Replace) and one.parts is None
    ]
    if not boxes:
        return None
    x_min, y_min = min(box[0] for box in boxes), min(box[1] for box in boxes)
    x_max, y_max = max(box[2] for box in boxes), max(box[3] for box in boxes)
    margin = max(x_max - x_min, y_max - y_min) * _NEIGHBOUR_MARGIN + 8
    return x_min - margin, y_min - margin, x_max + margin, y_max + margin


async def _measured(
    state: Parts, actor: Actor, wanted: EditRequest, place: Place, old: dict[int, ObjectRow], near: Sequence[ObjectRow]
) -> Step:
    """What the step changes, with outlines checked and measured."""
    drawn = [DrawnObject(row.number, row.class_name, None, row.polygons) for row in near]
    changed: list[int] = []
    following = place.next_number
    for one in wanted.operations:
        match one:
            case Add():
                drawn.append(DrawnObject(following, one.class_name, [list(map(list, part)) for part in one.parts], b""))
                changed.append(following)
                following += 1
            case Replace():
                row = old[one.number]
                parts = None if one.parts is None else [list(map(list, part)) for part in one.parts]
                drawn.append(DrawnObject(row.number, one.class_name or row.class_name, parts, row.polygons))
                changed.append(row.number)
            case Remove():
                pass
    measured = await _measure(state, place, drawn, changed) if changed else []
    names = {one.number: one.class_name for one in drawn}
    columns = [dict(column) for column in place.columns]
    after = [
        {
            "number": one["number"],
            "class_name": names[one["number"]],
            "polygons": base64.b64encode(one["polygons"]).decode("ascii"),
            "box": list(one["box"]),
            "confidence": None,
            "flags": [],
            "measures": as_row(one["measures"], columns),
            "source": "person",
            "author_id": str(actor.user_id),
        }
        for one in measured
    ]
    return Step(before=[_kept(old[number]) for number in sorted(old)], after=after, columns=columns)


async def _measure(state: Parts, place: Place, objects: list[DrawnObject], wanted: list[int]) -> list[dict[str, Any]]:
    arguments = {"file_key": str(place.file.id), "job": place.job, "objects": objects, "wanted": wanted}
    try:
        measured = await state.compute.run("measure_objects", path=None, **arguments)
        if measured is None:
            async with state.storage.as_file(place.file.storage_key, suffix_of(place.file.media_type)) as path:
                measured = await state.compute.run("measure_objects", path=str(path), **arguments)
    except GeometryError as error:
        raise InvalidOutline(str(error)) from error
    found: list[dict[str, Any]] = measured
    return found


def _kept(row: ObjectRow) -> dict[str, Any]:
    """An object as plain JSON, complete."""
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


async def _apply(
    session: AsyncSession,
    actor: Actor,
    result: Result,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    moved: Moved,
) -> EditAnswer:
    """Put the objects `after` in the place of `before`, and bring counts, version and listeners up to date."""
    numbers = sorted({one["number"] for one in (*before, *after)})
    await object_rows.remove_objects(session, result, numbers)
    now = utc_now()
    rows = [
        (
            result.project_id, result.id, one["number"], one["class_name"], base64.b64decode(one["polygons"]), *one["box"],
            one["confidence"], one["flags"], one["measures"], one["source"],
            None if one["author_id"] is None else uuid.UUID(one["author_id"]),
            now,
        )
        for one in after
    ]  # fmt: skip
    await session.flush()
    await object_rows.add_objects(await driver_connection(session), rows)
    result.version += 1
    result.edited_at = now
    result.n_objects += len(after) - len(before)
    await session.flush()
    await repository.refresh_counts(session, result)
    removed = sorted({one["number"] for one in before} - {one["number"] for one in after})
    await record(
        session, actor, f"objects.{moved.kind}", subject_type="result", subject_id=result.id, project_id=result.project_id,
        details={"sequence": moved.sequence, "n_changed": len(after), "n_removed": len(removed)},
    )  # fmt: skip
    payload = {
        "type": "objects.edited",
        "id": str(result.id),
        "image_id": str(result.image_id),
        "project_id": str(result.project_id),
        "version": result.version,
        "author_id": str(actor.user_id),
    }
    await emit(session, f"image:{result.image_id}", payload)
    return EditAnswer(
        version=result.version,
        sequence=moved.sequence,
        objects=[_told(one, now, result.measure_columns) for one in after],
        removed=removed,
        can_undo=moved.can_undo,
        can_redo=moved.can_redo,
    )


def _told(one: dict[str, Any], now: dt.datetime, columns: Sequence[dict[str, Any]]) -> ObjectOut:
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
    """An object as the API says it."""
    return ObjectOut(
        number=row.number,
        class_name=row.class_name,
        confidence=row.confidence,
        flags=row.flags,
        source="person" if row.source == "person" else "model",
        author_id=row.author_id,
        updated_at=row.updated_at,
        box=(row.x_min, row.y_min, row.x_max, row.y_max),
        polygons=base64.b64encode(row.polygons).decode("ascii"),
        measures=as_measures(row.measures, columns),
    )
