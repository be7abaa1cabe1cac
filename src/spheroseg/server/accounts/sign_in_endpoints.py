"""Routes of accounts and sessions."""

from __future__ import annotations

import hmac
import uuid
from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, Header, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from spheroseg.server.access.audit_record import record
from spheroseg.server.access.authentication import OriginDep, SignedInDep
from spheroseg.server.access.errors import (
    AccountDisabled,
    ProviderAway,
    SessionEnded,
    SignInFailed,
    WeakPassword,
    WrongCsrfToken,
)
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.services import app_services
from spheroseg.server.access.tokens import device_token, is_csrf_token
from spheroseg.server.accounts import credentials, federation, repository, tokens
from spheroseg.server.accounts import sign_in as service
from spheroseg.server.accounts.cookies import REFRESH_PATH, clear_cached, clear_cookies, set_cookies, set_device_cookie
from spheroseg.server.accounts.errors import EmailNotVerified, EmailTaken, LinkExpired, SignUpClosed, WrongCredentials
from spheroseg.server.accounts.schemas import (
    EmailInput,
    Ended,
    LinkState,
    MailedLink,
    NewToken,
    PasswordChange,
    PasswordReset,
    ProviderOut,
    Refresh,
    Refreshed,
    SessionOut,
    SignedIn,
    SignedUp,
    SignIn,
    SignUp,
    TokenFromMail,
    TokenInput,
    TokenOut,
    UserOut,
)
from spheroseg.server.accounts.service import user_out
from spheroseg.server.http.errors import Conflict, NotFound, ServerError, problems
from spheroseg.server.mails.writing import asked_language
from spheroseg.server.resources.db import ReadingDep, SessionDep

router = APIRouter(prefix="/auth", tags=["auth"])

OIDC_COOKIE = "spheroseg_oidc"
ProviderName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


@router.post(
    "/sign-up",
    status_code=201,
    openapi_extra=needs("public"),
    responses=problems(SignUpClosed, WeakPassword),
    dependencies=[Depends(limit("sign_up", "20/hour", by_address=True))],
)
async def sign_up(request: Request, session: SessionDep, wanted: SignUp, origin: OriginDep) -> SignedUp:
    """Make an account; a link that confirms the address is mailed.

    The answer is the same when there is an account with this address already; its owner is told by mail.
    """
    await service.sign_up(
        session,
        app_services(request),
        email=wanted.email,
        password=wanted.password,
        name=wanted.name,
        language=wanted.language,
        origin=origin,
    )
    return SignedUp(email=wanted.email)


@router.post(
    "/sign-in",
    openapi_extra=needs("public"),
    responses=problems(WrongCredentials, AccountDisabled, EmailNotVerified),
    dependencies=[Depends(limit("sign_in", "30/minute", by_address=True))],
)
async def sign_in(
    request: Request,
    session: SessionDep,
    wanted: SignIn,
    origin: OriginDep,
    response: Response,
    spheroseg_device: Annotated[str | None, Cookie(include_in_schema=False, max_length=200)] = None,
) -> SignedIn:
    """Begin a session."""
    state = app_services(request)
    grant, user = await service.sign_in(
        session,
        state,
        email=wanted.email,
        password=wanted.password,
        remember=wanted.remember,
        origin=origin,
        device=spheroseg_device,
    )
    if wanted.cookies:
        set_cookies(response, grant, state.settings)
        set_device_cookie(response, device_token(state.secret_key, user.id), state.settings)
    return SignedIn(
        user=user_out(user),
        access_token=None if wanted.cookies else grant.access_token,
        refresh_token=None if wanted.cookies else grant.refresh_token,
        csrf_token=grant.csrf_token,
        expires_in_s=state.settings.access_token_s,
    )


@router.post(
    "/refresh",
    openapi_extra=needs("public"),
    responses=problems(SessionEnded, AccountDisabled, WrongCsrfToken),
    dependencies=[Depends(limit("refresh", "120/minute", by_address=True))],
)
async def refresh(
    request: Request,
    session: SessionDep,
    response: Response,
    body: Refresh | None = None,
    spheroseg_refresh: Annotated[str | None, Cookie(include_in_schema=False)] = None,
    x_csrf_token: Annotated[str | None, Header(description="Browsers only")] = None,
) -> Refreshed:
    """Continue a session: a new access token, and the next refresh token. An old refresh token ends the session."""
    state = app_services(request)
    given = body.refresh_token if body else None
    token = given or spheroseg_refresh
    if token is None:
        raise SessionEnded
    grant = await service.refresh(session, state, token)
    if given is None:
        if not is_csrf_token(state.secret_key, grant.session.id, x_csrf_token):
            raise WrongCsrfToken
        set_cookies(response, grant, state.settings)
    return Refreshed(
        access_token=grant.access_token if given else None,
        refresh_token=grant.refresh_token if given else None,
        csrf_token=grant.csrf_token,
        expires_in_s=state.settings.access_token_s,
    )


@router.post("/sign-out", status_code=204, openapi_extra=needs("session"))
async def sign_out(request: Request, session: SessionDep, actor: SignedInDep, response: Response) -> None:
    """End this session."""
    assert actor.session_id is not None
    await service.end_session(session, app_services(request), actor, actor.session_id)
    clear_cookies(response)
    clear_cached(response)


@router.post("/sign-out-everywhere", openapi_extra=needs("session"))
async def sign_out_everywhere(request: Request, session: SessionDep, actor: SignedInDep, response: Response) -> Ended:
    """End all sessions of the caller, this one too. Personal tokens stay."""
    count = await credentials.end_sessions(session, app_services(request), actor.user_id)
    await record(
        session, actor, "session.end_all", subject_type="user", subject_id=actor.user_id, details={"count": count}
    )
    clear_cookies(response)
    clear_cached(response)
    return Ended(count=count)


@router.get("/sessions", openapi_extra=needs("session"))
async def list_sessions(session: SessionDep, actor: SignedInDep) -> list[SessionOut]:
    """Where the caller is signed in."""
    rows = await repository.sessions_of(session, actor.user_id)
    return [
        SessionOut.model_validate(row).model_copy(update={"is_current": row.id == actor.session_id}) for row in rows
    ]


@router.delete("/sessions/{session_id}", status_code=204, openapi_extra=needs("session"), responses=problems(NotFound))
async def end_session(request: Request, session: SessionDep, actor: SignedInDep, session_id: uuid.UUID) -> None:
    """Sign out somewhere else."""
    await service.end_session(session, app_services(request), actor, session_id)


@router.post(
    "/link",
    openapi_extra=needs("public"),
    dependencies=[Depends(limit("link", "60/minute", by_address=True))],
)
async def look_at_link(session: ReadingDep, body: MailedLink) -> LinkState:
    """Whether a mailed link still holds, before anybody types a password for nothing. Looking uses nothing up."""
    return await credentials.look_at_link(session, body.purpose, body.token)


@router.post(
    "/verify",
    openapi_extra=needs("public"),
    responses=problems(LinkExpired, EmailTaken),
    dependencies=[Depends(limit("verify", "30/minute", by_address=True))],
)
async def verify_email(request: Request, session: SessionDep, body: TokenFromMail, origin: OriginDep) -> UserOut:
    """Confirm the address that a link was mailed to."""
    return user_out(await service.verify_email(session, app_services(request), body.token, origin))


@router.post(
    "/email/undo",
    openapi_extra=needs("public"),
    responses=problems(LinkExpired, EmailTaken),
    dependencies=[Depends(limit("verify", "30/minute", by_address=True))],
)
async def undo_email_change(request: Request, session: SessionDep, body: TokenFromMail, origin: OriginDep) -> SignedUp:
    """Give the account back to the address that it had. All sessions and tokens end; a link to choose a password is mailed."""
    user = await service.undo_email_change(session, app_services(request), body.token, origin)
    return SignedUp(email=user.email)


@router.post(
    "/verify/request",
    status_code=202,
    openapi_extra=needs("public"),
    dependencies=[Depends(limit("verify_request", "10/hour", by_address=True))],
)
async def request_verification(session: SessionDep, body: EmailInput) -> None:
    """Mail the link again. The answer is the same whether there is such an account or not."""
    await service.request_verification(session, body.email)


@router.post(
    "/password/forgot",
    status_code=202,
    openapi_extra=needs("public"),
    dependencies=[Depends(limit("forgot", "10/hour", by_address=True))],
)
async def request_reset(session: SessionDep, body: EmailInput) -> None:
    """Mail a link to choose a new password. The answer is the same whether there is such an account or not."""
    await service.request_reset(session, body.email)


@router.post(
    "/password/reset",
    status_code=204,
    openapi_extra=needs("public"),
    responses=problems(LinkExpired, WeakPassword),
    dependencies=[Depends(limit("reset", "30/hour", by_address=True))],
)
async def reset_password(request: Request, session: SessionDep, body: PasswordReset, origin: OriginDep) -> None:
    """Set a new password by a mailed link; all sessions, personal tokens and other links end."""
    await service.reset_password(session, app_services(request), body.token, body.password, origin)


@router.post(
    "/password",
    status_code=204,
    openapi_extra=needs("session"),
    responses=problems(WrongCredentials, WeakPassword),
)
async def change_password(request: Request, session: SessionDep, actor: SignedInDep, body: PasswordChange) -> None:
    """Set a new password; all other sessions, personal tokens and mailed links end."""
    await service.change_password(
        session, app_services(request), actor, current=body.current_password, new=body.new_password
    )


@router.get("/tokens", openapi_extra=needs("session"))
async def list_tokens(session: SessionDep, actor: SignedInDep) -> list[TokenOut]:
    """Personal tokens of the caller (at most 50)."""
    return [TokenOut.model_validate(row) for row in await repository.tokens_of(session, actor.user_id)]


@router.post("/tokens", status_code=201, openapi_extra=needs("session"), responses=problems(Conflict))
async def make_token(session: SessionDep, actor: SignedInDep, wanted: TokenInput) -> NewToken:
    """Make a personal token; its secret is told only now."""
    row, secret = await tokens.make_token(
        session, actor, name=wanted.name, scopes=list(wanted.scopes), days=wanted.days
    )
    return NewToken(**TokenOut.model_validate(row).model_dump(), token=secret)


@router.delete("/tokens/{token_id}", status_code=204, openapi_extra=needs("session"), responses=problems(NotFound))
async def revoke_token(request: Request, session: SessionDep, actor: SignedInDep, token_id: uuid.UUID) -> None:
    """Revoke a personal token."""
    await tokens.revoke_token(session, app_services(request), actor, token_id)


@router.get("/providers", openapi_extra=needs("public"))
async def list_providers(request: Request) -> list[ProviderOut]:
    """Providers by which people can sign in here."""
    return [
        ProviderOut(name=each.name, label=each.label or each.name, url=f"/api/v1/auth/providers/{each.name}/start")
        for each in app_services(request).settings.oidc
    ]


@router.get(
    "/providers/{provider}/start",
    status_code=303,
    response_class=RedirectResponse,
    openapi_extra=needs("public"),
    responses=problems(NotFound, ProviderAway),
    dependencies=[Depends(limit("oidc", "60/minute", by_address=True))],
)
async def start_oidc(
    request: Request,
    session: SessionDep,
    provider: ProviderName,
    return_to: Annotated[str, Query(max_length=500)] = "/",
    remember: bool = False,
) -> RedirectResponse:
    """Go to a provider to sign in. For browsers: not to be called by scripts."""
    state = app_services(request)
    url, secret = await federation.begin(session, state, provider, return_to=return_to, remember=remember)
    response = RedirectResponse(url, status_code=303)
    response.set_cookie(
        OIDC_COOKIE,
        secret,
        max_age=600,
        path=REFRESH_PATH,
        secure=state.settings.is_secure,
        httponly=True,
        samesite="lax",  # it has to come along when the provider sends the browser back
    )
    return response


@router.get(
    "/providers/{provider}/callback",
    status_code=303,
    response_class=RedirectResponse,
    openapi_extra=needs("public"),
    responses=problems(NotFound),
    dependencies=[Depends(limit("oidc", "60/minute", by_address=True))],
)
async def finish_oidc(
    *,
    request: Request,
    session: SessionDep,
    provider: ProviderName,
    origin: OriginDep,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=300)] = "",
    spheroseg_oidc: Annotated[str | None, Cookie(include_in_schema=False)] = None,
) -> RedirectResponse:
    """Come back from a provider. What goes wrong is told by the sign-in page: `/sign-in?problem=<code>`."""
    parts = app_services(request)
    federation.client_of(parts, provider)
    try:
        # the cookie proves that it is the browser that began: nobody is signed in to somebody else's account by a link
        if not code or spheroseg_oidc is None or not hmac.compare_digest(spheroseg_oidc.encode(), state.encode()):
            raise SignInFailed
        language = asked_language(request.headers.get("accept-language"))
        grant, page = await federation.finish(
            session, parts, provider, code=code, secret=state, origin=origin, language=language
        )
    except ServerError as error:
        await session.rollback()
        response = RedirectResponse(f"/sign-in?problem={error.code}", status_code=303)
    else:
        response = RedirectResponse(page, status_code=303)
        set_cookies(response, grant, parts.settings)
    response.delete_cookie(OIDC_COOKIE, path=REFRESH_PATH)
    return response
