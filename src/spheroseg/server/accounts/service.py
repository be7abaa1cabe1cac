"""One's own account: profile, address, export, deletion."""

from __future__ import annotations

from pydantic_core import to_jsonable_python
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.services import Services
from spheroseg.server.accounts import repository
from spheroseg.server.accounts.credentials import enqueue_mail, tell_ended
from spheroseg.server.accounts.errors import LastAdmin, NotConfirmed, OwnsShared
from spheroseg.server.accounts.schemas import AccountDeletion, EmailChange, OwnData, ProfileChange, UserOut
from spheroseg.server.accounts.sign_in import check_password
from spheroseg.server.audit.repository import erase_person
from spheroseg.server.http.etag import match_version
from spheroseg.server.http.fields import email_key
from spheroseg.server.projects import repository as projects
from spheroseg.server.projects.service import delete_for_good
from spheroseg.server.resources.db import Base
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.resources.queue import MAIL, enqueue
from spheroseg.server.tables.accounts import User

SECRETS = frozenset({"password_hash", "token_hash", "email_key"})
MAX_LOG_ROWS = 10_000


def user_out(user: User) -> UserOut:
    """A person as they see themselves."""
    columns = {name: getattr(user, name) for name in UserOut.model_fields if name != "has_password"}
    return UserOut(**columns, has_password=user.password_hash is not None)


async def change_profile(
    session: AsyncSession, state: Services, actor: Actor, change: ProfileChange, if_match: str | None
) -> User:
    """Change some of one's profile.

    Raises:
        PreconditionFailed: it was changed in the meantime, in another window.
    """
    user = await repository.lock_user(session, actor.user_id)
    match_version(if_match, user.version)
    values = change.model_dump(exclude_unset=True)
    for name, value in values.items():
        setattr(user, name, value)
    user.version += 1
    await record(
        session, actor, "account.change", subject_type="user", subject_id=user.id, details={"changed": sorted(values)}
    )
    await session.flush()
    state.known_actors.forget_user(user.id)
    return user


async def change_email(session: AsyncSession, state: Services, actor: Actor, wanted: EmailChange) -> None:
    """Mail a link to a new address, which becomes the account's when the link is opened, and a warning to the present one.

    Where somebody else has the address, they are told by mail instead, and the caller sees no difference.

    Raises:
        WrongCredentials: the password is wrong.
    """
    user = await repository.lock_user(session, actor.user_id)
    await check_password(state, user, wanted.password)
    is_same = email_key(wanted.email) == user.email_key
    other = None if is_same else await repository.by_email(session, wanted.email)
    if other is None:
        await enqueue_mail(session, "auth:send_verification", user, wanted.email)
    else:
        await enqueue_mail(session, "auth:send_has_account", other, other.email)
    if not is_same:
        await enqueue(session, "auth:send_email_asked", queue=MAIL, email=user.email, new_email=wanted.email)
    await record(session, actor, "account.change_email", subject_type="user", subject_id=user.id)


async def delete_own_account(session: AsyncSession, state: Services, actor: Actor, wanted: AccountDeletion) -> None:
    """Delete the actor's account with all that is theirs.

    Raises:
        NotConfirmed: the address that was typed is another.
        WrongCredentials: the password is wrong.
        OwnsShared: others are members of the actor's projects, and it was not said that those go too.
        LastAdmin: nobody would administer the service.
    """
    user = await repository.lock_user(session, actor.user_id)
    if email_key(wanted.email) != user.email_key:
        raise NotConfirmed
    if user.password_hash is not None:
        await check_password(state, user, wanted.password or "")
    if not wanted.delete_shared and await repository.owns_shared(session, user.id):
        raise OwnsShared
    await delete_account(session, state, actor, user)


async def delete_account(session: AsyncSession, state: Services, actor: Actor, user: User) -> None:
    """Delete a person with their projects, files, sessions and tokens; in the log their addresses are blanked.

    Raises:
        LastAdmin: nobody would administer the service.
    """
    is_last = user.role == "admin" and user.disabled_at is None and await repository.count_admins(session) <= 1
    if is_last and await repository.has_others(session, user.id):
        raise LastAdmin
    owned = [project.id for project in await projects.owned_projects(session, user.id)]
    await delete_for_good(session, owned)
    await erase_person(session, user.id)
    await repository.delete_user(session, user.id)
    await tell_ended(session, state, user.id)
    by = Actor(user_id=actor.user_id, request_id=actor.request_id) if actor.user_id == user.id else actor
    await record(session, by, "account.delete", subject_type="user", subject_id=user.id)


async def own_data(session: AsyncSession, actor: Actor) -> OwnData:
    """Everything the service knows about the actor, without secrets."""
    user = await session.get_one(User, actor.user_id)
    return OwnData(
        profile=_plain(user),
        identities=[_plain(row) for row in await repository.identities_of(session, user.id)],
        sessions=[_plain(row) for row in await repository.sessions_of(session, user.id)],
        tokens=[_plain(row) for row in await repository.tokens_of(session, user.id)],
        folders=[_plain(row) for row in await projects.folders_of(session, user.id)],
        projects=[_plain(row) for row in await projects.owned_projects(session, user.id)],
        memberships=[
            _plain(member) | {"project_name": name}
            for member, name in await repository.memberships_of(session, user.id)
        ],
        invitations=[_plain(row) for row in await repository.invitations_of(session, user)],
        log=[_plain(row) for row in await repository.log_of(session, user.id, MAX_LOG_ROWS)],
    )


def _plain(row: Base) -> JsonObject:
    names = [column.key for column in inspect(type(row)).column_attrs]
    plain: JsonObject = to_jsonable_python({name: getattr(row, name) for name in names if name not in SECRETS})
    return plain
