"""Routes of administrators."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request

from spheroseg.server.access.authentication import AdminDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.services import app_services
from spheroseg.server.accounts import repository as users
from spheroseg.server.accounts.errors import LastAdmin
from spheroseg.server.admin import repository, service
from spheroseg.server.admin.schemas import HealthOut, QueueOut, UserChange, UserRow
from spheroseg.server.http.errors import NotFound, problems
from spheroseg.server.http.pagination import InvalidCursor, Page, PageQuery, decode_cursor, page_of
from spheroseg.server.resources.db import ReadingDep, SessionDep
from spheroseg.version import __version__

router = APIRouter(prefix="/admin", tags=["admin"])


@router.get("/users", openapi_extra=needs("admin"), responses=problems(InvalidCursor))
async def list_users(
    session: ReadingDep,
    actor: AdminDep,
    page: PageQuery,
    search: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[UserRow]:
    """People, the newest first."""
    del actor
    after = decode_cursor(page.cursor, uuid.UUID)
    rows = await users.list_users(
        session,
        search=search.replace("\0", "") if search else None,
        after=after[0] if after else None,
        limit=page.limit + 1,
    )
    rows, cursor = page_of(rows, page.limit, lambda row: [row.id])
    return Page(items=[UserRow.model_validate(row, from_attributes=True) for row in rows], next_cursor=cursor)


@router.patch("/users/{user_id}", openapi_extra=needs("admin"), responses=problems(NotFound, LastAdmin))
async def change_user(
    request: Request, session: SessionDep, actor: AdminDep, user_id: uuid.UUID, change: UserChange
) -> UserRow:
    """Give somebody another role, or disable or enable their account."""
    user = await service.change_user(session, app_services(request), actor, user_id, change)
    return UserRow.model_validate(user, from_attributes=True)


@router.delete(
    "/users/{user_id}", status_code=204, openapi_extra=needs("admin"), responses=problems(NotFound, LastAdmin)
)
async def delete_user(request: Request, session: SessionDep, actor: AdminDep, user_id: uuid.UUID) -> None:
    """Delete somebody's account with their projects, images and files."""
    await service.delete_user(session, app_services(request), actor, user_id)


@router.get("/queue", openapi_extra=needs("admin"))
async def read_queue(session: ReadingDep, actor: AdminDep) -> QueueOut:
    """Jobs that wait, run or failed, and the workers."""
    del actor
    return QueueOut(
        jobs=await repository.queue_rows(session),
        workers=await repository.worker_rows(session),
    )


@router.get("/health", openapi_extra=needs("admin"))
async def read_health(request: Request, session: ReadingDep, actor: AdminDep) -> HealthOut:
    """Database, connections, disk and counts."""
    del actor
    free_bytes = app_services(request).storage.free_bytes()
    facts = await repository.database_facts(session)
    return HealthOut(version=__version__, disk_free_bytes=free_bytes, **facts.model_dump())
