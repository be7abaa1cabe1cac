"""Queries of members and invitations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.accounts import User
from spheroseg.server.tables.projects import Invitation, Member, Project


async def members_of(session: AsyncSession, project_id: uuid.UUID) -> Sequence[tuple[Member, User]]:
    """The members of a project, in the order they came."""
    rows = await session.execute(
        select(Member, User)
        .join(User, User.id == Member.user_id)
        .where(Member.project_id == project_id)
        .order_by(Member.created_at, Member.user_id)
    )
    return [(row[0], row[1]) for row in rows]


async def member_for_update(session: AsyncSession, project_id: uuid.UUID, user_id: uuid.UUID) -> Member | None:
    """A membership, locked until the transaction ends."""
    found = await session.scalars(
        select(Member).where(Member.project_id == project_id, Member.user_id == user_id).with_for_update()
    )
    return found.one_or_none()


async def is_member_by_address(session: AsyncSession, project_id: uuid.UUID, key: str) -> bool:
    """Whether somebody with this address is a member."""
    found = await session.scalar(
        select(Member.user_id)
        .join(User, User.id == Member.user_id)
        .where(Member.project_id == project_id, User.email_key == key)
    )
    return found is not None


async def count_members(session: AsyncSession, project_id: uuid.UUID) -> int:
    """How many members and invitations a project has."""
    members = await session.scalar(select(func.count()).select_from(Member).where(Member.project_id == project_id))
    invited = await session.scalar(
        select(func.count()).select_from(Invitation).where(Invitation.project_id == project_id)
    )
    return (members or 0) + (invited or 0)


async def invitations_of(session: AsyncSession, project_id: uuid.UUID) -> Sequence[Invitation]:
    """Invitations to a project that still hold."""
    found = await session.scalars(
        select(Invitation)
        .where(Invitation.project_id == project_id, Invitation.expires_at > utc_now())
        .order_by(Invitation.id)
    )
    return found.all()


async def invitation_of_project(
    session: AsyncSession, project_id: uuid.UUID, invitation_id: uuid.UUID
) -> Invitation | None:
    """One invitation to a project."""
    found = await session.scalars(
        select(Invitation).where(Invitation.id == invitation_id, Invitation.project_id == project_id).with_for_update()
    )
    return found.one_or_none()


async def invitations_for(session: AsyncSession, key: str) -> Sequence[tuple[Invitation, str]]:
    """Invitations for an address that still hold, with the names of the projects."""
    rows = await session.execute(
        select(Invitation, Project.name)
        .join(Project, Project.id == Invitation.project_id)
        .where(Invitation.email_key == key, Invitation.expires_at > utc_now(), Project.deleted_at.is_(None))
        .order_by(Invitation.id)
    )
    return [(row[0], row[1]) for row in rows]


async def is_invited(session: AsyncSession, key: str) -> bool:
    """Whether an address has an invitation that still holds."""
    found = await session.scalar(
        select(Invitation.id).where(Invitation.email_key == key, Invitation.expires_at > utc_now()).limit(1)
    )
    return found is not None


async def account_at(session: AsyncSession, key: str) -> User | None:
    """The account with an address."""
    return (await session.scalars(select(User).where(User.email_key == key))).one_or_none()


async def invitation_by_link(session: AsyncSession, digest: bytes) -> tuple[Invitation, str] | None:
    """An invitation, named by the hash of its token, that leads into a project now, with the project's name."""
    rows = await session.execute(
        select(Invitation, Project.name)
        .join(Project, Project.id == Invitation.project_id)
        .where(Invitation.token_hash == digest, Invitation.expires_at > utc_now(), Project.deleted_at.is_(None))
    )
    row = rows.one_or_none()
    return None if row is None else (row[0], row[1])


async def take_invitation(
    session: AsyncSession, *, digest: bytes | None = None, invitation_id: uuid.UUID | None = None
) -> Invitation | None:
    """Use up an invitation, named by the hash of its token or by its id; `None` when it is over."""
    named = Invitation.token_hash == digest if digest is not None else Invitation.id == invitation_id
    found = await session.scalars(
        delete(Invitation).where(named, Invitation.expires_at > utc_now()).returning(Invitation)
    )
    return found.one_or_none()


async def delete_invitation(session: AsyncSession, project_id: uuid.UUID, key: str, *, only_expired: bool) -> None:
    """Delete the invitation of an address to a project."""
    statement = delete(Invitation).where(Invitation.project_id == project_id, Invitation.email_key == key)
    await session.execute(statement.where(Invitation.expires_at <= utc_now()) if only_expired else statement)
