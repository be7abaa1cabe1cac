"""Sign-in by a provider: from the way out to the account that comes back."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Origin
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.errors import SignInFailed
from spheroseg.server.access.oidc import Claims, OidcClient
from spheroseg.server.access.services import Services
from spheroseg.server.access.tokens import new_token, token_hash
from spheroseg.server.accounts import credentials, repository
from spheroseg.server.accounts import sign_in as service
from spheroseg.server.accounts.sign_in import Grant
from spheroseg.server.http.errors import NotFound
from spheroseg.server.resources.db import commit_early, utc_now
from spheroseg.server.tables.accounts import Identity, OidcAttempt, User

ATTEMPT_MINUTES = 10
OWN_PAGE = re.compile(r"/(?![/\\])[^\x00-\x20\\]{0,500}")
"""A page of ours: one slash and no second, so that nobody is sent elsewhere after signing in."""


def client_of(state: Services, name: str) -> OidcClient:
    """The client for a provider.

    Raises:
        NotFound: there is no such provider.
    """
    client = state.oidc.get(name)
    if client is None:
        raise NotFound
    return client


def redirect_uri(state: Services, name: str) -> str:
    """Where the provider sends the browser back to."""
    return f"{state.settings.public_url}/api/v1/auth/providers/{name}/callback"


async def begin(
    session: AsyncSession, state: Services, name: str, *, return_to: str, remember: bool
) -> tuple[str, str]:
    """Begin a sign-in at a provider.

    Args:
        session: the transaction.
        state: parts of the process.
        name: of the provider.
        return_to: page of ours to come back to.
        remember: whether the session shall last as long as the service remembers people.

    Returns:
        The address to send the browser to, and the secret that it has to bring back in a cookie.
    """
    client = client_of(state, name)
    secret, nonce, verifier = new_token(), new_token(), new_token()
    # first, while the transaction has asked for no connection to the database: a provider may take its time
    url = await client.authorization_url(
        state=secret, nonce=nonce, code_verifier=verifier, redirect_uri=redirect_uri(state, name)
    )
    session.add(
        OidcAttempt(
            provider=name,
            state_hash=token_hash(secret),
            nonce=nonce,
            code_verifier=verifier,
            return_to=return_to if OWN_PAGE.fullmatch(return_to) else "/",
            remember=remember,
            expires_at=utc_now() + dt.timedelta(minutes=ATTEMPT_MINUTES),
        )
    )
    return url, secret


async def finish(
    session: AsyncSession, state: Services, name: str, *, code: str, secret: str, origin: Origin, language: str
) -> tuple[Grant, str]:
    """Finish a sign-in with what the browser brought back; a new account speaks `language`.

    Returns:
        The session, and the page to go to.

    Raises:
        SignInFailed: it was not begun here, is too old, or the provider does not confirm it.
    """
    client = client_of(state, name)
    attempt = await repository.take_oidc_attempt(session, token_hash(secret), name)
    if attempt is None:
        raise SignInFailed("This sign-in was not begun here, or took too long")
    await commit_early(session)  # spent, whatever the provider says; and no connection is held while it thinks
    claims = await client.claims(
        code=code,
        code_verifier=attempt.code_verifier,
        nonce=attempt.nonce,
        redirect_uri=redirect_uri(state, name),
    )
    user = await _account(session, state, name, claims, origin, language)
    grant = await service.begin_session(session, state, user, remember=attempt.remember, origin=origin)
    return grant, attempt.return_to


async def _account(
    session: AsyncSession, state: Services, provider: str, claims: Claims, origin: Origin, language: str
) -> User:
    user = await repository.by_identity(session, provider, claims.subject)
    if user is not None:
        return user
    if claims.email is None or not claims.is_email_verified:
        raise SignInFailed("The provider does not confirm your e-mail address")
    user = await repository.by_email(session, claims.email)
    if user is None:
        await service.check_sign_up(session, state, claims.email)
        user = await service.make_account(
            session,
            state,
            email=claims.email,
            name=claims.name,
            password_hash=None,
            origin=origin,
            is_verified=True,
        )
        user.language = language
    elif user.email_verified_at is None:
        # whoever made this account never proved the address, and may be waiting for its owner to come: lock them out
        user = await repository.lock_user(session, user.id)
        user.password_hash = None
        await credentials.end_credentials(session, state, user)
        user.email_verified_at = utc_now()
        service.appoint(user, state)
    session.add(Identity(user_id=user.id, provider=provider, subject=claims.subject))
    await session.flush()
    await record(
        session,
        origin.actor(user.id),
        "account.link",
        subject_type="user",
        subject_id=user.id,
        details={"provider": provider},
    )
    return user
