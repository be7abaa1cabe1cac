"""What administrators do: look after people and queues."""

from __future__ import annotations

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.services import Services
from spheroseg.server.accounts import repository as users
from spheroseg.server.accounts.credentials import end_credentials
from spheroseg.server.accounts.errors import LastAdmin
from spheroseg.server.accounts.service import delete_account
from spheroseg.server.admin.schemas import UserChange
from spheroseg.server.http.errors import NotFound
from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.accounts import User


async def change_user(
    session: AsyncSession, state: Services, actor: Actor, user_id: uuid.UUID, change: UserChange
) -> User:
    """Give somebody another role, or disable or enable their account; a disabled one is signed out everywhere.

    Raises:
        LastAdmin: nobody would administer the service.
    """
    user = await _user(session, user_id)
    is_admin_now = user.role == "admin" and user.disabled_at is None
    if change.role is not None:
        user.role = change.role
    if change.is_disabled is not None:
        user.disabled_at = utc_now() if change.is_disabled else None
    await session.flush()
    if is_admin_now and not await users.count_admins(session):
        raise LastAdmin
    if user.disabled_at is not None:
        await end_credentials(session, state, user)
    state.known_actors.forget_user(user.id)
    await record(
        session,
        actor,
        "admin.change_user",
        subject_type="user",
        subject_id=user.id,
        details=change.model_dump(exclude_none=True),
    )
    return user


async def delete_user(session: AsyncSession, state: Services, actor: Actor, user_id: uuid.UUID) -> None:
    """Delete somebody's account with all that is theirs."""
    await delete_account(session, state, actor, await _user(session, user_id))


async def _user(session: AsyncSession, user_id: uuid.UUID) -> User:
    if await session.get(User, user_id) is None:
        raise NotFound
    return await users.lock_user(session, user_id)
