"""Members of projects and invitations to them."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.roles import ProjectAccess, require
from spheroseg.server.access.tokens import new_token, token_hash
from spheroseg.server.http.fields import email_key
from spheroseg.server.projects import sharing_repository as repository
from spheroseg.server.projects.errors import (
    AlreadyInvited,
    AlreadyMember,
    InvitationNotFound,
    MemberNotFound,
    OwnerStays,
    TooManyMembers,
)
from spheroseg.server.projects.sharing_schemas import InvitationInput, Joined, MemberOut, MyInvitation
from spheroseg.server.resources.db import utc_now
from spheroseg.server.resources.emit import emit
from spheroseg.server.resources.queue import MAIL, enqueue
from spheroseg.server.tables.accounts import User
from spheroseg.server.tables.projects import Invitation, Member

INVITATION_DAYS = 14
MAX_MEMBERS = 200


async def list_members(session: AsyncSession, actor: Actor, project_id: uuid.UUID) -> list[MemberOut]:
    """The people in a project, for its members."""
    await require(session, actor, project_id, "viewer")
    return [_member_out(member, user) for member, user in await repository.members_of(session, project_id)]


async def change_member(
    session: AsyncSession, actor: Actor, project_id: uuid.UUID, user_id: uuid.UUID, role: str
) -> MemberOut:
    """Give a member another role; `owner` hands the project over.

    Raises:
        OwnerStays: the owner cannot take a lower role without handing over.
    """
    access = await require(session, actor, project_id, "owner")
    member = await _member(session, project_id, user_id)
    if member.role == "owner" and role != "owner":
        raise OwnerStays
    if role == "owner" and member.role != "owner":
        previous = await _member(session, project_id, access.project.owner_id)
        previous.role = "editor"
        access.project.owner_id = user_id
        access.project.version += 1
    member.role = role
    await _note(session, actor, access, "member.change", user_id, {"role": role})
    await session.flush()
    user = await session.get_one(User, user_id)
    return _member_out(member, user)


async def remove_member(session: AsyncSession, actor: Actor, project_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Take somebody out of a project: its owner anybody, everybody themselves.

    Raises:
        OwnerStays: it is the owner.
    """
    access = await require(session, actor, project_id, "viewer" if user_id == actor.user_id else "owner")
    member = await _member(session, project_id, user_id)
    if member.role == "owner":
        raise OwnerStays
    await session.delete(member)
    await _note(session, actor, access, "member.remove", user_id, {})
    await session.flush()


async def invite(session: AsyncSession, actor: Actor, project_id: uuid.UUID, wanted: InvitationInput) -> Invitation:
    """Invite somebody by mail.

    Raises:
        AlreadyMember: there is a member with this address.
        AlreadyInvited: there is an invitation for this address.
    """
    access = await require(session, actor, project_id, "owner")
    key = email_key(wanted.email)
    if await repository.is_member_by_address(session, project_id, key):
        raise AlreadyMember
    await repository.delete_invitation(session, project_id, key, only_expired=True)
    if any(each.email_key == key for each in await repository.invitations_of(session, project_id)):
        raise AlreadyInvited
    if await repository.count_members(session, project_id) >= MAX_MEMBERS:
        raise TooManyMembers(f"A project has at most {MAX_MEMBERS} members and invitations")
    invitation = Invitation(
        project_id=project_id,
        email=wanted.email,
        email_key=key,
        role=wanted.role,
        invited_by=actor.user_id,
        expires_at=utc_now() + dt.timedelta(days=INVITATION_DAYS),
    )
    session.add(invitation)
    await session.flush()
    await enqueue(session, "sharing:send_invitation", queue=MAIL, invitation_id=str(invitation.id))
    await record(
        session,
        actor,
        "invitation.create",
        subject_type="invitation",
        subject_id=invitation.id,
        project_id=access.project.id,
        details={"role": wanted.role},
    )
    return invitation


async def new_link(
    session: AsyncSession, actor: Actor, project_id: uuid.UUID, invitation_id: uuid.UUID, public_url: str
) -> str:
    """A link that accepts an invitation, to be handed over in person; earlier links stop working."""
    await require(session, actor, project_id, "owner")
    invitation = await repository.invitation_of_project(session, project_id, invitation_id)
    if invitation is None:
        raise InvitationNotFound
    await record(
        session, actor, "invitation.link", subject_type="invitation", subject_id=invitation_id, project_id=project_id
    )
    return link_of(invitation, public_url)


def link_of(invitation: Invitation, public_url: str) -> str:
    """Give an invitation a new secret, and say the link."""
    token = new_token()
    invitation.token_hash = token_hash(token)
    return f"{public_url}/invitation#token={token}"  # after #, it is in no server's log


async def list_invitations(session: AsyncSession, actor: Actor, project_id: uuid.UUID) -> list[Invitation]:
    """Invitations to a project that still hold, for its owner."""
    await require(session, actor, project_id, "owner")
    return list(await repository.invitations_of(session, project_id))


async def revoke_invitation(
    session: AsyncSession, actor: Actor, project_id: uuid.UUID, invitation_id: uuid.UUID
) -> None:
    """Take an invitation back."""
    await require(session, actor, project_id, "owner")
    invitation = await repository.invitation_of_project(session, project_id, invitation_id)
    if invitation is None:
        raise InvitationNotFound
    await session.delete(invitation)
    await record(
        session, actor, "invitation.revoke", subject_type="invitation", subject_id=invitation_id, project_id=project_id
    )
    await session.flush()


async def my_invitations(session: AsyncSession, actor: Actor) -> list[MyInvitation]:
    """Invitations for the actor's own address, once it is confirmed."""
    user = await session.get_one(User, actor.user_id)
    if user.email_verified_at is None:
        return []
    return [
        MyInvitation(id=each.id, project_name=name, role=each.role, expires_at=each.expires_at)
        for each, name in await repository.invitations_for(session, user.email_key)
    ]


async def accept_by_token(session: AsyncSession, actor: Actor, token: str) -> Joined:
    """Join the project that a link leads to."""
    invitation = await repository.take_invitation(session, digest=token_hash(token))
    return await _join(session, actor, invitation)


async def accept_mine(session: AsyncSession, actor: Actor, invitation_id: uuid.UUID) -> Joined:
    """Join by an invitation for the actor's own confirmed address."""
    if all(each.id != invitation_id for each in await my_invitations(session, actor)):
        raise InvitationNotFound
    return await _join(session, actor, await repository.take_invitation(session, invitation_id=invitation_id))


async def decline_mine(session: AsyncSession, actor: Actor, invitation_id: uuid.UUID) -> None:
    """Decline an invitation for the actor's own confirmed address."""
    if all(each.id != invitation_id for each in await my_invitations(session, actor)):
        raise InvitationNotFound
    await repository.take_invitation(session, invitation_id=invitation_id)
    await record(session, actor, "invitation.decline", subject_type="invitation", subject_id=invitation_id)


async def _join(session: AsyncSession, actor: Actor, invitation: Invitation | None) -> Joined:
    if invitation is None:
        raise InvitationNotFound
    member = await repository.member_for_update(session, invitation.project_id, actor.user_id)
    if member is None:
        member = Member(project_id=invitation.project_id, user_id=actor.user_id, role=invitation.role)
        session.add(member)
        await session.flush()
    await require(session, actor, invitation.project_id, "viewer")  # not into one that lies in the trash
    await record(
        session,
        actor,
        "invitation.accept",
        subject_type="invitation",
        subject_id=invitation.id,
        project_id=invitation.project_id,
        details={"role": member.role},
    )
    await _tell(session, invitation.project_id, actor.user_id)
    return Joined(project_id=invitation.project_id, role=member.role)


async def _member(session: AsyncSession, project_id: uuid.UUID, user_id: uuid.UUID) -> Member:
    member = await repository.member_for_update(session, project_id, user_id)
    if member is None:
        raise MemberNotFound
    return member


async def _note(
    session: AsyncSession, actor: Actor, access: ProjectAccess, action: str, user_id: uuid.UUID, details: dict[str, str]
) -> None:
    project_id = access.project.id
    await record(
        session,
        actor,
        action,
        subject_type="user",
        subject_id=user_id,
        project_id=project_id,
        details=details,
    )
    await _tell(session, project_id, user_id)


async def _tell(session: AsyncSession, project_id: uuid.UUID, user_id: uuid.UUID) -> None:
    for topic in (f"project:{project_id}", f"user:{user_id}"):
        await emit(session, topic, {"type": "members.changed", "id": project_id})


def _member_out(member: Member, user: User) -> MemberOut:
    return MemberOut(
        user_id=user.id,
        name=user.name,
        email=user.email,
        role=member.role,
        created_at=member.created_at,
    )
