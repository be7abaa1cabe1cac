"""Upload batches: announce files that come together, with the run that is to follow when all of them are in."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Depends, status

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.roles import require
from spheroseg.server.batches import repository, service
from spheroseg.server.batches.schemas import BatchChange, BatchOut, BatchRequest
from spheroseg.server.http.errors import Conflict, NotFound, problems
from spheroseg.server.images.errors import BadUpload
from spheroseg.server.models.errors import UnknownModel
from spheroseg.server.resources.db import ReadingDep, SessionDep

router = APIRouter(tags=["batches"])


@router.post(
    "/projects/{project_id}/upload-batches",
    status_code=status.HTTP_201_CREATED,
    responses=problems(NotFound, UnknownModel, Conflict),
    openapi_extra=needs("editor"),
    dependencies=[Depends(limit("run", "120/minute"))],
)
async def announce_batch(project_id: uuid.UUID, wanted: BatchRequest, session: SessionDep, actor: ActorDep) -> BatchOut:
    """Announce files that are going to be uploaded together, with the run that is to follow.

    Each upload names its `batch` and its `place` in it. The service begins the run when the last of them is prepared; one
    that cannot be read holds nothing up. When no file has come for ten minutes it begins with those that are there, and
    what still comes gets a run of its own.
    """
    await require(session, actor, project_id, "editor")
    batch = await service.announce(session, actor, project_id, wanted)
    return await service.to_schema(session, batch)


@router.get("/projects/{project_id}/upload-batches", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def list_batches(project_id: uuid.UUID, session: ReadingDep, actor: ActorDep) -> list[BatchOut]:
    """Batches of which something is still to come, to be prepared or to be run; the newest first, at most 50."""
    await require(session, actor, project_id, "viewer")
    return [await service.to_schema(session, batch) for batch in await repository.open_batches(session, project_id)]


@router.patch(
    "/upload-batches/{batch_id}",
    responses=problems(NotFound, UnknownModel, BadUpload),
    openapi_extra=needs("signed-in"),
)
async def change_batch(batch_id: uuid.UUID, wanted: BatchChange, session: SessionDep, actor: ActorDep) -> BatchOut:
    """Ask for a run with an own upload, or for none any more; say which files will not come."""
    batch = await service.require_batch(session, actor, batch_id)
    return await service.to_schema(session, await service.change(session, actor, batch, wanted))
