"""Routes of the audit log."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from fastapi import APIRouter, Query

from spheroseg.server.access.authentication import ActorDep, AdminDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.roles import require
from spheroseg.server.audit import repository
from spheroseg.server.audit.schemas import EntryOut, FullEntryOut
from spheroseg.server.http.errors import NotFound, problems
from spheroseg.server.http.pagination import InvalidCursor, Page, PageQuery, decode_cursor, page_of
from spheroseg.server.resources.db import ReadingDep

router = APIRouter(tags=["audit"])


@router.get(
    "/projects/{project_id}/log",
    openapi_extra=needs("editor"),
    responses=problems(NotFound, InvalidCursor),
)
async def project_log(session: ReadingDep, actor: ActorDep, project_id: uuid.UUID, page: PageQuery) -> Page[EntryOut]:
    """What was changed in a project, and by whom; the newest first."""
    await require(session, actor, project_id, "editor")
    after = decode_cursor(page.cursor, dt.datetime, uuid.UUID)
    wanted = repository.AuditFilter(project_id=project_id)
    rows = await repository.list_entries(session, wanted, after=after, limit=page.limit + 1)
    rows, cursor = page_of(rows, page.limit, lambda entry: [entry.at, entry.id])
    people = await repository.actors_of(session, rows)
    items = [EntryOut.model_validate(row) for row in rows]
    for item in items:
        item.actor, _ = people.get(item.actor_id, (None, None))
    return Page(items=items, next_cursor=cursor)


@router.get("/admin/log", openapi_extra=needs("admin"), responses=problems(InvalidCursor))
async def whole_log(
    *,
    session: ReadingDep,
    actor: AdminDep,
    page: PageQuery,
    actor_id: uuid.UUID | None = None,
    project_id: uuid.UUID | None = None,
    subject_id: uuid.UUID | None = None,
    action: Annotated[str | None, Query(max_length=100, pattern=r"^[a-z_.]+$")] = None,
) -> Page[FullEntryOut]:
    """What was changed anywhere, by whom and from where; the newest first."""
    del actor
    after = decode_cursor(page.cursor, dt.datetime, uuid.UUID)
    wanted = repository.AuditFilter(actor_id=actor_id, project_id=project_id, subject_id=subject_id, action=action)
    rows = await repository.list_entries(session, wanted, after=after, limit=page.limit + 1)
    rows, cursor = page_of(rows, page.limit, lambda entry: [entry.at, entry.id])
    people = await repository.actors_of(session, rows)
    names = await repository.names_of(session, rows)
    items = [FullEntryOut.model_validate(row) for row in rows]
    for item in items:
        item.actor, item.actor_email = people.get(item.actor_id, (None, None))
        item.subject_name, item.project_name = names.get(item.subject_id), names.get(item.project_id)
    return Page(items=items, next_cursor=cursor)
