"""Queries of folders and projects."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.http.fields import like_pattern
from spheroseg.server.tables.projects import Folder, Member, Project

Sort = Literal["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"]


@dataclass(frozen=True)
class ProjectFilter:
    """Which of a person's projects are listed."""

    search: str | None = None
    in_trash: bool = False
    in_folder: bool = False
    """Whether `folder_id` counts: a null folder is the top of the tree."""
    folder_id: uuid.UUID | None = None


def _sort_column(sort: Sort) -> ColumnElement[Any]:
    return {
        "name": func.lower(Project.name),
        "created_at": Project.created_at,
        "updated_at": Project.updated_at,
    }[sort.removeprefix("-")]  # type: ignore[return-value]  # instrumented attributes are column elements


async def list_projects(
    session: AsyncSession,
    user_id: uuid.UUID,
    wanted: ProjectFilter,
    *,
    sort: Sort,
    after: tuple[Any, ...] | None,
    limit: int,
) -> Sequence[tuple[Project, Member, Any]]:
    """Projects that a person is a member of.

    Args:
        session: the transaction.
        user_id: the person.
        wanted: which of them.
        sort: the order; ids decide among equals.
        after: sort value and id of the last row of the page before.
        limit: how many at most.

    Returns:
        Each project, the person's membership, and the sort value for the cursor.
    """
    column = _sort_column(sort)
    is_descending = sort.startswith("-")
    statement = (
        select(Project, Member, column)
        .join(Member, Member.project_id == Project.id)
        .where(Member.user_id == user_id)
        .where(Project.deleted_at.is_not(None) if wanted.in_trash else Project.deleted_at.is_(None))
    )
    if wanted.in_trash:
        statement = statement.where(Member.role == "owner")
    if wanted.in_folder:
        statement = statement.where(Member.folder_id == wanted.folder_id)
    if wanted.search:
        pattern = like_pattern(wanted.search)
        statement = statement.where(or_(Project.name.ilike(pattern), Project.description.ilike(pattern)))
    if after is not None:
        value, last_id = after
        further = column < value if is_descending else column > value
        further_id = Project.id < last_id if is_descending else Project.id > last_id
        statement = statement.where(or_(further, and_(column == value, further_id)))
    order = (column.desc(), Project.id.desc()) if is_descending else (column, Project.id)
    rows = await session.execute(statement.order_by(*order).limit(limit))
    return [(row[0], row[1], row[2]) for row in rows]


async def membership(session: AsyncSession, project_id: uuid.UUID, user_id: uuid.UUID) -> Member | None:
    """A person's membership in a project."""
    return await session.get(Member, (project_id, user_id))


async def lock_project(session: AsyncSession, project: Project) -> None:
    """Read a project again and keep others from changing it until the transaction ends."""
    await session.refresh(project, with_for_update=True)


async def expired_projects(session: AsyncSession, deleted_before: dt.datetime, limit: int) -> Sequence[uuid.UUID]:
    """Projects that have been in the trash since before then."""
    found = await session.scalars(select(Project.id).where(Project.deleted_at < deleted_before).limit(limit))
    return found.all()


async def delete_projects(session: AsyncSession, project_ids: Sequence[uuid.UUID]) -> None:
    """Delete projects and, by their foreign keys, all that is in them."""
    await session.execute(delete(Project).where(Project.id.in_(project_ids)))


async def owned_projects(session: AsyncSession, user_id: uuid.UUID) -> Sequence[Project]:
    """All projects that a person owns, those in the trash too."""
    found = await session.scalars(select(Project).where(Project.owner_id == user_id).order_by(Project.id))
    return found.all()


async def folders_of(session: AsyncSession, user_id: uuid.UUID) -> Sequence[Folder]:
    """A person's folders, by name."""
    found = await session.scalars(
        select(Folder).where(Folder.owner_id == user_id).order_by(func.lower(Folder.name), Folder.id)
    )
    return found.all()


async def folder_of(
    session: AsyncSession, user_id: uuid.UUID, folder_id: uuid.UUID, *, lock: bool = False
) -> Folder | None:
    """A folder of a person's tree."""
    statement = select(Folder).where(Folder.id == folder_id, Folder.owner_id == user_id)
    return (await session.scalars(statement.with_for_update() if lock else statement)).one_or_none()


async def count_folders(session: AsyncSession, user_id: uuid.UUID) -> int:
    """How many folders a person has."""
    return await session.scalar(select(func.count()).select_from(Folder).where(Folder.owner_id == user_id)) or 0


async def ancestors(session: AsyncSession, folder_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """A folder and the folders that it lies in, innermost first."""
    found = await session.scalars(
        text(
            """
            WITH RECURSIVE above AS (
                SELECT id, parent_id, 1 AS depth FROM folders WHERE id = :folder_id
                UNION ALL
                SELECT folders.id, folders.parent_id, above.depth + 1 FROM folders JOIN above ON folders.id = above.parent_id
                WHERE above.depth < 100
            )
            SELECT id FROM above ORDER BY depth
            """
        ),
        {"folder_id": folder_id},
    )
    return [value if isinstance(value, uuid.UUID) else uuid.UUID(str(value)) for value in found]


async def lock_tree(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Let one transaction at a time move a person's folders: two moves at once could close a circle."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"folders:{user_id}"}
    )


async def move_to_folder(
    session: AsyncSession, project_id: uuid.UUID, user_id: uuid.UUID, folder_id: uuid.UUID | None
) -> None:
    """Put a project somewhere else in a person's tree."""
    await session.execute(
        update(Member).where(Member.project_id == project_id, Member.user_id == user_id).values(folder_id=folder_id)
    )
