"""Versions of an image's outlines: list, look at, choose the one that is shown."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.http.errors import Conflict, NotFound, problems
from spheroseg.server.http.etag import etag
from spheroseg.server.images import service as images
from spheroseg.server.resources.db import ReadingDep, SessionDep
from spheroseg.server.results import journal_repository, repository, service
from spheroseg.server.results.errors import ResultNotReady
from spheroseg.server.results.schemas import ResultDetail, ResultOut, ShownVersion
from spheroseg.server.tables.states import State

router = APIRouter(tags=["runs"])


@router.get("/images/{image_id}/results", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def list_image_results(
    image_id: uuid.UUID,
    session: ReadingDep,
    actor: ActorDep,
    frame: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
) -> list[ResultOut]:
    """All versions of an image's outlines, newest first; which one is shown, the image's frames say."""
    await images.require_image(session, actor, image_id, "viewer")
    return [ResultOut.model_validate(row) for row in await repository.results_of_image(session, image_id, frame)]


@router.put(
    "/images/{image_id}/frames/{frame}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(NotFound, Conflict, ResultNotReady),
    openapi_extra=needs("editor"),
)
async def show_version(
    image_id: uuid.UUID, frame: int, wanted: ShownVersion, session: SessionDep, actor: ActorDep
) -> None:
    """Let a frame show another version of its outlines; no version is lost by it."""
    await images.require_image(session, actor, image_id, "editor", for_update=True)
    result = await repository.get_result(session, wanted.result_id)
    if result.image_id != image_id or result.frame != frame:
        raise NotFound
    if result.state != State.DONE:
        raise ResultNotReady
    await service.choose_version(session, actor, result)


@router.get("/results/{result_id}", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def read_result(result_id: uuid.UUID, response: Response, session: ReadingDep, actor: ActorDep) -> ResultDetail:
    """A result with its run card: everything that is needed to get the same numbers again."""
    result = await service.require_result(session, actor, result_id, "viewer")
    response.headers["ETag"] = etag(result.version)
    detail = ResultDetail.model_validate(result)
    can_redo = await journal_repository.to_redo(session, result) is not None
    return detail.model_copy(update={"can_undo": result.head > 0, "can_redo": can_redo})
