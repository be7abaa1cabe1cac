"""Queries of users."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.fields import email_key, like_pattern
from spheroseg.server.users.tables import Identity, User


async def by_email(session: AsyncSession, email: str) -> User | None:
    """The person with this address, in whatever case."""
    return (await session.scalars(select(User).where(User.email_key == email_key(email)))).one_or_none()


async def by_identity(session: AsyncSession, provider: str, subject: str) -> User | None:
    """The person that a provider of sign-in knows by this name."""
    found = await session.scalars(
        select(User)
        .join(Identity, Identity.user_id == User.id)
        .where(Identity.provider == provider, Identity.subject == subject)
    )
    return found.one_or_none()


async def lock_user(session: AsyncSession, user_id: uuid.UUID) -> User:
    """A person's row, locked until the transaction ends."""
    return await session.get_one(User, user_id, with_for_update=True, populate_existing=True)


async def identities_of(session: AsyncSession, user_id: uuid.UUID) -> Sequence[Identity]:
    """How providers of sign-in know a person."""
    return (await session.scalars(select(Identity).where(Identity.user_id == user_id).order_by(Identity.id))).all()


async def has_users(session: AsyncSession) -> bool:
    """Whether there is any account; one transaction at a time may find out that it is the first."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('users:first', 0))"))
    return await session.scalar(select(User.id).limit(1)) is not None


async def list_users(
    session: AsyncSession, *, search: str | None, after: uuid.UUID | None, limit: int
) -> Sequence[User]:
    """People, the newest first.

    Args:
        session: the transaction.
        search: a part of an address or name.
        after: the last id of the page before.
        limit: how many at most.
    """
    statement = select(User).order_by(User.id.desc()).limit(limit)
    if search:
        pattern = like_pattern(search)
        statement = statement.where(or_(User.email_key.like(like_pattern(email_key(search))), User.name.ilike(pattern)))
    if after is not None:
        statement = statement.where(User.id < after)
    return (await session.scalars(statement)).all()


async def count_admins(session: AsyncSession) -> int:
    """How many administrators can sign in."""
    found = await session.scalar(
        select(func.count()).select_from(User).where(User.role == "admin", User.disabled_at.is_(None))
    )
    return found or 0


async def delete_user(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Delete a person's row and, by their foreign keys, all that is only theirs."""
    await session.execute(delete(User).where(User.id == user_id))
