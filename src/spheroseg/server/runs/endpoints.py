"""Runs: start, follow, cancel; results: list, look at, choose the version that is shown."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response, status

from spheroseg.server.access.authentication import ActorDep, RunActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.roles import require
from spheroseg.server.http.errors import NotFound, problems
from spheroseg.server.http.etag import etag
from spheroseg.server.http.pagination import Page, PageQuery, decode_cursor, page_of
from spheroseg.server.models.errors import UnknownModel
from spheroseg.server.resources.db import ReadingDep, SessionDep
from spheroseg.server.results.schemas import ResultOut, RunState
from spheroseg.server.runs import repository, service
from spheroseg.server.runs.errors import NothingToRun, TooManyItems
from spheroseg.server.runs.schemas import RunOut, RunProgress, RunRequest, RunResult

router = APIRouter(tags=["runs"])


@router.post(
    "/projects/{project_id}/runs",
    status_code=status.HTTP_201_CREATED,
    responses=problems(NotFound, UnknownModel, NothingToRun, TooManyItems),
    openapi_extra=needs("editor"),
    dependencies=[Depends(limit("run", "120/minute"))],
)
async def start_run(
    project_id: uuid.UUID,
    wanted: RunRequest,
    response: Response,
    session: SessionDep,
    actor: RunActorDep,
    idempotency_key: Annotated[str | None, Header(max_length=200, description="Sent again: the same run")] = None,
) -> RunProgress:
    """Segment images of a project: all, or a selection. Workers do it; follow it by events or by reading the run."""
    project = await require(session, actor, project_id, "editor")
    run = await service.start(session, actor, project, wanted, idempotency_key)
    await session.flush()
    response.headers["Location"] = f"/api/v1/runs/{run.id}"
    return await service.progress(session, run)


@router.get("/projects/{project_id}/runs", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def list_runs(project_id: uuid.UUID, session: ReadingDep, actor: ActorDep, page: PageQuery) -> Page[RunOut]:
    """A project's runs, newest first."""
    await require(session, actor, project_id, "viewer")
    after = decode_cursor(page.cursor, dt.datetime, uuid.UUID)
    found = (await session.scalars(repository.runs_page(project_id, after, page.limit + 1))).all()
    runs, cursor = page_of(found, page.limit, lambda run: [run.created_at, run.id])
    return Page(items=await service.with_counts(session, list(runs)), next_cursor=cursor)


@router.get("/runs/{run_id}", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def read_run(run_id: uuid.UUID, response: Response, session: ReadingDep, actor: ActorDep) -> RunProgress:
    """A run: how many frames are done, its place in the queue, the time that is left."""
    run = await service.require_run(session, actor, run_id, "viewer")
    response.headers["ETag"] = etag(run.version)
    return await service.progress(session, run)


@router.post("/runs/{run_id}/cancel", responses=problems(NotFound), openapi_extra=needs("editor"))
async def cancel_run(run_id: uuid.UUID, session: SessionDep, actor: RunActorDep) -> RunOut:
    """Stop a run, also what is running just now. What is done stays. Cancelling twice is no error."""
    run = await service.require_run(session, actor, run_id, "editor")
    run = await service.cancel_run(session, actor, run)
    return (await service.with_counts(session, [run]))[0]


@router.get("/runs/{run_id}/results", responses=problems(NotFound), openapi_extra=needs("viewer"))
async def list_run_results(
    run_id: uuid.UUID,
    session: ReadingDep,
    actor: ActorDep,
    page: PageQuery,
    state: Annotated[RunState | None, Query(description="For example `failed`, to see the reasons")] = None,
) -> Page[RunResult]:
    """What became of each frame of a run; failed ones say why."""
    await service.require_run(session, actor, run_id, "viewer")
    after = decode_cursor(page.cursor, uuid.UUID)
    statement = repository.results_page(run_id, state, after[0] if after else None, page.limit + 1)
    rows, cursor = page_of((await session.execute(statement)).all(), page.limit, lambda row: [row[0].id])
    items = [RunResult(**ResultOut.model_validate(result).model_dump(), image_name=name) for result, name in rows]
    return Page(items=items, next_cursor=cursor)
