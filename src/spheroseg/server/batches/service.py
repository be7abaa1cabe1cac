"""What can be done with upload batches: announce them, ask for a run with them, begin it when all files are in."""

from __future__ import annotations

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.errors import MissingScope
from spheroseg.server.access.roles import require
from spheroseg.server.batches import repository
from spheroseg.server.batches.schemas import BatchChange, BatchOut, BatchRequest, WantedRun
from spheroseg.server.http.errors import Conflict, NotFound, ServerError
from spheroseg.server.images import batches, batches_repository
from spheroseg.server.models import service as models
from spheroseg.server.resources.db import new_id
from spheroseg.server.resources.emit import emit
from spheroseg.server.resources.event import Event
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.runs import service as runs
from spheroseg.server.runs.errors import NothingToRun
from spheroseg.server.runs.schemas import RunRequest
from spheroseg.server.sets import service as sets
from spheroseg.server.tables.batches import UploadBatch


async def announce(session: AsyncSession, actor: Actor, project_id: uuid.UUID, wanted: BatchRequest) -> UploadBatch:
    """Make a batch for files that are going to come.

    Raises:
        UnknownModel: no worker has the model of the run that is to follow.
        MissingScope: the personal token may not start runs.
        NotFound: there is no such set of the actor's in this project.
        Conflict: images are being made of the set already, or a run was asked for with it.
    """
    if wanted.set is not None:
        await _check_set(session, actor, project_id, wanted.set)
    batch = UploadBatch(
        id=wanted.set or new_id(),
        project_id=project_id,
        created_by=actor.user_id,
        n_files=wanted.n_files,
        wanted=await _checked(session, actor, wanted.run),
    )
    session.add(batch)
    await session.flush()
    return batch


async def _check_set(session: AsyncSession, actor: Actor, project_id: uuid.UUID, set_id: uuid.UUID) -> None:
    found = await sets.require_set(session, actor, set_id)
    if found.project_id != project_id:
        raise NotFound
    if found.state in {"adding", "added"}:
        raise Conflict("Images are being made of these files already")
    if await session.get(UploadBatch, set_id) is not None:
        raise Conflict("The set has a batch already; change that one")


async def _checked(session: AsyncSession, actor: Actor, run: WantedRun | None) -> JsonObject | None:
    if run is not None and "run" not in actor.scopes:
        raise MissingScope("The token lacks the scope `run`")
    if run is not None and run.model is not None:
        await models.chosen(session, run.model)  # refused now, not when nobody looks any more
    return None if run is None else run.model_dump(mode="json")


async def change(session: AsyncSession, actor: Actor, batch: UploadBatch, wanted: BatchChange) -> UploadBatch:
    """Ask for a run, or for none any more; say which files will not come.

    Raises:
        UnknownModel: no worker has the model.
        MissingScope: the personal token may not start runs.
        BadUpload: the batch has no such file.
    """
    if "run" in wanted.model_fields_set:
        batch.wanted, batch.reason, batch.is_open = await _checked(session, actor, wanted.run), None, True
        await session.flush()
    if wanted.given_up:
        await batches.check_places(session, actor, batch.project_id, batch.id, wanted.given_up)
        await batches.arrived(session, batch.id, dict.fromkeys(wanted.given_up))
    else:
        await batches.look(session, batch.id)
    await _close_if_over(session, batch)
    await _tell(session, batch)
    return batch


async def require_batch(session: AsyncSession, actor: Actor, batch_id: uuid.UUID) -> UploadBatch:
    """A batch that the actor may change: an own one, in a project that is still open to the actor.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Forbidden: the actor may only look at the project by now.
    """
    batch = await session.get(UploadBatch, batch_id)
    if batch is None or batch.created_by != actor.user_id:
        raise NotFound
    await require(session, actor, batch.project_id, "editor")
    return batch


async def start_run(session: AsyncSession, batch_id: uuid.UUID, *, is_left_alone: bool = False) -> None:
    """Begin the run that was asked for with an upload, over what has no run yet; twice is the same as once.

    Args:
        session: the job's transaction.
        batch_id: of the upload.
        is_left_alone: begin although files are missing, because none has come for a while; what still comes gets a run too.
    """
    batch = await batches_repository.locked(session, batch_id)
    if batch is None or batch.wanted is None or await batches_repository.is_preparing(session, batch_id):
        return
    if not is_left_alone and await batches_repository.count_files(session, batch_id) < batch.n_files:
        return
    image_ids = await repository.to_run(session, batch_id)
    if image_ids:
        await _begin(session, batch, list(image_ids))
    elif batch.run_id is None and await repository.any_unasked(session, batch_id):
        batch.reason = "No file of the upload could be read"
    await repository.mark_asked(session, batch_id)
    await _close_if_over(session, batch)
    await session.flush()
    await _tell(session, batch)


async def _begin(session: AsyncSession, batch: UploadBatch, image_ids: list[uuid.UUID]) -> None:
    actor = Actor.worker(batch.created_by)
    wanted = WantedRun.model_validate(batch.wanted)
    # a list of ids may be longer than what a request may send
    request = RunRequest.model_validate(wanted.model_dump()).model_copy(update={"image_ids": image_ids})
    batch.reason = None
    try:
        project = await require(session, actor, batch.project_id, "editor")
        batch.run_id = (await runs.start(session, actor, project, request, None)).id
    except NothingToRun:  # all have outlines
        return
    except ServerError as error:  # the person may not do it any more, or the model is gone
        batch.reason = str(error)


async def _close_if_over(session: AsyncSession, batch: UploadBatch) -> None:
    n_files = await batches_repository.count_files(session, batch.id)
    waits = batch.wanted is not None and await repository.any_unasked(session, batch.id)
    batch.is_open = n_files < batch.n_files or waits or await batches_repository.is_preparing(session, batch.id)


async def _tell(session: AsyncSession, batch: UploadBatch) -> None:
    payload: Event = {"type": "batch.changed", "id": str(batch.id), "project_id": str(batch.project_id)}
    if batch.reason:
        payload["reason"] = batch.reason
    await emit(session, f"project:{batch.project_id}", payload)
    if batch.reason:  # wherever the person is by now
        await emit(session, f"user:{batch.created_by}", payload)


async def to_schema(session: AsyncSession, batch: UploadBatch) -> BatchOut:
    """A batch with how far it is."""
    counted = await repository.counts(session, batch.id)
    n_missing = batch.n_files - counted.n_arrived - counted.n_given_up
    if n_missing > 0:
        state = "arriving"
    elif counted.n_prepared < counted.n_images:
        state = "preparing"
    else:
        state = "starting" if batch.wanted is not None and batch.is_open else "ended"
    return BatchOut.model_validate(
        {
            "id": batch.id,
            "project_id": batch.project_id,
            "created_by": batch.created_by,
            "n_files": batch.n_files,
            "n_arrived": counted.n_arrived,
            "n_given_up": counted.n_given_up,
            "n_images": counted.n_images,
            "n_prepared": counted.n_prepared,
            "state": state,
            "run": batch.wanted,
            "run_id": batch.run_id,
            "reason": batch.reason,
            "created_at": batch.created_at,
        }
    )
