"""Routes of members and invitations."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Depends, Request

from spheroseg.server.access.authentication import ActorDep, SignedInDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.rate_limit import limit
from spheroseg.server.access.services import app_services
from spheroseg.server.http.errors import NotFound, problems
from spheroseg.server.projects import sharing as service
from spheroseg.server.projects.errors import (
    AlreadyInvited,
    AlreadyMember,
    InvitationNotFound,
    MemberNotFound,
    OwnerStays,
    TooManyMembers,
)
from spheroseg.server.projects.sharing_schemas import (
    InvitationInput,
    InvitationLink,
    InvitationOut,
    InvitationToken,
    Joined,
    MemberChange,
    MemberOut,
    MyInvitation,
)
from spheroseg.server.resources.db import ReadingDep, SessionDep

router = APIRouter(tags=["sharing"])


@router.get("/projects/{project_id}/members", openapi_extra=needs("viewer"), responses=problems(NotFound))
async def list_members(session: ReadingDep, actor: ActorDep, project_id: uuid.UUID) -> list[MemberOut]:
    """The people in a project (at most 200)."""
    return await service.list_members(session, actor, project_id)


@router.patch(
    "/projects/{project_id}/members/{user_id}",
    openapi_extra=needs("owner"),
    responses=problems(NotFound, MemberNotFound, OwnerStays),
)
async def change_member(
    session: SessionDep, actor: ActorDep, project_id: uuid.UUID, user_id: uuid.UUID, change: MemberChange
) -> MemberOut:
    """Give a member another role; `owner` hands the project over."""
    return await service.change_member(session, actor, project_id, user_id, change.role)


@router.delete(
    "/projects/{project_id}/members/{user_id}",
    status_code=204,
    openapi_extra=needs("owner"),
    responses=problems(NotFound, MemberNotFound, OwnerStays),
)
async def remove_member(session: SessionDep, actor: ActorDep, project_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Take somebody out of a project; everybody may take out themselves."""
    await service.remove_member(session, actor, project_id, user_id)


@router.get("/projects/{project_id}/invitations", openapi_extra=needs("owner"), responses=problems(NotFound))
async def list_invitations(session: ReadingDep, actor: ActorDep, project_id: uuid.UUID) -> list[InvitationOut]:
    """Invitations that were not accepted yet (at most 200)."""
    rows = await service.list_invitations(session, actor, project_id)
    return [InvitationOut.model_validate(row) for row in rows]


@router.post(
    "/projects/{project_id}/invitations",
    status_code=201,
    openapi_extra=needs("owner"),
    responses=problems(NotFound, AlreadyMember, AlreadyInvited, TooManyMembers),
    dependencies=[Depends(limit("invite", "60/hour"))],
)
async def invite(session: SessionDep, actor: ActorDep, project_id: uuid.UUID, wanted: InvitationInput) -> InvitationOut:
    """Invite somebody by mail."""
    return InvitationOut.model_validate(await service.invite(session, actor, project_id, wanted))


@router.post(
    "/projects/{project_id}/invitations/{invitation_id}/link",
    openapi_extra=needs("owner"),
    responses=problems(NotFound, InvitationNotFound),
)
async def make_invitation_link(
    request: Request, session: SessionDep, actor: ActorDep, project_id: uuid.UUID, invitation_id: uuid.UUID
) -> InvitationLink:
    """A link to hand over in person; links sent or told before stop working."""
    public_url = app_services(request).settings.public_url
    return InvitationLink(url=await service.new_link(session, actor, project_id, invitation_id, public_url))


@router.delete(
    "/projects/{project_id}/invitations/{invitation_id}",
    status_code=204,
    openapi_extra=needs("owner"),
    responses=problems(NotFound, InvitationNotFound),
)
async def revoke_invitation(
    session: SessionDep, actor: ActorDep, project_id: uuid.UUID, invitation_id: uuid.UUID
) -> None:
    """Take an invitation back."""
    await service.revoke_invitation(session, actor, project_id, invitation_id)


@router.get("/invitations", openapi_extra=needs("signed-in"))
async def my_invitations(session: ReadingDep, actor: ActorDep) -> list[MyInvitation]:
    """Invitations for the caller's own confirmed address."""
    return await service.my_invitations(session, actor)


@router.post(
    "/invitations/accept",
    openapi_extra=needs("session"),
    responses=problems(InvitationNotFound),
    dependencies=[Depends(limit("accept", "30/minute"))],
)
async def accept_invitation_link(session: SessionDep, actor: SignedInDep, body: InvitationToken) -> Joined:
    """Join the project that a link leads to."""
    return await service.accept_by_token(session, actor, body.token)


@router.post(
    "/invitations/{invitation_id}/accept", openapi_extra=needs("session"), responses=problems(InvitationNotFound)
)
async def accept_invitation(session: SessionDep, actor: SignedInDep, invitation_id: uuid.UUID) -> Joined:
    """Join by an invitation for the caller's own confirmed address."""
    return await service.accept_mine(session, actor, invitation_id)


@router.delete(
    "/invitations/{invitation_id}",
    status_code=204,
    openapi_extra=needs("session"),
    responses=problems(InvitationNotFound),
)
async def decline_invitation(session: SessionDep, actor: SignedInDep, invitation_id: uuid.UUID) -> None:
    """Decline an invitation."""
    await service.decline_mine(session, actor, invitation_id)
