"""Finding out who is asking: by a browser's cookie, a bearer access token, or a personal token."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Annotated

import structlog
from fastapi import Depends, Request

from spheroseg.server.access import repository
from spheroseg.server.access.actor import Actor, Origin
from spheroseg.server.access.errors import AccountDisabled, MissingScope, NeedsPerson, SessionEnded, WrongCsrfToken
from spheroseg.server.access.services import Services, app_services
from spheroseg.server.access.tokens import PERSONAL_PREFIX, is_csrf_token, read_access_token, token_hash
from spheroseg.server.http.errors import Forbidden, Unauthenticated
from spheroseg.server.tables.accounts import ApiToken, Session, User

ACCESS_COOKIE = "spheroseg_access"
REFRESH_COOKIE = "spheroseg_refresh"
CSRF_COOKIE = "spheroseg_csrf"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def authenticate(
    state: Services, *, headers: Mapping[str, str], cookies: Mapping[str, str], method: str = "GET"
) -> Actor:
    """Who sends this request.

    Args:
        state: parts of the process.
        headers: of the request, names in any case.
        cookies: of the request.
        method: of the request; a change by cookie has to carry the CSRF token.

    Raises:
        Unauthenticated: nobody, or the session is over.
        WrongCsrfToken: a change by cookie without the session's CSRF token.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        if token.startswith(PERSONAL_PREFIX):
            return await _by_personal_token(state, token)
        return await _by_access_token(state, token)
    cookie = cookies.get(ACCESS_COOKIE)
    if not cookie:
        raise Unauthenticated
    actor = await _by_access_token(state, cookie)
    if method not in SAFE_METHODS and not is_csrf_token(
        state.secret_key, actor.session_id, headers.get(CSRF_HEADER.lower())
    ):
        raise WrongCsrfToken
    return actor


async def _by_access_token(state: Services, token: str) -> Actor:
    claims = read_access_token(state.secret_key, token)
    if claims is None:
        raise SessionEnded
    known = state.known_actors.get(claims.session_id)
    if known is not None:
        return known
    async with state.database.reading_sessions() as session:
        found = await repository.session_with_user(session, claims.session_id, claims.user_id)
    if found is None:
        raise SessionEnded
    row, user = found
    if user.disabled_at is not None:
        raise AccountDisabled
    actor = Actor(user_id=user.id, role=user.role, language=user.language, session_id=row.id)
    state.known_actors.put(row.id, actor)
    return actor


async def _by_personal_token(state: Services, token: str) -> Actor:
    digest = token_hash(token)
    known = state.known_actors.get(digest)
    if known is not None:
        return known
    async with state.database.session() as session:
        found = await repository.token_with_user(session, digest)
        if found is None:
            raise Unauthenticated("This token does not exist, or not any more")
        row, user = found
        await repository.touch_token(session, row.id, at_most_every=dt.timedelta(minutes=10))
    if user.disabled_at is not None:
        raise AccountDisabled
    actor = Actor(
        user_id=user.id, role=user.role, language=user.language, token_id=row.id, scopes=frozenset(row.scopes)
    )
    state.known_actors.put(digest, actor)
    return actor


async def still(state: Services, actor: Actor) -> Actor:
    """The same person again, for a connection that stays open longer than the token it began with.

    Raises:
        SessionEnded: the session or personal token that they came with is over.
        AccountDisabled: an administrator disabled the account.
    """
    async with state.database.reading_sessions() as session:
        found: tuple[Session | ApiToken, User] | None = None
        if actor.session_id is not None:
            found = await repository.session_with_user(session, actor.session_id, actor.user_id)
        elif actor.token_id is not None:
            found = await repository.token_of(session, actor.token_id)
    if found is None:
        raise SessionEnded
    if found[1].disabled_at is not None:
        raise AccountDisabled
    return replace(actor, role=found[1].role, language=found[1].language)


async def request_origin(request: Request) -> Origin:
    """Where a request came from, as far as our own proxies tell."""
    return Origin(
        ip=request.client.host if request.client else None,
        user_agent=request.headers.get("user-agent", "")[:400].replace("\0", "") or None,
        request_id=getattr(request.state, "request_id", None),
    )


async def request_actor(request: Request, origin: Annotated[Origin, Depends(request_origin)]) -> Actor:
    """The actor of a request, with where it came from; whatever scopes a token has."""
    actor = await authenticate(
        app_services(request), headers=request.headers, cookies=request.cookies, method=request.method
    )
    structlog.contextvars.bind_contextvars(user_id=str(actor.user_id))
    return replace(actor, ip=origin.ip, user_agent=origin.user_agent, request_id=origin.request_id)


def actor_with(scope: str | None) -> Callable[..., Awaitable[Actor]]:
    """A dependency: somebody who may do `scope`; by default `read` to look and `write` to change."""

    async def actor_in_scope(request: Request, actor: Annotated[Actor, Depends(request_actor)]) -> Actor:
        needed = scope or ("read" if request.method in SAFE_METHODS else "write")
        if needed not in actor.scopes:
            raise MissingScope(f"The token lacks the scope `{needed}`")
        return actor

    return actor_in_scope


async def _person(actor: Annotated[Actor, Depends(request_actor)]) -> Actor:
    if actor.session_id is None:
        raise NeedsPerson
    return actor


async def _admin(actor: Annotated[Actor, Depends(_person)]) -> Actor:
    if not actor.is_admin:
        raise Forbidden
    return actor


OriginDep = Annotated[Origin, Depends(request_origin)]
ActorDep = Annotated[Actor, Depends(actor_with(None))]
RunActorDep = Annotated[Actor, Depends(actor_with("run"))]
SignedInDep = Annotated[Actor, Depends(_person)]
AdminDep = Annotated[Actor, Depends(_admin)]
