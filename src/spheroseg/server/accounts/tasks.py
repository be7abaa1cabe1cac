"""Jobs of authentication: mails with secrets, and clearing what is over."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import procrastinate

from spheroseg.server.access.services import worker_services
from spheroseg.server.accounts import credentials, repository
from spheroseg.server.mails.writing import LANGUAGES, write
from spheroseg.server.resources.queue import BACKGROUND, MAIL, MAIL_RETRY
from spheroseg.server.tables.accounts import User

tasks = procrastinate.Blueprint()


@tasks.task(name="send_verification", queue=MAIL, retry=MAIL_RETRY)
async def send_verification(user_id: str, email: str, epoch: int) -> None:
    """Mail a link that confirms an address. The secret is made here, so that it lies in no queue."""
    link = await _link(user_id, "verify_email", email, epoch)
    if link is not None:
        await _send("verification", link.language, email, link=link.url, hours=credentials.LINK_HOURS["verify_email"])


@tasks.task(name="send_reset", queue=MAIL, retry=MAIL_RETRY)
async def send_reset(user_id: str, email: str, epoch: int) -> None:
    """Mail a link to choose a new password."""
    link = await _link(user_id, "reset_password", email, epoch)
    if link is not None:
        await _send("reset", link.language, email, link=link.url, hours=credentials.LINK_HOURS["reset_password"])


@tasks.task(name="send_has_account", queue=MAIL, retry=MAIL_RETRY)
async def send_has_account(user_id: str, email: str, epoch: int) -> None:
    """Tell somebody that an account was asked for with the address of theirs."""
    del user_id, epoch  # it carries no secret
    await _send("has_account", await _language_at(email), email, link=_page("sign-in"))


@tasks.task(name="send_email_asked", queue=MAIL, retry=MAIL_RETRY)
async def send_email_asked(email: str, new_email: str) -> None:
    """Tell the present address that somebody wants another one for the account."""
    language = await _language_at(email)
    await _send("email_asked", language, email, new_email=new_email, link=_page("forgot-password"))


@tasks.task(name="send_email_changed", queue=MAIL, retry=MAIL_RETRY)
async def send_email_changed(user_id: str, email: str, new_email: str) -> None:
    """Tell the address that an account had that it has another one now, with a link that takes it back."""
    link = await _link(user_id, "undo_email", email, None)
    if link is not None:
        days = credentials.LINK_HOURS["undo_email"] // 24
        await _send("email_changed", link.language, email, new_email=new_email, link=link.url, days=days)


@dataclass(frozen=True)
class _Link:
    """A page with a secret behind its #, and the language of whom it is mailed to."""

    url: str
    language: str


async def _link(user_id: str, purpose: str, email: str, epoch: int | None) -> _Link | None:
    """A secret for a mail; None when there is nobody to send it to, or their credentials ended after it was asked for."""
    async with worker_services().database.session() as session:
        user = await session.get(User, uuid.UUID(user_id))
        if user is None or (epoch is not None and epoch != user.credential_epoch):
            return None
        if purpose == "reset_password" and user.email != email:
            return None
        token = await credentials.mailed_token(session, user, purpose, email)
        return _Link(f"{_page(purpose.replace('_', '-'))}#token={token}", user.language)


async def _language_at(email: str) -> str:
    """The language of whom an address belongs to; if nobody any more, the first one."""
    async with worker_services().database.session() as session:
        user = await repository.by_email(session, email)
        return LANGUAGES[0] if user is None else user.language


async def _send(name: str, language: str, to: str, **values: str | int) -> None:
    await worker_services().mailer.send(write(name, language, to, **values))


def _page(name: str) -> str:
    return f"{worker_services().settings.public_url}/{name}"


@tasks.periodic(cron="7 * * * *")
@tasks.task(name="clear_expired", queue=BACKGROUND, queueing_lock="auth:clear_expired")
async def clear_expired(timestamp: int) -> None:
    """Delete sessions and links that are over."""
    del timestamp
    async with worker_services().database.session() as session:
        await repository.delete_expired(session)
