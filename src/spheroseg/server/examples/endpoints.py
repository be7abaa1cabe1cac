"""The route of the example project."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.services import app_services
from spheroseg.server.examples import service
from spheroseg.server.examples.schemas import ExampleInput
from spheroseg.server.http.errors import StorageFull, problems
from spheroseg.server.http.etag import etag
from spheroseg.server.projects.schemas import ProjectOut
from spheroseg.server.resources.db import SessionDep
from spheroseg.server.uploads.errors import QuotaExceeded

router = APIRouter(tags=["examples"])


@router.post(
    "/examples",
    status_code=201,
    responses=problems(QuotaExceeded, StorageFull),
    openapi_extra=needs("signed-in"),
    dependencies=[Depends(limit("example", "10/minute"))],
)
async def create_example(
    wanted: ExampleInput, request: Request, session: SessionDep, actor: ActorDep, response: Response
) -> ProjectOut:
    """Make the example project: 352 rendered images of a 96-well time course, and the layout of its plate.

    The relative IC50 of the growth rates is 0.5 µM of alphaplatin and 4 µM of betataxel. The run
    begins by itself when the images are prepared.
    """
    project = await service.create_example(session, app_services(request), actor, wanted)
    response.headers["Location"] = f"/api/v1/projects/{project.id}"
    response.headers["ETag"] = etag(project.version)
    return project
