"""Who may see and change what: the one place where it is decided.

A project is seen by its members: viewers look, editors change, the owner also shares and deletes. For everybody else
it does not exist. Administrators of the service are no exception: they look after people and queues, not data.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from spheroseg.server.access import repository
from spheroseg.server.access.actor import Actor
from spheroseg.server.http.errors import Forbidden, NotFound
from spheroseg.server.tables.projects import Member, Project

Role = Literal["viewer", "editor", "owner"]

RANK: dict[str, int] = {"viewer": 0, "editor": 1, "owner": 2}


@dataclass(frozen=True)
class ProjectAccess:
    """A project that the actor may use, and as what."""

    project: Project
    role: str


async def require(
    session: AsyncSession, actor: Actor, project_id: uuid.UUID, role: Role, *, in_trash: bool = False
) -> ProjectAccess:
    """The project, if the actor is at least `role` in it.

    Args:
        session: the transaction.
        actor: who asks.
        project_id: which project.
        role: the least that is needed.
        in_trash: whether a project in the trash will do.

    Raises:
        NotFound: it does not exist, lies in the trash, or the actor is no member. All the same answer, which is also that
            for images, runs … that do not exist: nobody learns by asking whether something exists.
        Forbidden: the actor is a member and may not do this.
    """
    row = await repository.project_with_role(session, actor.user_id, project_id)
    if row is None or (row[0].deleted_at is not None and not in_trash):
        raise NotFound
    check(row[1], role)
    return ProjectAccess(project=row[0], role=row[1])


def check(role: str, needed: Role) -> None:
    """Refuse a member whose role is not enough.

    Raises:
        Forbidden: it is not.
    """
    if RANK[role] < RANK[needed]:
        raise Forbidden(f"This needs the role {needed} in the project; you are {role}")


def with_role(
    statement: Select[*tuple[Any, ...]], project_id: InstrumentedAttribute[uuid.UUID], actor: Actor
) -> Select[*tuple[Any, ...]]:
    """A statement with the actor's role in the project of each row as its last column, to be given to `check`.

    Rows of projects that the actor may not know of are not found. So what is asked for and whether it may be seen are
    one question to the database.

    Args:
        statement: selects from the table of `project_id`.
        project_id: its column.
        actor: who asks.
    """
    return (
        statement.add_columns(Member.role)
        .join(Member, (Member.project_id == project_id) & (Member.user_id == actor.user_id))
        .join(Project, (Project.id == project_id) & Project.deleted_at.is_(None))
    )
