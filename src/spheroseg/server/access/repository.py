"""Queries that find out who sends a request, and as what."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.accounts import ApiToken, Session, User
from spheroseg.server.tables.projects import Member, Project

PROJECT_TOUCHED_EVERY = dt.timedelta(minutes=1)


async def session_with_user(
    session: AsyncSession, session_id: uuid.UUID, user_id: uuid.UUID
) -> tuple[Session, User] | None:
    """A session that is not over, and whose it is."""
    row = (
        await session.execute(
            select(Session, User)
            .join(User, User.id == Session.user_id)
            .where(
                Session.id == session_id,
                Session.user_id == user_id,
                Session.expires_at > utc_now(),
                Session.epoch == User.credential_epoch,
            )
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def token_with_user(session: AsyncSession, digest: bytes) -> tuple[ApiToken, User] | None:
    """A personal token that still holds, and whose it is."""
    row = (
        await session.execute(
            select(ApiToken, User)
            .join(User, User.id == ApiToken.user_id)
            .where(
                ApiToken.token_hash == digest,
                ApiToken.epoch == User.credential_epoch,
                or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > utc_now()),
            )
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def token_of(session: AsyncSession, token_id: uuid.UUID) -> tuple[ApiToken, User] | None:
    """A personal token that still holds, by its id, and whose it is."""
    digest = await session.scalar(select(ApiToken.token_hash).where(ApiToken.id == token_id))
    return None if digest is None else await token_with_user(session, digest)


async def touch_token(session: AsyncSession, token_id: uuid.UUID, *, at_most_every: dt.timedelta) -> None:
    """Note that a personal token was used, not at each request."""
    now = utc_now()
    await session.execute(
        update(ApiToken)
        .where(
            ApiToken.id == token_id,
            or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < now - at_most_every),
        )
        .values(last_used_at=now)
    )


async def project_with_role(
    session: AsyncSession, user_id: uuid.UUID, project_id: uuid.UUID
) -> tuple[Project, str] | None:
    """A project and a person's role in it; None where it does not exist or the person is no member."""
    row = (
        await session.execute(
            select(Project, Member.role)
            .join(Member, (Member.project_id == Project.id) & (Member.user_id == user_id))
            .where(Project.id == project_id)
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def touch_project(session: AsyncSession, project_id: uuid.UUID) -> None:
    """Note that something in a project changed, once a minute; nobody waits for somebody else who notes it."""
    now = utc_now()
    stale = (
        select(Project.id)
        .where(Project.id == project_id, Project.updated_at < now - PROJECT_TOUCHED_EVERY)
        .with_for_update(skip_locked=True, key_share=True)
        .scalar_subquery()
    )
    await session.execute(
        update(Project).where(Project.id == stale).values(updated_at=now).execution_options(synchronize_session=False)
    )


async def name_of_user(session: AsyncSession, user_id: uuid.UUID) -> str | None:
    """What a person wants to be called."""
    return await session.scalar(select(User.name).where(User.id == user_id))


async def names_of_users(session: AsyncSession, user_ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID | None, str]:
    """What people want to be called, by id; those who gave no name by their address, those who are gone not at all."""
    rows = await session.execute(select(User.id, User.name, User.email).where(User.id.in_(set(user_ids) - {None})))
    return {user_id: name or email for user_id, name, email in rows}
