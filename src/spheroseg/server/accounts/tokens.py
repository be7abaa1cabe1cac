"""Personal tokens, which scripts sign in with."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access import repository as access
from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.errors import SessionEnded
from spheroseg.server.access.services import Services
from spheroseg.server.access.tokens import PERSONAL_PREFIX, new_token, token_hash
from spheroseg.server.accounts import repository
from spheroseg.server.accounts.credentials import tell_ended
from spheroseg.server.http.errors import Conflict, NotFound
from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.accounts import ApiToken

MAX_TOKENS = 50


async def make_token(
    session: AsyncSession, actor: Actor, *, name: str, scopes: list[str], days: int | None
) -> tuple[ApiToken, str]:
    """Make a personal token.

    Returns:
        Its row, and the token itself: it is told once and not stored.
    """
    # asked again here: a session that ended a moment ago may still be believed in, and a token would outlive it
    found = await access.session_with_user(session, actor.session_id, actor.user_id) if actor.session_id else None
    if found is None:
        raise SessionEnded
    if len(await repository.tokens_of(session, actor.user_id)) >= MAX_TOKENS:
        raise Conflict(f"There are at most {MAX_TOKENS} personal tokens")
    secret = PERSONAL_PREFIX + new_token()
    row = ApiToken(
        user_id=actor.user_id,
        name=name,
        prefix=secret[:12],
        token_hash=token_hash(secret),
        scopes=sorted(set(scopes)),
        epoch=found[0].epoch,
        expires_at=utc_now() + dt.timedelta(days=days) if days is not None else None,
    )
    session.add(row)
    await session.flush()
    await record(
        session, actor, "token.create", subject_type="token", subject_id=row.id, details={"scopes": row.scopes}
    )
    return row, secret


async def revoke_token(session: AsyncSession, state: Services, actor: Actor, token_id: uuid.UUID) -> None:
    """Revoke a personal token.

    Raises:
        NotFound: there is no such token.
    """
    if not await repository.delete_token(session, actor.user_id, token_id):
        raise NotFound
    await record(session, actor, "token.revoke", subject_type="token", subject_id=token_id)
    await tell_ended(session, state, actor.user_id)
