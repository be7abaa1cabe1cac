"""Routes of one's own account."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from spheroseg.server.access.authentication import ActorDep, SignedInDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.services import app_services
from spheroseg.server.accounts import service
from spheroseg.server.accounts.cookies import clear_cookies
from spheroseg.server.accounts.errors import LastAdmin, NotConfirmed, OwnsShared, WrongCredentials
from spheroseg.server.accounts.schemas import AccountDeletion, EmailChange, OwnData, ProfileChange, UserOut
from spheroseg.server.http.errors import PreconditionFailed, PreconditionRequired, problems
from spheroseg.server.http.etag import IfMatch, etag
from spheroseg.server.resources.db import ReadingDep, SessionDep
from spheroseg.server.tables.accounts import User

router = APIRouter(prefix="/users", tags=["users"])


@router.get("/me", openapi_extra=needs("signed-in"))
async def read_me(session: ReadingDep, actor: ActorDep, response: Response) -> UserOut:
    """The caller's own account."""
    user = await session.get_one(User, actor.user_id)
    response.headers["ETag"] = etag(user.version)
    return service.user_out(user)


@router.patch("/me", openapi_extra=needs("session"), responses=problems(PreconditionFailed, PreconditionRequired))
async def change_me(
    request: Request,
    session: SessionDep,
    actor: SignedInDep,
    change: ProfileChange,
    response: Response,
    if_match: IfMatch = None,
) -> UserOut:
    """Change some of one's profile."""
    user = await service.change_profile(session, app_services(request), actor, change, if_match)
    response.headers["ETag"] = etag(user.version)
    return service.user_out(user)


@router.put(
    "/me/email",
    status_code=202,
    openapi_extra=needs("session"),
    responses=problems(WrongCredentials),
    dependencies=[Depends(limit("change_email", "10/hour"))],
)
async def change_email(request: Request, session: SessionDep, actor: SignedInDep, wanted: EmailChange) -> None:
    """Mail a link to a new address; it becomes the account's when the link is opened."""
    await service.change_email(session, app_services(request), actor, wanted)


@router.get("/me/data", openapi_extra=needs("session"), dependencies=[Depends(limit("own_data", "10/hour"))])
async def own_data(session: SessionDep, actor: SignedInDep, response: Response) -> OwnData:
    """Everything the service knows about the caller."""
    response.headers["Content-Disposition"] = 'attachment; filename="spheroseg-account.json"'
    return await service.own_data(session, actor)


@router.post(
    "/me/delete",
    status_code=204,
    openapi_extra=needs("session"),
    responses=problems(WrongCredentials, NotConfirmed, OwnsShared, LastAdmin),
    dependencies=[Depends(limit("delete_account", "10/hour"))],
)
async def delete_me(
    request: Request, session: SessionDep, actor: SignedInDep, wanted: AccountDeletion, response: Response
) -> None:
    """Delete the account, with its projects, images and files."""
    await service.delete_own_account(session, app_services(request), actor, wanted)
    clear_cookies(response)
