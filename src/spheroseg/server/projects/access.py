"""Who may see and change what: the one place where it is decided.

A project is seen by its members: viewers look, editors change, the owner also shares and deletes. For everybody else
it does not exist. Administrators of the service are no exception: they look after people and queues, not data.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.auth.actor import Actor
from spheroseg.server.errors import Forbidden, NotFound
from spheroseg.server.projects.tables import Member, Project

Role = Literal["viewer", "editor", "owner"]

RANK: dict[str, int] = {"viewer": 0, "editor": 1, "owner": 2}


@dataclass(frozen=True)
class ProjectAccess:
    """A project that the actor may use, and as what."""

    project: Project
    role: str

    def allows(self, role: Role) -> bool:
        """Whether the actor is at least this."""
        return RANK[self.role] >= RANK[role]


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
    row = (
        await session.execute(
            select(Project, Member.role)
            .join(Member, (Member.project_id == Project.id) & (Member.user_id == actor.user_id))
            .where(Project.id == project_id)
        )
    ).one_or_none()
    if row is None or (row[0].deleted_at is not None and not in_trash):
        raise NotFound
    access = ProjectAccess(project=row[0], role=row[1])
    if not access.allows(role):
        raise Forbidden(f"This needs the role {role} in the project; you are {access.role}")
    return access


def visible_projects(actor: Actor) -> Select[uuid.UUID]:
    """Ids of the projects that the actor may see, for listings over projects; those in the trash are not among them."""
    return (
        select(Member.project_id)
        .join(Project, Project.id == Member.project_id)
        .where(Member.user_id == actor.user_id, Project.deleted_at.is_(None))
    )
