"""What was given out for an account (sessions, tokens, mailed links), and how all of it ends at once."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.services import Services
from spheroseg.server.access.tokens import new_token, token_hash
from spheroseg.server.accounts import repository
from spheroseg.server.accounts.schemas import LinkState
from spheroseg.server.http.fields import email_key
from spheroseg.server.projects.sharing_repository import invitation_by_link
from spheroseg.server.resources.db import utc_now
from spheroseg.server.resources.emit import CREDENTIALS_ENDED, emit
from spheroseg.server.resources.queue import MAIL, enqueue
from spheroseg.server.tables.accounts import MailedToken, User

LINK_HOURS = {"verify_email": 48, "reset_password": 2, "undo_email": 7 * 24}
"""How long a mailed link works, by its purpose."""


async def enqueue_mail(session: AsyncSession, task: str, user: User, email: str) -> None:
    """Queue a mail about a person's account."""
    # while one waits, asking again sends no second one; a link that is made after the epoch ended would be worthless
    await enqueue(
        session,
        task,
        queue=MAIL,
        queueing_lock=f"{task}:{user.id}:{user.credential_epoch}:{email_key(email)}",
        user_id=str(user.id),
        email=email,
        epoch=user.credential_epoch,
    )


async def end_sessions(
    session: AsyncSession, state: Services, user_id: uuid.UUID, *, but: uuid.UUID | None = None
) -> int:
    """Sign a person out everywhere, or everywhere else."""
    count = await repository.delete_sessions(session, user_id, but=but)
    await tell_ended(session, state, user_id)
    return count


async def end_credentials(session: AsyncSession, state: Services, user: User, *, but: uuid.UUID | None = None) -> None:
    """Make worthless all that was ever given out for an account: sessions, personal tokens, mailed links, live connections.

    For the moment when somebody else may have had it: a new password, a claim by a provider, a disabled account. What is
    on its way (a mail in the queue, a request that was let in a moment ago) carries the old epoch and is refused too.

    Args:
        session: the transaction.
        state: parts of the process.
        user: locked.
        but: a session that lives on.
    """
    user.credential_epoch += 1
    await session.flush()
    await repository.delete_sessions(session, user.id, but=but)
    await repository.delete_tokens(session, user.id)
    await repository.delete_mailed_tokens(session, user.id, "verify_email", "reset_password")
    if but is not None:
        await repository.move_session_on(session, but, user.credential_epoch)
    await tell_ended(session, state, user.id)


async def tell_ended(session: AsyncSession, state: Services, user_id: uuid.UUID) -> None:
    """Let every process ask again who somebody is, and hang up what they may not hear any more."""
    state.known_actors.forget_user(user_id)
    await emit(session, f"user:{user_id}", {"type": CREDENTIALS_ENDED, "id": user_id})


async def mailed_token(session: AsyncSession, user: User, purpose: str, email: str) -> str:
    """Make a secret for a mail; earlier ones of the same purpose stop working (undoing goes on from every address)."""
    if purpose != "undo_email":
        await repository.delete_mailed_tokens(session, user.id, purpose)
    secret = new_token()
    session.add(
        MailedToken(
            user_id=user.id,
            purpose=purpose,
            token_hash=token_hash(secret),
            email=email,
            epoch=user.credential_epoch,
            expires_at=utc_now() + dt.timedelta(hours=LINK_HOURS[purpose]),
        )
    )
    return secret


async def look_at_link(session: AsyncSession, purpose: str, token: str) -> LinkState:
    """Whether a mailed link would be taken now, and whom an invitation was sent to; nothing is used up."""
    digest = token_hash(token)
    if purpose != "invitation":
        return LinkState(holds=await repository.mailed_token_holds(session, digest, purpose))
    found = await invitation_by_link(session, digest)
    if found is None:
        return LinkState(holds=False)
    invitation, project_name = found
    return LinkState(holds=True, email=invitation.email, project_name=project_name)
