"""Jobs of authentication: mails with secrets, and clearing what is over."""

from __future__ import annotations

import uuid

import procrastinate

from spheroseg.server.access.services import worker_state
from spheroseg.server.accounts import repository
from spheroseg.server.accounts import sign_in as service
from spheroseg.server.resources.mail import Mail
from spheroseg.server.resources.queue import LIGHT, MAIL_RETRY
from spheroseg.server.tables.accounts import User

tasks = procrastinate.Blueprint()


@tasks.task(name="send_verification", queue=LIGHT, retry=MAIL_RETRY)
async def send_verification(user_id: str, email: str) -> None:
    """Mail a link that confirms an address. The secret is made here, so that it lies in no queue."""
    state = worker_state()
    async with state.database.session() as session:
        user = await session.get(User, uuid.UUID(user_id))
        if user is None:
            return
        token = await service.mailed_token(session, user, "verify_email", email)
    await state.mailer.send(
        Mail(
            to=email,
            subject="Confirm your e-mail address for SpheroSeg",
            text=(
                "Open this link to confirm that this is your address; it works for"
                f" {service.VERIFY_HOURS} hours:\n\n{state.settings.public_url}/verify-email#token={token}\n\n"
                "If you did not ask for it, you need not do anything.\n"
            ),
        )
    )


@tasks.task(name="send_reset", queue=LIGHT, retry=MAIL_RETRY)
async def send_reset(user_id: str, email: str) -> None:
    """Mail a link to choose a new password."""
    state = worker_state()
    async with state.database.session() as session:
        user = await session.get(User, uuid.UUID(user_id))
        if user is None or user.email != email:
            return
        token = await service.mailed_token(session, user, "reset_password", email)
    await state.mailer.send(
        Mail(
            to=email,
            subject="Choose a new password for SpheroSeg",
            text=(
                f"Open this link to choose a new password; it works for {service.RESET_HOURS} hours:\n\n"
                f"{state.settings.public_url}/reset-password#token={token}\n\n"
                "If you did not ask for it, you need not do anything: your password stays as it is.\n"
            ),
        )
    )


@tasks.periodic(cron="7 * * * *")
@tasks.task(name="clear_expired", queue=LIGHT, queueing_lock="auth:clear_expired")
async def clear_expired(timestamp: int) -> None:
    """Delete sessions and links that are over."""
    del timestamp
    async with worker_state().database.session() as session:
        await repository.delete_expired(session)
