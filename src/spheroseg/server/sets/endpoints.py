"""Upload sets: files that belong together (a plate, an image with the files beside it), understood before they are added."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Depends, Request, status

from spheroseg.server.access.audit_record import record
from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.roles import require
from spheroseg.server.access.services import app_services
from spheroseg.server.http.errors import Conflict, NotFound, problems
from spheroseg.server.images import batches
from spheroseg.server.images import parts as parts_of
from spheroseg.server.resources.db import ReadingDep, SessionDep, commit_early
from spheroseg.server.sets import repository, service
from spheroseg.server.sets.schemas import SetOut, SetRequest

router = APIRouter(tags=["sets"])


@router.post(
    "/projects/{project_id}/upload-sets",
    status_code=status.HTTP_201_CREATED,
    responses=problems(NotFound),
    openapi_extra=needs("editor"),
    dependencies=[Depends(limit("upload", "1200/minute"))],
)
async def announce_set(project_id: uuid.UUID, wanted: SetRequest, session: SessionDep, actor: ActorDep) -> SetOut:
    """Announce files that belong together: a plate's folder, images with the files beside them.

    Each upload names its `set` and its `relativePath`. When all are here, they are read together; nothing is added to the
    project before somebody says so.
    """
    await require(session, actor, project_id, "editor")
    made = await service.announce(session, actor, project_id, wanted)
    await record(session, actor, "set.announce", subject_type="set", subject_id=made.id, project_id=project_id)
    return await service.set_out(session, made)


@router.get("/projects/{project_id}/upload-sets", responses=problems(NotFound), openapi_extra=needs("editor"))
async def list_sets(project_id: uuid.UUID, session: ReadingDep, actor: ActorDep) -> list[SetOut]:
    """Own sets that are not added yet; the newest first, at most 50."""
    await require(session, actor, project_id, "editor")
    return [
        await service.set_out(session, each) for each in await repository.of_person(session, project_id, actor.user_id)
    ]


@router.get("/upload-sets/{set_id}", responses=problems(NotFound), openapi_extra=needs("signed-in"))
async def read_set(set_id: uuid.UUID, session: SessionDep, actor: ActorDep) -> SetOut:
    """How far an own set is, and what was understood of it."""
    return await service.set_out(session, await service.require_set(session, actor, set_id))


@router.post("/upload-sets/{set_id}/read", responses=problems(NotFound, Conflict), openapi_extra=needs("signed-in"))
async def read_set_again(set_id: uuid.UUID, session: SessionDep, actor: ActorDep) -> SetOut:
    """Read what is here: again, after the project's preferences `axes` or `interval` changed, or without what will not come."""
    found = await service.require_set(session, actor, set_id)
    await service.read_again(session, found)
    return await service.set_out(session, found)


@router.post("/upload-sets/{set_id}/add", responses=problems(NotFound, Conflict), openapi_extra=needs("signed-in"))
async def add_set(set_id: uuid.UUID, session: SessionDep, actor: ActorDep) -> SetOut:
    """Make images of an own set as it was understood; a worker does it."""
    found = await service.require_set(session, actor, set_id)
    await service.add(session, found)
    await record(session, actor, "set.add", subject_type="set", subject_id=found.id, project_id=found.project_id)
    return await service.set_out(session, found)


@router.delete(
    "/upload-sets/{set_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(NotFound, Conflict),
    openapi_extra=needs("signed-in"),
)
async def delete_set(set_id: uuid.UUID, request: Request, session: SessionDep, actor: ActorDep) -> None:
    """Give an own set up and remove what arrived of it; images that were made of it stay."""
    found = await service.require_set(session, actor, set_id)
    if found.state == "adding":
        raise Conflict("Images are being made of these files")
    upload_ids = await repository.delete_uploads(session, found.id)
    await batches.forget(session, found.id)
    await session.delete(found)
    await record(session, actor, "set.delete", subject_type="set", subject_id=found.id, project_id=found.project_id)
    await commit_early(session)  # first the rows, then the bytes
    for upload_id in upload_ids:
        await parts_of.remove_parts(app_services(request).storage, upload_id)
