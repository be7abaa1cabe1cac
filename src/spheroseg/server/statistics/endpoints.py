"""The objects of a project: as a table on the screen and to download, summed up by group, two columns as points."""

from __future__ import annotations

import uuid
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import StreamingResponse

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.roles import require
from spheroseg.server.access.services import app_services
from spheroseg.server.http.errors import NotFound, Responses, TooLarge, problems
from spheroseg.server.http.pagination import InvalidCursor
from spheroseg.server.images.schemas import in_query
from spheroseg.server.resources.db import ReadingDep, SessionDep, commit_early
from spheroseg.server.statistics import service
from spheroseg.server.statistics.errors import InvalidCondition, UnknownColumn
from spheroseg.server.statistics.schemas import (
    ColumnName,
    GroupBy,
    ObjectFilter,
    ObjectTable,
    Scatter,
    Statistics,
    TableRequest,
    TableView,
)

router = APIRouter(tags=["objects"])

FilterQuery = Annotated[ObjectFilter, Depends(in_query(ObjectFilter))]
_MAX_ROWS = 5000
_WRONG = problems(NotFound, UnknownColumn, InvalidCondition)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILES: Responses = {200: {"content": {"text/csv": {}, _XLSX: {}}}}


@router.get("/projects/{project_id}/objects", responses=_WRONG | problems(InvalidCursor), openapi_extra=needs("viewer"))
async def list_project_objects(
    project_id: uuid.UUID,
    *,
    session: ReadingDep,
    actor: ActorDep,
    wanted: FilterQuery,
    view: Annotated[TableView, Depends(in_query(TableView))],
    limit: Annotated[int, Query(ge=1, le=_MAX_ROWS)] = 1000,
    cursor: Annotated[str | None, Query(max_length=1024)] = None,
) -> ObjectTable:
    """The objects that a project shows, with their measures, as a table, up to 5,000 rows a page."""
    await require(session, actor, project_id, "viewer")
    objects = await service.query(session, project_id, wanted)
    return await service.table_page(session, objects, view, cursor=cursor, limit=limit)


@router.post(
    "/projects/{project_id}/table",
    responses=_FILES | _WRONG | problems(TooLarge),
    openapi_extra=needs("viewer"),
    response_class=StreamingResponse,
    dependencies=[Depends(limit("table", "30/minute"))],
)
async def download_table(
    project_id: uuid.UUID, wanted: TableRequest, request: Request, session: SessionDep, actor: ActorDep
) -> Response:
    """The table as a file: the rows, columns and order that were asked for, and no others."""
    access = await require(session, actor, project_id, "viewer")
    objects = await service.query(session, project_id, wanted.filter())
    # what makes no sense is refused before the first byte
    await service.table_page(session, objects, wanted.view(), cursor=None, limit=1)
    name = quote(f"{access.project.name}.{wanted.format}", safe="")
    await commit_early(session)  # no connection is held while the reader reads
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    state = app_services(request)
    if wanted.format == "csv":
        pieces = service.csv_pieces(state.database, project_id, wanted)
        return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=headers)
    data = await service.xlsx(state, project_id, wanted)
    return Response(data, media_type=_XLSX, headers=headers)


@router.get("/projects/{project_id}/statistics", responses=_WRONG, openapi_extra=needs("viewer"))
async def read_statistics(
    project_id: uuid.UUID,
    *,
    session: ReadingDep,
    actor: ActorDep,
    wanted: FilterQuery,
    columns: Annotated[list[ColumnName], Query(min_length=1, max_length=20)],
    group_by: Annotated[GroupBy, Query()] = "none",
) -> Statistics:
    """Count, quartiles, mean, spread and histogram of some columns, by group."""
    await require(session, actor, project_id, "viewer")
    objects = await service.query(session, project_id, wanted)
    return await service.statistics(session, objects, columns, group_by)


@router.get("/projects/{project_id}/scatter", responses=_WRONG, openapi_extra=needs("viewer"))
async def read_scatter(
    project_id: uuid.UUID,
    *,
    session: ReadingDep,
    actor: ActorDep,
    wanted: FilterQuery,
    x: Annotated[ColumnName, Query()],
    y: Annotated[ColumnName, Query()],
    group_by: Annotated[GroupBy, Query()] = "none",
) -> Scatter:
    """Two columns against each other, an object a point; of many objects a sample that is the same each time."""
    await require(session, actor, project_id, "viewer")
    objects = await service.query(session, project_id, wanted)
    return await service.scatter(session, objects, x, y, group_by)
