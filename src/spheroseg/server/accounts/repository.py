"""Queries on people, their sessions, tokens and mailed links."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.http.fields import email_key, like_pattern
from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.accounts import ApiToken, Identity, MailedToken, OidcAttempt, Session, User
from spheroseg.server.tables.audit import AuditEntry
from spheroseg.server.tables.projects import Invitation, Member, Project


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


async def delete_identities(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Let no provider of sign-in open an account any more."""
    await session.execute(delete(Identity).where(Identity.user_id == user_id))


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
    """Use up a token sent by mail; `None` when it is unknown, used, too old or of an earlier epoch."""
    found = await session.scalars(delete(MailedToken).where(_holds(digest, purpose)).returning(MailedToken))
    return found.one_or_none()


async def mailed_token_holds(session: AsyncSession, digest: bytes, purpose: str) -> bool:
    """Whether `take_mailed_token` would find it; nothing is used up."""
    return await session.scalar(select(MailedToken.id).where(_holds(digest, purpose))) is not None


def _holds(digest: bytes, purpose: str) -> ColumnElement[bool]:
    epoch = select(User.credential_epoch).where(User.id == MailedToken.user_id).scalar_subquery()
    return and_(
        MailedToken.token_hash == digest,
        MailedToken.purpose == purpose,
        MailedToken.expires_at > utc_now(),
        or_(MailedToken.purpose == "undo_email", MailedToken.epoch == epoch),
    )


async def delete_mailed_tokens(session: AsyncSession, user_id: uuid.UUID, *purposes: str) -> None:
    """Make a person's tokens of some purposes worthless."""
    await session.execute(delete(MailedToken).where(MailedToken.user_id == user_id, MailedToken.purpose.in_(purposes)))


async def move_session_on(session: AsyncSession, session_id: uuid.UUID, epoch: int) -> None:
    """Let a session live on in a new epoch: that of the person who began it."""
    await session.execute(update(Session).where(Session.id == session_id).values(epoch=epoch))


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


async def has_others(session: AsyncSession, user_id: uuid.UUID) -> bool:
    """Whether there is any account but this one."""
    return await session.scalar(select(User.id).where(User.id != user_id).limit(1)) is not None


async def owns_shared(session: AsyncSession, user_id: uuid.UUID) -> bool:
    """Whether others are members of a project that a person owns."""
    found = await session.scalar(
        select(Member.user_id)
        .join(Project, Project.id == Member.project_id)
        .where(Project.owner_id == user_id, Member.user_id != user_id)
        .limit(1)
    )
    return found is not None


async def memberships_of(session: AsyncSession, user_id: uuid.UUID) -> list[tuple[Member, str]]:
    """A person's memberships, the oldest first, with the names of the projects."""
    rows = await session.execute(
        select(Member, Project.name)
        .join(Project, Project.id == Member.project_id)
        .where(Member.user_id == user_id)
        .order_by(Member.created_at)
    )
    return [(row[0], row[1]) for row in rows]


async def invitations_of(session: AsyncSession, user: User) -> Sequence[Invitation]:
    """Invitations that a person sent or got."""
    found = await session.scalars(
        select(Invitation).where(or_(Invitation.invited_by == user.id, Invitation.email_key == user.email_key))
    )
    return found.all()


async def log_of(session: AsyncSession, user_id: uuid.UUID, limit: int) -> Sequence[AuditEntry]:
    """What a person did, the newest first."""
    found = await session.scalars(
        select(AuditEntry).where(AuditEntry.actor_id == user_id).order_by(AuditEntry.at.desc()).limit(limit)
    )
    return found.all()
