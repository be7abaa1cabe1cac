"""Exports: a project's results as an archive of files that other programs read."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response, status
from starlette.responses import StreamingResponse

from spheroseg.server.access.authentication import ActorDep, RunActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.roles import require
from spheroseg.server.access.services import app_services
from spheroseg.server.exports import repository, service
from spheroseg.server.exports.errors import ExportGone, ExportNotReady
from spheroseg.server.exports.schemas import ExportOut, ExportRequest
from spheroseg.server.http.errors import NotFound, Responses, problems
from spheroseg.server.resources.db import ReadingDep, SessionDep, utc_now

router = APIRouter(tags=["exports"])

_ZIP: Responses = {200: {"content": {"application/zip": {}}}}


@router.post(
    "/projects/{project_id}/exports",
    status_code=status.HTTP_201_CREATED,
    responses=problems(NotFound),
    openapi_extra=needs("viewer"),
    dependencies=[Depends(limit("export", "30/minute"))],
)
async def order_export(
    project_id: uuid.UUID, wanted: ExportRequest, session: SessionDep, actor: RunActorDep
) -> ExportOut:
    """Order files of the outlines and measures that a project shows; a worker makes them."""
    await require(session, actor, project_id, "viewer")
    return ExportOut.model_validate(await service.order(session, actor, project_id, wanted))


@router.get("/projects/{project_id}/exports", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def list_exports(project_id: uuid.UUID, session: ReadingDep, actor: ActorDep) -> list[ExportOut]:
    """A project's exports of the last week, newest first."""
    await require(session, actor, project_id, "viewer")
    return [ExportOut.model_validate(export) for export in await repository.list_exports(session, project_id)]


@router.get("/exports/{export_id}", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def read_export(export_id: uuid.UUID, session: ReadingDep, actor: ActorDep) -> ExportOut:
    """An export and whether it is ready."""
    return ExportOut.model_validate(await service.require_export(session, actor, export_id, "viewer"))


@router.get(
    "/exports/{export_id}/file",
    responses=_ZIP | problems(NotFound, ExportNotReady, ExportGone),
    openapi_extra=needs("viewer"),
    response_class=StreamingResponse,
)
async def download_export(export_id: uuid.UUID, request: Request, session: ReadingDep, actor: ActorDep) -> Response:
    """The archive."""
    export = await service.require_export(session, actor, export_id, "viewer")
    if export.expires_at < utc_now():
        raise ExportGone
    if export.state != "done" or export.storage_key is None:
        raise ExportNotReady(export.error_reason or "It is still being made", state=export.state)
    headers = {
        "Content-Length": str(export.size_bytes),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(await service.file_name(session, export), safe='')}",
    }
    stream = await app_services(request).storage.begin_stream(export.storage_key)
    return StreamingResponse(stream, media_type="application/zip", headers=headers)
