"""Versions that a person begins, and outlines copied from one frame to another."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.records import FrameSource, ModelIdentity, RunCard
from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.services import Services
from spheroseg.server.compute.requests import ObjectInput
from spheroseg.server.corrections import repository
from spheroseg.server.corrections import service as edits
from spheroseg.server.corrections.errors import NoSuchObject
from spheroseg.server.corrections.places import place_of
from spheroseg.server.corrections.schemas import CopyRequest, EditAnswer, NewVersion
from spheroseg.server.corrections.steps import Place, Step
from spheroseg.server.http.errors import NotFound, PreconditionFailed
from spheroseg.server.http.etag import match_version
from spheroseg.server.images import repository as image_rows
from spheroseg.server.images import service as images
from spheroseg.server.resources.db import commit_early, new_id, utc_now
from spheroseg.server.resources.queue import driver_connection
from spheroseg.server.results import display_repository, frame_sizes_repository, objects_repository, stored_objects
from spheroseg.server.results import repository as result_rows
from spheroseg.server.results.errors import ResultNotReady
from spheroseg.server.runs import repository as run_rows
from spheroseg.server.runs import service as runs
from spheroseg.server.tables.images import Frame, ImageRow
from spheroseg.server.tables.json_columns import MeasureColumn, StoredObject
from spheroseg.server.tables.projects import Project
from spheroseg.server.tables.results import ObjectRow, Result
from spheroseg.server.tables.runs import Run
from spheroseg.server.tables.states import State
from spheroseg.version import __version__

MANUAL = "manual"
"""Name of the "model" of versions that people drew."""

_TRIES = 3


async def begin(
    session: AsyncSession, state: Services, actor: Actor, image_id: uuid.UUID, wanted: NewVersion, client_id: str | None
) -> Result:
    """A version of a frame's outlines that a person draws, empty or with another result's outlines; it is shown.

    Raises:
        NotFound: there is no such frame, or no such result in the project.
        ImageNotReady: the image is still being prepared.
        ResultNotReady: the result to copy has no outlines.
        InvalidOutline: an outline does not lie in this image.
    """
    image = await images.require_image(session, actor, image_id, "editor")
    if client_id is not None:
        earlier = await run_rows.run_by_idempotency_key(session, actor.user_id, client_id)
        if earlier is not None and earlier.project_id == image.project_id:
            found = await result_rows.result_of_run(session, earlier.id)
            if found is not None:
                return found
    await images.ready_file(session, image)
    await require_frame(session, image, wanted.frame)
    source = None if wanted.copy_from is None else await _source(session, image, wanted.copy_from)
    copied = [] if source is None else await objects_repository.objects_of(session, source)
    run, result = await blank(session, actor, image, wanted.frame, source, client_id)
    place = await place_of_version(session, image, run, result)
    await commit_early(session)  # no transaction waits for pixels
    objects = [ObjectInput(row.number, row.class_name, None, row.polygons) for row in copied]
    made, columns = await edits.measured(state, actor, place, objects, [one.number for one in objects])
    await write_version(session, actor, run, result, (made, columns))
    return result


async def write_version(
    session: AsyncSession,
    actor: Actor,
    run: Run,
    result: Result,
    content: tuple[list[StoredObject], list[MeasureColumn]],
    *,
    only_if_unedited: bool = False,
) -> None:
    """Write a version that begins with some objects, measured in these columns, and show it.

    Args:
        session: the transaction.
        actor: who made it.
        run: from `blank`.
        result: from `blank`.
        content: its objects and the columns of their measures.
        only_if_unedited: leave a version that a person corrected on display.
    """
    made, columns = content
    session.add(run)
    await session.flush()
    result.measure_columns = columns
    result.n_objects = len(made)
    result.next_number = max([1, *(one["number"] + 1 for one in made)])
    session.add(result)
    await session.flush()
    now = utc_now()
    rows = [stored_objects.as_row(result, one, now) for one in made]
    await objects_repository.add_objects(await driver_connection(session), rows)
    await display_repository.show(session, result, only_if_unedited=only_if_unedited)
    await frame_sizes_repository.sum_up(session, [result.id], [column["name"] for column in columns])
    image = await image_rows.get_image(session, result.image_id, for_update=True)
    image.segmentation_state = State.DONE
    image.version += 1
    await session.flush()
    await record(
        session, actor, "result.draw" if run.kind == MANUAL else "result.import", subject_type="result", subject_id=result.id, project_id=result.project_id,
        details={"image_id": str(image.id), "frame": result.frame, "n_copied": len(made)},
    )  # fmt: skip
    await images.tell(session, image, "image.changed")


async def copy(
    session: AsyncSession,
    state: Services,
    actor: Actor,
    source: Result,
    wanted: CopyRequest,
    *,
    if_match: str | None,
    client_id: str | None,
) -> EditAnswer:
    """Copy objects to the version that another frame shows, as one step; a frame that shows none gets one.

    Raises:
        NotFound: there is no such frame in the project.
        NoSuchObject: an object that is to be copied is not there.
        PreconditionFailed: the frame's outlines are others than `if_match` says, or keep changing.
        InvalidOutline: an outline does not lie in the other image.
    """
    if source.state != State.DONE:
        raise ResultNotReady
    client_id = None if client_id is None else f"copy {client_id}"
    image = await image_rows.get_image(session, wanted.to_image_id)
    if image.project_id != source.project_id:
        raise NotFound
    copied = await objects_repository.objects_of(session, source, wanted.numbers)
    missing = sorted(set(wanted.numbers or ()) - {row.number for row in copied})
    if missing:
        raise NoSuchObject(f"There is no object {missing[0]} (any more)", number=missing[0])
    for _ in range(_TRIES):
        frame = await require_frame(session, image, wanted.to_frame)
        if frame.result_id is None:
            answer = await _copy_to_empty(session, state, actor, image, frame.frame, copied, client_id=client_id)
            if answer is None:  # somebody began a version meanwhile
                continue
            return answer
        target = await result_rows.get_result(session, frame.result_id)
        earlier = await repository.answered(session, target, client_id)
        if earlier is not None:
            return earlier
        if if_match is not None:
            match_version(if_match, target.version)
        place = await place_of(session, target)
        near = await _around(session, target, copied)
        await commit_early(session)  # no transaction waits for pixels
        new = _numbered(copied, place.next_number)
        made, columns = await edits.measured(state, actor, place, near + new, [one.number for one in new])
        target = await result_rows.get_result(session, target.id, for_update=True)
        if target.version == place.version:
            return await edits.write(session, actor, target, Step("copy", [], made, columns, []), client_id)
    raise PreconditionFailed("The outlines of the frame keep changing")


async def _copy_to_empty(
    session: AsyncSession,
    state: Services,
    actor: Actor,
    image: ImageRow,
    frame: int,
    copied: Sequence[ObjectRow],
    *,
    client_id: str | None,
) -> EditAnswer | None:
    """Begin a version of a frame that shows none, with the copies as its first step: both or neither.

    Returns:
        None when the frame shows a version since.

    Raises:
        ImageNotReady: the image is still being prepared.
        InvalidOutline: an outline does not lie in the image; nothing is begun.
    """
    run, result = await blank(session, actor, image, frame, None, client_id)
    place = await place_of_version(session, image, run, result)
    await commit_early(session)  # no transaction waits for pixels
    new = _numbered(copied, 1)
    made, columns = await edits.measured(state, actor, place, new, [one.number for one in new])
    image = await image_rows.get_image(session, image.id, for_update=True)
    if (await require_frame(session, image, frame)).result_id is not None:
        return None
    await write_version(session, actor, run, result, ([], []))
    return await edits.write(session, actor, result, Step("copy", [], made, columns, []), client_id)


def _numbered(copied: Sequence[ObjectRow], first: int) -> list[ObjectInput]:
    return [ObjectInput(first + i, row.class_name, None, row.polygons) for i, row in enumerate(copied)]


async def require_frame(session: AsyncSession, image: ImageRow, number: int) -> Frame:
    """A frame as it is now.

    Raises:
        NotFound: there is none, or the image lies in the trash.
    """
    frame = await session.get(Frame, (image.id, number), populate_existing=True)
    if frame is None or image.deleted_at is not None:
        raise NotFound
    return frame


async def _source(session: AsyncSession, image: ImageRow, result_id: uuid.UUID) -> Result:
    source = await result_rows.get_result(session, result_id)
    if source.project_id != image.project_id:
        raise NotFound
    if source.state != State.DONE:
        raise ResultNotReady
    return source


async def blank(
    session: AsyncSession, actor: Actor, image: ImageRow, frame: int, source: Result | None, client_id: str | None
) -> tuple[Run, Result]:
    """A run and a result that are in no session yet."""
    now = utc_now()
    source_run = None if source is None else await run_rows.get_run(session, source.run_id)
    # intensities are measured where the copied outlines were: in the same z planes
    z = {} if source_run is None else {key: value for key, value in source_run.parameters.items() if key == "z"}
    run = Run(
        id=new_id(),
        project_id=image.project_id,
        created_by=actor.user_id,
        idempotency_key=client_id,
        kind=MANUAL,
        model_name=MANUAL,
        model_hash="",
        parameters=z,
        urgency="now",
        state=State.DONE,
        n_items=1,
        started_at=now,
        finished_at=now,
    )
    result = Result(
        id=new_id(),
        run_id=run.id,
        project_id=image.project_id,
        image_id=image.id,
        user_id=actor.user_id,
        frame=frame,
        state=State.DONE,
        urgency="now",
        attempts=0,
        from_cache=False,
        head=0,
        version=1,
        next_number=1,
        n_objects=0,
        measure_columns=[],
        edited_at=now,
        created_at=now,
        finished_at=now,
        run_card=RunCard.now(
            ModelIdentity(name=MANUAL, version=__version__),
            z,
            copied_from=None if source is None else str(source.id),
            frame=FrameSource(series=image.series, t=frame),
        ),
    )
    return run, result


async def place_of_version(session: AsyncSession, image: ImageRow, run: Run, result: Result) -> Place:
    """Where a version that is being begun lies; its run card says how it is measured."""
    project = await session.get(Project, image.project_id)
    assert project is not None
    job = runs.frame_job(run, result, image, project)
    assert result.run_card is not None, "it was begun with one"
    result.run_card = result.run_card.stating(pixel_size_um=job.pixel_size_um, **job.measured_as)
    return Place(version=1, next_number=1, columns=[], file=await images.ready_file(session, image), job=job)


async def _around(session: AsyncSession, target: Result, copied: Sequence[ObjectRow]) -> list[ObjectInput]:
    """The target's objects around those that are copied: they own the pixels there."""
    if not copied:
        return []
    box = (
        min(row.x_min for row in copied), min(row.y_min for row in copied),
        max(row.x_max for row in copied), max(row.y_max for row in copied),
    )  # fmt: skip
    margin = max(row.x_max - row.x_min + row.y_max - row.y_min for row in copied) + 8
    wide = (box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin)
    rows = await objects_repository.objects_near(session, target, wide, [])
    return [ObjectInput(row.number, row.class_name, None, row.polygons) for row in rows]
