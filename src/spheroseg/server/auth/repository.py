"""Queries of authentication."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.auth.tables import ApiToken, MailedToken, OidcAttempt, Session
from spheroseg.server.db import utc_now
from spheroseg.server.users.tables import User


async def session_with_user(
    session: AsyncSession, session_id: uuid.UUID, user_id: uuid.UUID
) -> tuple[Session, User] | None:
    """A session that is not over, and whose it is."""
    row = (
        await session.execute(
            select(Session, User)
            .join(User, User.id == Session.user_id)
            .where(Session.id == session_id, Session.user_id == user_id, Session.expires_at > utc_now())
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def lock_session(session: AsyncSession, session_id: uuid.UUID) -> Session | None:
    """A session, locked until the transaction ends: of two refreshes at once the second sees the first's number."""
    found = await session.scalars(select(Session).where(Session.id == session_id).with_for_update())
    return found.one_or_none()


async def sessions_of(session: AsyncSession, user_id: uuid.UUID) -> Sequence[Session]:
    """A person's sessions that are not over, the last used first."""
    found = await session.scalars(
        select(Session)
        .where(Session.user_id == user_id, Session.expires_at > utc_now())
        .order_by(Session.last_used_at.desc())
    )
    return found.all()


async def delete_sessions(
    session: AsyncSession, user_id: uuid.UUID, *, only: uuid.UUID | None = None, but: uuid.UUID | None = None
) -> int:
    """End a person's sessions: all, one, or all but one.

    Returns:
        How many there were.
    """
    statement = delete(Session).where(Session.user_id == user_id)
    if only is not None:
        statement = statement.where(Session.id == only)
    if but is not None:
        statement = statement.where(Session.id != but)
    ended = await session.scalars(statement.returning(Session.id))
    return len(ended.all())


async def token_with_user(session: AsyncSession, digest: bytes) -> tuple[ApiToken, User] | None:
    """A personal token that still holds, and whose it is."""
    row = (
        await session.execute(
            select(ApiToken, User)
            .join(User, User.id == ApiToken.user_id)
            .where(
                ApiToken.token_hash == digest,
                or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > utc_now()),
            )
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


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


async def tokens_of(session: AsyncSession, user_id: uuid.UUID) -> Sequence[ApiToken]:
    """A person's personal tokens, the newest first."""
    found = await session.scalars(select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc()))
    return found.all()


async def delete_token(session: AsyncSession, user_id: uuid.UUID, token_id: uuid.UUID) -> bool:
    """Revoke a person's token; whether there was one."""
    found = await session.scalars(
        delete(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == user_id).returning(ApiToken.id)
    )
    return found.one_or_none() is not None


async def delete_tokens(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Revoke all personal tokens of a person."""
    await session.execute(delete(ApiToken).where(ApiToken.user_id == user_id))


async def take_mailed_token(session: AsyncSession, digest: bytes, purpose: str) -> MailedToken | None:
    """Use up a token sent by mail; `None` when it is unknown, used or too old."""
    found = await session.scalars(
        delete(MailedToken)
        .where(MailedToken.token_hash == digest, MailedToken.purpose == purpose, MailedToken.expires_at > utc_now())
        .returning(MailedToken)
    )
    return found.one_or_none()


async def delete_mailed_tokens(session: AsyncSession, user_id: uuid.UUID, purpose: str) -> None:
    """Make a person's tokens of one purpose worthless."""
    await session.execute(delete(MailedToken).where(MailedToken.user_id == user_id, MailedToken.purpose == purpose))


async def take_oidc_attempt(session: AsyncSession, digest: bytes, provider: str) -> OidcAttempt | None:
    """Use up a sign-in that went to a provider; `None` when it is unknown, used or too old."""
    found = await session.scalars(
        delete(OidcAttempt)
        .where(OidcAttempt.state_hash == digest, OidcAttempt.provider == provider, OidcAttempt.expires_at > utc_now())
        .returning(OidcAttempt)
    )
    return found.one_or_none()


async def delete_expired(session: AsyncSession) -> int:
    """Delete sessions, links and sign-ins that are over.

    Returns:
        How many rows there were.
    """
    now = utc_now()
    count = 0
    for table in (Session, MailedToken, OidcAttempt):
        gone = await session.scalars(delete(table).where(table.expires_at < now).returning(table.id))
        count += len(gone.all())
    return count
