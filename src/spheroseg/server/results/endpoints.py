"""Objects of a result: outlines to draw, tables to read, a threshold to move."""

from __future__ import annotations

import base64
import uuid
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.services import app_services
from spheroseg.server.compute.outlines import MEDIA_TYPE, Outline, frame_bytes
from spheroseg.server.http.errors import NotFound, Responses, problems
from spheroseg.server.http.etag import etag
from spheroseg.server.http.pagination import Page, PageQuery, decode_cursor, page_of
from spheroseg.server.images.pictures import FOR_EVER
from spheroseg.server.resources.db import ReadingDep, commit_early
from spheroseg.server.resources.storage import ObjectMissing
from spheroseg.server.results import journal_repository, objects_repository, service, stored_objects
from spheroseg.server.results.errors import NoMaps, ResultNotReady
from spheroseg.server.results.schemas import ObjectOut
from spheroseg.server.tables.results import Artefact, Result
from spheroseg.server.tables.states import State

router = APIRouter(tags=["objects"])

_BINARY: Responses = {200: {"content": {MEDIA_TYPE: {}}}}

IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]


def _ready(result: Result) -> Result:
    if result.state != State.DONE:
        raise ResultNotReady(result.error_reason or "It is not done yet", state=result.state)
    return result


@router.get(
    "/results/{result_id}/outlines",
    responses=_BINARY | {304: {"description": "You have them already"}} | problems(NotFound, ResultNotReady),
    openapi_extra=needs("viewer"),
    response_class=Response,
)
async def read_outlines(
    result_id: uuid.UUID,
    session: ReadingDep,
    actor: ActorDep,
    at: Annotated[
        int | None,
        Query(ge=0, lt=2**31, description="As they were after this step of the journal; 0: as they were first"),
    ] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """All outlines of a frame in a few bytes (docs/reference/outlines.md); the ETag is the version to edit from.

    With `at` the ETag is of that step alone, and the header says `sequence` instead of `version`.
    """
    result = _ready(await service.require_result(session, actor, result_id, "viewer"))
    # what was after a step never changes
    headers = {
        "ETag": etag(result.version) if at is None else f'"at-{at}"',
        "Cache-Control": "private, no-cache" if at is None else FOR_EVER,
    }
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    then = {} if at is None else await journal_repository.changes_to(session, result, at)
    rows = await objects_repository.outline_rows(session, result)
    outlines = [
        Outline(row.number, row.class_name, row.confidence, row.flags, row.source == "person", row.polygons)
        for row in rows
        if row.number not in then
    ]
    outlines += [
        Outline(
            one["number"], one["class_name"], one["confidence"], one["flags"], one["source"] == "person",
            base64.b64decode(one["polygons"]),
        )
        for one in then.values()
        if one is not None
    ]  # fmt: skip
    outlines.sort(key=lambda outline: outline.number)
    place = {"version": result.version} if at is None else {"sequence": at}
    about = {"result_id": str(result.id), **place, "frame": result.frame}
    return Response(frame_bytes(outlines, about), media_type=MEDIA_TYPE, headers=headers)


@router.get(
    "/results/{result_id}/threshold",
    responses=_BINARY | problems(NotFound, ResultNotReady, NoMaps),
    openapi_extra=needs("viewer"),
    response_class=Response,
)
async def preview_threshold(
    result_id: uuid.UUID,
    request: Request,
    session: ReadingDep,
    actor: ActorDep,
    value: Annotated[float, Query(gt=0, lt=1, description="Probability above which a pixel belongs to an object")],
) -> Response:
    """The outlines that another threshold would give; nothing is stored. To keep them, start a run with the threshold."""
    result = _ready(await service.require_result(session, actor, result_id, "viewer"))
    maps = None if result.maps_id is None else await session.get(Artefact, result.maps_id)
    if maps is None or result.run_card is None:
        raise NoMaps
    await commit_early(session)  # no connection is held while outlines are made
    state = app_services(request)
    arguments = {
        "key": maps.storage_prefix,
        "threshold": value,
        "outline": result.run_card.target,
        "about": {"result_id": str(result.id), "version": result.version, "frame": result.frame, "threshold": value},
    }
    try:
        data = await state.compute.run("preview_threshold", maps=None, **arguments)
        if data is None:
            bundle = await state.storage.get(f"{maps.storage_prefix}/maps")
            data = await state.compute.run("preview_threshold", maps=bundle, **arguments)
    except ObjectMissing:
        raise NoMaps from None
    return Response(data, media_type=MEDIA_TYPE, headers={"Cache-Control": "private, max-age=3600"})


@router.get("/results/{result_id}/objects", responses=problems(NotFound, ResultNotReady), openapi_extra=needs("viewer"))
async def list_objects(
    result_id: uuid.UUID, response: Response, session: ReadingDep, actor: ActorDep, page: PageQuery
) -> Page[ObjectOut]:
    """A frame's objects with their measures, by number."""
    result = _ready(await service.require_result(session, actor, result_id, "viewer"))
    after = decode_cursor(page.cursor, int)
    found = await objects_repository.objects_page(session, result, after[0] if after else 0, page.limit + 1)
    rows, cursor = page_of(found, page.limit, lambda row: [row.number])
    response.headers["ETag"] = etag(result.version)
    return Page(
        items=[stored_objects.object_out(row, result.measure_columns) for row in rows],
        next_cursor=cursor,
    )
