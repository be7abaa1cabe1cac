"""Layouts of plates, and what follows from the sizes: growth, dose–response, quality, the report."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.roles import require
from spheroseg.server.access.services import app_services
from spheroseg.server.analysis import conclusions, service
from spheroseg.server.analysis.errors import InvalidLayout, NotAnalysable
from spheroseg.server.analysis.schemas import (
    Analysis,
    AnalysisView,
    LayoutInput,
    LayoutOut,
    LayoutText,
    Part,
    ReviewByInfluence,
    WellFilm,
    WellTracks,
)
from spheroseg.server.http.errors import NotFound, PreconditionFailed, PreconditionRequired, problems
from spheroseg.server.http.etag import IfMatch, etag
from spheroseg.server.images.schemas import in_query
from spheroseg.server.resources.db import ReadingDep, SessionDep

router = APIRouter(tags=["analysis"])

ViewQuery = Annotated[AnalysisView, Depends(in_query(AnalysisView))]
WellPath = Annotated[str, Path(pattern=r"^[A-Za-z]{1,2}[0-9]{2}$", description="As the plate's table writes it: A01")]
PlateQuery = Annotated[str, Query(max_length=200)]
_MEDIA = {"html": "text/html; charset=utf-8", "pdf": "application/pdf", "zip": "application/zip"}


@router.get("/projects/{project_id}/layout", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def read_layout(
    project_id: uuid.UUID, request: Request, session: ReadingDep, actor: ActorDep, response: Response
) -> LayoutOut:
    """What is in each well, and what was left out; empty at version 0 where nobody said it yet."""
    await require(session, actor, project_id, "viewer")
    layout = await service.read_layout(session, app_services(request), project_id)
    response.headers["ETag"] = etag(layout.version)
    return layout


@router.put(
    "/projects/{project_id}/layout",
    responses=problems(NotFound, InvalidLayout, PreconditionFailed, PreconditionRequired),
    openapi_extra=needs("editor"),
)
async def keep_layout(
    project_id: uuid.UUID, *, wanted: LayoutInput, request: Request, session: SessionDep, actor: ActorDep, response: Response,
    if_match: IfMatch = None,
) -> LayoutOut:  # fmt: skip
    """Say what is in each well, and what is left out of the conclusions and why; the whole, not a part of it."""
    await require(session, actor, project_id, "editor")
    layout = await service.keep_layout(session, app_services(request), actor, project_id, wanted, if_match)
    response.headers["ETag"] = etag(layout.version)
    return layout


@router.post(
    "/projects/{project_id}/layout/read",
    responses=problems(NotFound, InvalidLayout),
    openapi_extra=needs("viewer"),
    dependencies=[Depends(limit("layout", "60/minute"))],
)
async def understand_layout(
    project_id: uuid.UUID, wanted: LayoutText, request: Request, session: ReadingDep, actor: ActorDep
) -> LayoutOut:
    """Read a pasted table, a plate drawn in a spreadsheet, wellmap TOML or a plate map; nothing is stored."""
    await require(session, actor, project_id, "viewer")
    return await service.layout_of_text(app_services(request), wanted)


@router.get(
    "/projects/{project_id}/analysis",
    response_model=Analysis,
    responses=problems(NotFound, NotAnalysable),
    openapi_extra=needs("viewer"),
    dependencies=[Depends(limit("analysis", "120/minute"))],
)
async def read_analysis(
    project_id: uuid.UUID,
    *,
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    view: ViewQuery,
    part: Annotated[
        list[Part] | None, Query(max_length=11, description="Only these tables; none: all, with the frames")
    ] = None,
    partial: Annotated[
        bool,
        Query(
            description="Answer soon, from the frames whose objects are summed up; `n_pending` says how many are not"
        ),
    ] = False,
) -> Response:
    """All conclusions from what the project shows at the moment."""
    await require(session, actor, project_id, "viewer")
    answer, n_pending = await conclusions.conclude(
        session,
        app_services(request),
        project_id,
        view,
        parts=part,
        at_most=service.FRAMES_OF_A_LOOK if partial else None,
    )
    return Response(conclusions.as_json(answer, part, n_pending), media_type="application/json")


@router.get(
    "/projects/{project_id}/analysis/wells/{well}",
    response_model=WellFilm,
    responses=problems(NotFound, NotAnalysable),
    openapi_extra=needs("viewer"),
    dependencies=[Depends(limit("analysis", "120/minute"))],
)
async def read_well(
    project_id: uuid.UUID,
    well: WellPath,
    *,
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    view: ViewQuery,
    plate: PlateQuery = "",
) -> Response:
    """The frames of a well over time, with its relative size; none of a well that has none."""
    await require(session, actor, project_id, "viewer")
    answer, _ = await conclusions.conclude(
        session, app_services(request), project_id, view, parts=("frames",), at_most=service.FRAMES_OF_A_LOOK
    )
    return Response(conclusions.film_as_json(answer, plate, well), media_type="application/json")


@router.get(
    "/projects/{project_id}/analysis/wells/{well}/tracks",
    response_model=WellTracks,
    responses=problems(NotFound, NotAnalysable),
    openapi_extra=needs("viewer"),
    dependencies=[Depends(limit("analysis", "120/minute"))],
)
async def follow_objects(
    project_id: uuid.UUID,
    well: WellPath,
    *,
    request: Request,
    session: ReadingDep,
    actor: ActorDep,
    view: ViewQuery,
    plate: PlateQuery = "",
) -> Response:
    """Each object of a well over time; which is which, `links` of the layout corrects."""
    await require(session, actor, project_id, "viewer")
    tracks = await service.tracks(session, app_services(request), project_id, view, (plate, well))
    return Response(tracks, media_type="application/json")


@router.get(
    "/projects/{project_id}/analysis/review-order",
    responses=problems(NotFound, NotAnalysable),
    openapi_extra=needs("viewer"),
    dependencies=[Depends(limit("analysis", "120/minute"))],
)
async def order_review(
    project_id: uuid.UUID,
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    view: ViewQuery,
    limit: Annotated[int, Query(ge=1, le=2_000, description="How many frames at most")] = 200,
) -> ReviewByInfluence:
    """Which outlines to look at first: those that move an IC50 most; and whether looking at more can change anything."""
    await require(session, actor, project_id, "viewer")
    return await service.review_order(session, app_services(request), project_id, view, most=limit)


@router.get(
    "/projects/{project_id}/analysis/report",
    responses=problems(NotFound, NotAnalysable) | {200: {"content": {media: {} for media in _MEDIA.values()}}},
    openapi_extra=needs("viewer"),
    response_class=Response,
    dependencies=[Depends(limit("report", "20/minute"))],
)
async def download_report(
    project_id: uuid.UUID,
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    view: ViewQuery,
    format: Annotated[Literal["html", "pdf", "zip"], Query()] = "pdf",  # noqa: A002 -- the parameter's name in the address
) -> Response:
    """The report as PDF or HTML, or everything that `spheroseg analyse` writes as a ZIP file."""
    access = await require(session, actor, project_id, "viewer")
    name = access.project.name
    made = await service.report(session, app_services(request), project_id, view, title=name, form=format)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.{format}', safe='')}"}
    return Response(made, media_type=_MEDIA[format], headers=headers)
