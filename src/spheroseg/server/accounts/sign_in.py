"""Accounts and sessions: sign-up, links by mail, sign-in, refresh, sign-out."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor, Origin
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.errors import AccountDisabled, SessionEnded
from spheroseg.server.access.passwords import check_strength
from spheroseg.server.access.services import Services
from spheroseg.server.access.tokens import (
    AccessClaims,
    csrf_token,
    is_device_token,
    new_access_token,
    read_refresh_token,
    refresh_token,
    token_hash,
)
from spheroseg.server.accounts import repository
from spheroseg.server.accounts.credentials import end_credentials, enqueue_mail, tell_ended
from spheroseg.server.accounts.errors import EmailNotVerified, EmailTaken, LinkExpired, SignUpClosed, WrongCredentials
from spheroseg.server.http.errors import NotFound
from spheroseg.server.http.fields import email_key
from spheroseg.server.projects.sharing_repository import is_invited
from spheroseg.server.resources.db import commit_early, new_id, utc_now
from spheroseg.server.resources.emit import CREDENTIALS_ENDED, emit
from spheroseg.server.resources.queue import MAIL, enqueue
from spheroseg.server.tables.accounts import Session, User

log = structlog.get_logger()

REFRESH_GRACE_S = 30
"""Two pages may refresh at the same moment, and an answer may be lost: so long the last token is answered once more."""

FAILURES_HERE = "10/15 minutes"
"""Wrong passwords for one account from one address, or from one browser that signed in before."""

FAILURES_EVERYWHERE = "100/15 minutes"
"""Wrong passwords for one account from all addresses together; browsers that signed in before still pass."""


@dataclass(frozen=True)
class Grant:
    """What a session is continued with."""

    access_token: str
    refresh_token: str
    csrf_token: str
    session: Session


# accounts


async def sign_up(
    session: AsyncSession, state: Services, *, email: str, password: str, name: str, language: str, origin: Origin
) -> None:
    """Make an account with a password, and mail a link that confirms its address.

    Where there is an account with this address already, its owner is told by mail, and the caller sees no difference.

    Raises:
        SignUpClosed: this service takes no new accounts, or only invited ones.
        WeakPassword: the password is easy to guess.
    """
    await check_sign_up(session, state, email)
    check_strength(password, email, name)
    password_hash = await state.passwords.hash(password)  # in both cases, so that the time tells nothing
    there = await repository.by_email(session, email)
    if there is not None:
        await enqueue_mail(session, "auth:send_has_account", there, there.email)
        return
    user = await make_account(session, state, email=email, name=name, password_hash=password_hash, origin=origin)
    user.language = language
    await enqueue_mail(session, "auth:send_verification", user, user.email)


async def check_sign_up(session: AsyncSession, state: Services, email: str) -> None:
    """Whether this address may get an account here.

    Raises:
        SignUpClosed: it may not.
    """
    mode = state.settings.sign_up
    if mode == "closed" or (mode == "invited" and not await is_invited(session, email_key(email))):
        raise SignUpClosed


async def make_account(
    session: AsyncSession,
    state: Services,
    *,
    email: str,
    name: str,
    password_hash: str | None,
    origin: Origin,
    is_verified: bool = False,
) -> User:
    """Make the row of a person; on a laptop the first one administers the service."""
    is_first = state.settings.environment == "local" and not await repository.has_users(session)
    user = User(
        email=email,
        email_key=email_key(email),
        name=name,
        password_hash=password_hash,
        role="admin" if is_first else "user",
        email_verified_at=utc_now() if is_verified else None,
    )
    session.add(user)
    await session.flush()
    if is_verified:
        appoint(user, state)
    await record(session, origin.actor(user.id), "account.create", subject_type="user", subject_id=user.id)
    return user


def appoint(user: User, state: Services) -> None:
    """Make an administrator of somebody whose confirmed address is in the settings."""
    if user.email_verified_at is not None and user.email_key in map(email_key, state.settings.admin_emails):
        user.role = "admin"


async def verify_email(session: AsyncSession, state: Services, token: str, origin: Origin) -> User:
    """Confirm the address that a link was mailed to; a changed address becomes the account's one.

    Raises:
        LinkExpired: the link was used or is too old.
        EmailTaken: somebody else has the address by now.
    """
    row = await repository.take_mailed_token(session, token_hash(token), "verify_email")
    if row is None:
        raise LinkExpired
    user = await repository.lock_user(session, row.user_id)
    if email_key(row.email) != user.email_key:
        if await repository.by_email(session, row.email) is not None:
            raise EmailTaken
        before = user.email
        user.email, user.email_key = row.email, email_key(row.email)
        user.version += 1
        # links that went to the old address
        await repository.delete_mailed_tokens(session, user.id, "reset_password", "verify_email")
        await enqueue(
            session, "auth:send_email_changed", queue=MAIL, user_id=str(user.id), email=before, new_email=user.email
        )
    user.email_verified_at = utc_now()
    appoint(user, state)
    await record(session, origin.actor(user.id), "account.verify", subject_type="user", subject_id=user.id)
    await session.flush()
    state.known_actors.forget_user(user.id)
    return user


async def undo_email_change(session: AsyncSession, state: Services, token: str, origin: Origin) -> User:
    """Give an account back to the address that it had, by a link mailed there when it was changed.

    Whoever changed it knows the password, and may have signed in, made tokens or linked a provider since: all of that
    ends, and a new password is chosen by another mailed link.

    Raises:
        LinkExpired: the link was used or is too old.
        EmailTaken: somebody else has the address by now.
    """
    row = await repository.take_mailed_token(session, token_hash(token), "undo_email")
    if row is None:
        raise LinkExpired
    user = await repository.lock_user(session, row.user_id)
    other = await repository.by_email(session, row.email)
    if other is not None and other.id != user.id:
        raise EmailTaken
    user.email, user.email_key = row.email, email_key(row.email)
    user.email_verified_at = utc_now()
    user.password_hash = None
    user.version += 1
    await repository.delete_identities(session, user.id)
    await repository.delete_mailed_tokens(session, user.id, "undo_email")
    await end_credentials(session, state, user)
    await enqueue_mail(session, "auth:send_reset", user, user.email)
    await record(session, origin.actor(user.id), "account.undo_email", subject_type="user", subject_id=user.id)
    return user


async def request_verification(session: AsyncSession, email: str) -> None:
    """Mail the link again; says nothing about whether there is such an account."""
    user = await repository.by_email(session, email)
    if user is not None and user.email_verified_at is None:
        await enqueue_mail(session, "auth:send_verification", user, user.email)


async def request_reset(session: AsyncSession, email: str) -> None:
    """Mail a link to choose a new password; says nothing about whether there is such an account."""
    user = await repository.by_email(session, email)
    if user is not None and user.disabled_at is None:
        await enqueue_mail(session, "auth:send_reset", user, user.email)


async def reset_password(session: AsyncSession, state: Services, token: str, password: str, origin: Origin) -> None:
    """Set a new password by a mailed link, which also proves the address; all that was given out before ends.

    Raises:
        LinkExpired: the link was used or is too old.
        WeakPassword: the password is easy to guess; the link stays good.
    """
    row = await repository.take_mailed_token(session, token_hash(token), "reset_password")
    if row is None:
        raise LinkExpired
    user = await repository.lock_user(session, row.user_id)
    check_strength(password, user.email, user.name)
    user.password_hash = await state.passwords.hash(password)
    user.email_verified_at = user.email_verified_at or utc_now()
    appoint(user, state)
    await end_credentials(session, state, user)
    await record(session, origin.actor(user.id), "account.reset_password", subject_type="user", subject_id=user.id)


async def change_password(session: AsyncSession, state: Services, actor: Actor, *, current: str, new: str) -> None:
    """Set a new password; all other sessions, personal tokens and mailed links end.

    Raises:
        WrongCredentials: the current one is wrong.
        WeakPassword: the new one is easy to guess.
    """
    user = await repository.lock_user(session, actor.user_id)
    await check_password(state, user, current)
    check_strength(new, user.email, user.name)
    user.password_hash = await state.passwords.hash(new)
    await end_credentials(session, state, user, but=actor.session_id)
    await record(session, actor, "account.change_password", subject_type="user", subject_id=user.id)


async def check_password(state: Services, user: User, password: str) -> None:
    """Whether it is a person's password; somebody at their open screen may try only a few.

    Raises:
        WrongCredentials: it is not.
    """
    await state.limiter.check_failures("password", FAILURES_HERE, str(user.id))
    is_right, _ = await state.passwords.verify(password, user.password_hash)
    if not is_right:
        await state.limiter.count_failure("password", FAILURES_HERE, str(user.id))
        raise WrongCredentials


# sessions


async def sign_in(
    session: AsyncSession,
    state: Services,
    *,
    email: str,
    password: str,
    remember: bool,
    origin: Origin,
    device: str | None = None,
) -> tuple[Grant, User]:
    """Begin a session with a password.

    Only wrong passwords count against the limits, for each address by itself, so that nobody can shut an owner out; a
    browser that signed in to the account before (`device`: its cookie) has a count of its own.

    Raises:
        TooManyRequests: too many wrong passwords; when to try again is told.
        WrongCredentials: address or password are wrong; it is not told which.
        AccountDisabled: an administrator disabled the account.
        EmailNotVerified: the service wants the address confirmed first.
    """
    user = await repository.by_email(session, email)
    counts = _failure_counts(state, email, user, origin, device)
    for name, rate, who in counts:
        await state.limiter.check_failures(name, rate, who)
    is_right, newer_hash = await state.passwords.verify(password, user.password_hash if user else None)
    if user is None or not is_right:
        for name, rate, who in counts:
            await state.limiter.count_failure(name, rate, who)
        log.info("sign_in_refused")
        raise WrongCredentials
    if newer_hash is not None:
        user.password_hash = newer_hash
    return await begin_session(session, state, user, remember=remember, origin=origin), user


def _failure_counts(
    state: Services, email: str, user: User | None, origin: Origin, device: str | None
) -> list[tuple[str, str, str]]:
    """Name, rate and identifier of each count that a wrong password adds to."""
    key = email_key(email)
    if user is not None and device is not None and is_device_token(state.secret_key, user.id, device):
        return [("sign_in_device", FAILURES_HERE, token_hash(device).hex())]
    return [
        ("sign_in_here", FAILURES_HERE, f"{key} {origin.ip}"),
        ("sign_in_everywhere", FAILURES_EVERYWHERE, key),
    ]


async def begin_session(session: AsyncSession, state: Services, user: User, *, remember: bool, origin: Origin) -> Grant:
    """Begin a session of somebody who proved who they are."""
    if user.disabled_at is not None:
        raise AccountDisabled
    if state.settings.require_verified_email and user.email_verified_at is None:
        raise EmailNotVerified
    now = utc_now()
    row = Session(
        id=new_id(),
        user_id=user.id,
        epoch=user.credential_epoch,
        remember=remember,
        expires_at=now + lifetime(state, remember=remember),
        ip=origin.ip,
        user_agent=origin.user_agent,
    )
    session.add(row)
    user.last_seen_at = now
    await session.flush()
    await record(session, origin.actor(user.id), "session.begin", subject_type="session", subject_id=row.id)
    return grant(state, row)


def lifetime(state: Services, *, remember: bool) -> dt.timedelta:
    """How long a session lasts without use."""
    settings = state.settings
    return dt.timedelta(seconds=settings.session_remember_s if remember else settings.session_idle_s)


def grant(state: Services, row: Session) -> Grant:
    """The tokens of a session, as it stands."""
    return Grant(
        access_token=new_access_token(
            state.secret_key, AccessClaims(row.user_id, row.id), state.settings.access_token_s
        ),
        refresh_token=refresh_token(state.secret_key, row.id, row.generation),
        csrf_token=csrf_token(state.secret_key, row.id),
        session=row,
    )


async def refresh(session: AsyncSession, state: Services, token: str) -> Grant:
    """Continue a session: a new access token and the next refresh token.

    Raises:
        SessionEnded: it is over, or ends now because a token came that was left behind long ago.
    """
    read = read_refresh_token(state.secret_key, token)
    row = await repository.lock_session(session, read[0]) if read else None
    now = utc_now()
    if read is None or row is None or row.expires_at <= now:
        raise SessionEnded
    if read[1] != row.generation:
        in_grace = read[1] == row.generation - 1 and now - row.rotated_at < dt.timedelta(seconds=REFRESH_GRACE_S)
        if not in_grace:
            await _end_stolen(session, state, row)
            raise SessionEnded
    else:
        row.generation += 1
        row.rotated_at = now
    row.last_used_at = now
    row.expires_at = now + lifetime(state, remember=row.remember)
    user = await session.get_one(User, row.user_id)
    if row.epoch != user.credential_epoch:
        raise SessionEnded
    if user.disabled_at is not None:
        raise AccountDisabled
    user.last_seen_at = now
    await session.flush()
    return grant(state, row)


async def _end_stolen(session: AsyncSession, state: Services, row: Session) -> None:
    user_id, session_id = row.user_id, row.id
    await repository.delete_sessions(session, user_id, only=session_id)
    await record(
        session, Actor(user_id=user_id), "session.reuse_detected", subject_type="session", subject_id=session_id
    )
    await emit(session, f"user:{user_id}", {"type": CREDENTIALS_ENDED, "id": user_id})
    await commit_early(session)  # the caller is told 401, which would roll it back
    state.known_actors.forget_user(user_id)
    log.warning("refresh_token_reused", session_id=str(session_id))


async def end_session(session: AsyncSession, state: Services, actor: Actor, session_id: uuid.UUID) -> None:
    """Sign out one of the actor's sessions.

    Raises:
        NotFound: there is no such session.
    """
    if not await repository.delete_sessions(session, actor.user_id, only=session_id):
        raise NotFound
    await record(session, actor, "session.end", subject_type="session", subject_id=session_id)
    await tell_ended(session, state, actor.user_id)
