"""Jobs of authentication: mails with secrets, and clearing what is over."""

from __future__ import annotations

import uuid

import procrastinate

from spheroseg.server.access.services import worker_services
from spheroseg.server.accounts import credentials, repository
from spheroseg.server.resources.mail import Mail
from spheroseg.server.resources.queue import BACKGROUND, MAIL, MAIL_RETRY
from spheroseg.server.tables.accounts import User

tasks = procrastinate.Blueprint()


@tasks.task(name="send_verification", queue=MAIL, retry=MAIL_RETRY)
async def send_verification(user_id: str, email: str, epoch: int) -> None:
    """Mail a link that confirms an address. The secret is made here, so that it lies in no queue."""
    token = await _secret(user_id, "verify_email", email, epoch)
    if token is not None:
        await _send(
            email,
            "Confirm your e-mail address for SpheroSeg",
            "Open this link to confirm that this is your address; it works for"
            f" {credentials.LINK_HOURS['verify_email']} hours:\n\n{_page('verify-email', token)}\n\n"
            "If you did not ask for it, you need not do anything.\n",
        )


@tasks.task(name="send_reset", queue=MAIL, retry=MAIL_RETRY)
async def send_reset(user_id: str, email: str, epoch: int) -> None:
    """Mail a link to choose a new password."""
    token = await _secret(user_id, "reset_password", email, epoch)
    if token is not None:
        await _send(
            email,
            "Choose a new password for SpheroSeg",
            f"Open this link to choose a new password; it works for {credentials.LINK_HOURS['reset_password']} hours:\n\n"
            f"{_page('reset-password', token)}\n\n"
            "If you did not ask for it, you need not do anything: your password stays as it is.\n",
        )


@tasks.task(name="send_has_account", queue=MAIL, retry=MAIL_RETRY)
async def send_has_account(user_id: str, email: str, epoch: int) -> None:
    """Tell somebody that an account was asked for with the address of theirs."""
    del user_id, epoch  # it carries no secret
    await _send(
        email,
        "You have an account at SpheroSeg already",
        "Somebody, perhaps you, asked for an account with this address. There is one already; sign in to it here:\n\n"
        f"{_page('sign-in')}\n\nIf you forgot the password, choose a new one there. If it was not you, you need not do"
        " anything.\n",
    )


@tasks.task(name="send_email_asked", queue=MAIL, retry=MAIL_RETRY)
async def send_email_asked(email: str, new_email: str) -> None:
    """Tell the present address that somebody wants another one for the account."""
    await _send(
        email,
        "A new e-mail address was asked for at SpheroSeg",
        f"Somebody who knows your password asked to change the address of your account to {new_email}. It changes when"
        " a link that was mailed there is opened.\n\nIf it was not you, choose a new password now; that makes the link"
        f" worthless:\n\n{_page('forgot-password')}\n",
    )


@tasks.task(name="send_email_changed", queue=MAIL, retry=MAIL_RETRY)
async def send_email_changed(user_id: str, email: str, new_email: str) -> None:
    """Tell the address that an account had that it has another one now, with a link that takes it back."""
    token = await _secret(user_id, "undo_email", email, None)
    if token is not None:
        await _send(
            email,
            "The e-mail address of your SpheroSeg account was changed",
            f"The address of your account is {new_email} now.\n\nIf it was not you, open this link: it gives the account"
            " back to this address, signs everybody out and lets you choose a new password. It works for"
            f" {credentials.LINK_HOURS['undo_email'] // 24} days:\n\n{_page('undo-email', token)}\n",
        )


async def _secret(user_id: str, purpose: str, email: str, epoch: int | None) -> str | None:
    """A secret for a mail; None when there is nobody to send it to, or their credentials ended after it was asked for."""
    async with worker_services().database.session() as session:
        user = await session.get(User, uuid.UUID(user_id))
        if user is None or (epoch is not None and epoch != user.credential_epoch):
            return None
        if purpose == "reset_password" and user.email != email:
            return None
        return await credentials.mailed_token(session, user, purpose, email)


async def _send(to: str, subject: str, text: str) -> None:
    await worker_services().mailer.send(Mail(to=to, subject=subject, text=text))


def _page(name: str, token: str | None = None) -> str:
    url = f"{worker_services().settings.public_url}/{name}"
    return url if token is None else f"{url}#token={token}"


@tasks.periodic(cron="7 * * * *")
@tasks.task(name="clear_expired", queue=BACKGROUND, queueing_lock="auth:clear_expired")
async def clear_expired(timestamp: int) -> None:
    """Delete sessions and links that are over."""
    del timestamp
    async with worker_services().database.session() as session:
        await repository.delete_expired(session)
