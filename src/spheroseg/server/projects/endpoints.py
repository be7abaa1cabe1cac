"""Routes of folders and projects."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Response

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.http.errors import Conflict, NotFound, PreconditionFailed, PreconditionRequired, problems
from spheroseg.server.http.etag import IfMatch, etag
from spheroseg.server.http.pagination import InvalidCursor, Page, PageQuery, decode_cursor, page_of
from spheroseg.server.projects import repository, service
from spheroseg.server.projects.errors import (
    FolderCycle,
    FolderNotFound,
    FolderTooDeep,
    TooManyFolders,
)
from spheroseg.server.projects.schemas import (
    FolderChange,
    FolderChoice,
    FolderInput,
    FolderOut,
    ProjectChange,
    ProjectInput,
    ProjectOut,
)
from spheroseg.server.resources.db import ReadingDep, SessionDep

router = APIRouter()
EDITED = problems(PreconditionFailed, PreconditionRequired)


@router.get(
    "/projects", tags=["projects"], openapi_extra=needs("signed-in"), responses=problems(InvalidCursor, FolderNotFound)
)
async def list_projects(
    *,
    session: ReadingDep,
    actor: ActorDep,
    page: PageQuery,
    search: Annotated[str | None, Query(max_length=200)] = None,
    folder: Annotated[
        str | None, Query(pattern=r"^(top|[0-9a-fA-F-]{36})$", description="A folder's id, or `top`; all without")
    ] = None,
    trash: Annotated[bool, Query(description="Those in the trash instead; only one's own")] = False,
    sort: repository.Sort = "-updated_at",
) -> Page[ProjectOut]:
    """Projects of which the caller is a member."""
    try:
        folder_id = uuid.UUID(folder) if folder not in {None, "top"} else None
    except ValueError:
        raise FolderNotFound from None
    wanted = repository.ProjectFilter(
        search=search.replace("\0", "") if search else None,
        in_trash=trash,
        in_folder=folder is not None,
        folder_id=folder_id,
    )
    kind = str if sort.endswith("name") else dt.datetime
    after = decode_cursor(page.cursor, kind, uuid.UUID)
    rows = await repository.list_projects(session, actor.user_id, wanted, sort=sort, after=after, limit=page.limit + 1)
    rows, cursor = page_of(rows, page.limit, lambda row: [row[2], row[0].id])
    items = await service.projects_out(session, [(project, member) for project, member, _ in rows])
    return Page(items=items, next_cursor=cursor)


@router.post(
    "/projects",
    tags=["projects"],
    status_code=201,
    openapi_extra=needs("signed-in"),
    responses=problems(FolderNotFound),
)
async def create_project(session: SessionDep, actor: ActorDep, wanted: ProjectInput, response: Response) -> ProjectOut:
    """Make a project."""
    project = await service.create_project(session, actor, wanted)
    response.headers["Location"] = f"/api/v1/projects/{project.id}"
    response.headers["ETag"] = etag(project.version)
    return project


@router.get("/projects/{project_id}", tags=["projects"], openapi_extra=needs("viewer"), responses=problems(NotFound))
async def read_project(session: ReadingDep, actor: ActorDep, project_id: uuid.UUID, response: Response) -> ProjectOut:
    """One project."""
    project = await service.read_project(session, actor, project_id)
    response.headers["ETag"] = etag(project.version)
    return project


@router.patch(
    "/projects/{project_id}",
    tags=["projects"],
    openapi_extra=needs("editor"),
    responses=problems(NotFound) | EDITED,
)
async def change_project(
    session: SessionDep,
    actor: ActorDep,
    project_id: uuid.UUID,
    change: ProjectChange,
    response: Response,
    if_match: IfMatch = None,
) -> ProjectOut:
    """Change some of its settings."""
    project = await service.change_project(session, actor, project_id, change, if_match)
    response.headers["ETag"] = etag(project.version)
    return project


@router.put(
    "/projects/{project_id}/folder",
    tags=["projects"],
    openapi_extra=needs("viewer"),
    responses=problems(NotFound, FolderNotFound),
)
async def move_project(session: SessionDep, actor: ActorDep, project_id: uuid.UUID, choice: FolderChoice) -> ProjectOut:
    """Put it somewhere else in the caller's own tree; others' trees stay as they are."""
    return await service.move_project(session, actor, project_id, choice.folder_id)


@router.delete(
    "/projects/{project_id}",
    tags=["projects"],
    status_code=204,
    openapi_extra=needs("owner"),
    responses=problems(NotFound),
)
async def trash_project(session: SessionDep, actor: ActorDep, project_id: uuid.UUID) -> None:
    """Put it into the trash, from which it can be restored as long as the service keeps it (`trash_days`)."""
    await service.trash_project(session, actor, project_id)


@router.post(
    "/projects/{project_id}/restore",
    tags=["projects"],
    openapi_extra=needs("owner"),
    responses=problems(NotFound),
)
async def restore_project(session: SessionDep, actor: ActorDep, project_id: uuid.UUID) -> ProjectOut:
    """Take it out of the trash."""
    return await service.restore_project(session, actor, project_id)


@router.delete(
    "/projects/{project_id}/forever",
    tags=["projects"],
    status_code=204,
    openapi_extra=needs("owner"),
    responses=problems(NotFound, Conflict),
)
async def delete_project(session: SessionDep, actor: ActorDep, project_id: uuid.UUID) -> None:
    """Delete for good what lies in the trash: images, outlines and files."""
    await service.delete_project(session, actor, project_id)


@router.get("/folders", tags=["folders"], openapi_extra=needs("signed-in"))
async def list_folders(session: ReadingDep, actor: ActorDep) -> list[FolderOut]:
    """All folders of the caller's own tree (there are at most 2000)."""
    return [FolderOut.model_validate(folder) for folder in await repository.folders_of(session, actor.user_id)]


@router.post(
    "/folders",
    tags=["folders"],
    status_code=201,
    openapi_extra=needs("signed-in"),
    responses=problems(FolderNotFound, FolderTooDeep, TooManyFolders),
)
async def create_folder(session: SessionDep, actor: ActorDep, wanted: FolderInput, response: Response) -> FolderOut:
    """Make a folder."""
    folder = await service.create_folder(session, actor, wanted)
    response.headers["ETag"] = etag(folder.version)
    return FolderOut.model_validate(folder)


@router.patch(
    "/folders/{folder_id}",
    tags=["folders"],
    openapi_extra=needs("signed-in"),
    responses=problems(FolderNotFound, FolderCycle, FolderTooDeep) | EDITED,
)
async def change_folder(
    session: SessionDep,
    actor: ActorDep,
    folder_id: uuid.UUID,
    change: FolderChange,
    response: Response,
    if_match: IfMatch = None,
) -> FolderOut:
    """Rename it, or move it in the tree."""
    folder = await service.change_folder(session, actor, folder_id, change, if_match)
    response.headers["ETag"] = etag(folder.version)
    return FolderOut.model_validate(folder)


@router.delete(
    "/folders/{folder_id}",
    tags=["folders"],
    status_code=204,
    openapi_extra=needs("signed-in"),
    responses=problems(FolderNotFound),
)
async def delete_folder(session: SessionDep, actor: ActorDep, folder_id: uuid.UUID) -> None:
    """Delete it and the folders inside; projects in them move to the top."""
    await service.delete_folder(session, actor, folder_id)
