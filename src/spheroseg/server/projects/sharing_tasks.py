"""Jobs of sharing."""

from __future__ import annotations

import uuid

import procrastinate

from spheroseg.server.access.services import worker_services
from spheroseg.server.projects import sharing as service
from spheroseg.server.resources.db import utc_now
from spheroseg.server.resources.mail import Mail
from spheroseg.server.resources.queue import MAIL, MAIL_RETRY
from spheroseg.server.tables.accounts import User
from spheroseg.server.tables.projects import Invitation, Project

tasks = procrastinate.Blueprint()


@tasks.task(name="send_invitation", queue=MAIL, retry=MAIL_RETRY)
async def send_invitation(invitation_id: str) -> None:
    """Mail an invitation. The secret is made here, so that it lies in no queue; a retry makes another."""
    state = worker_services()
    async with state.database.session() as session:
        invitation = await session.get(Invitation, uuid.UUID(invitation_id))
        if invitation is None or invitation.expires_at < utc_now():
            return
        project = await session.get_one(Project, invitation.project_id)
        inviter = await session.get_one(User, invitation.invited_by)
        link = service.link_of(invitation, state.settings.public_url)
        mail = Mail(
            to=invitation.email,
            subject=f"{inviter.name or inviter.email} invites you to “{project.name}” in SpheroSeg",
            text=(
                f"{inviter.name or inviter.email} would like to share the project “{project.name}” with you"
                f" as {invitation.role}.\n\nOpen this link to accept; it works until"
                f" {invitation.expires_at:%Y-%m-%d}:\n\n{link}\n\n"
                "If you do not know what this is about, you need not do anything.\n"
            ),
        )
    await state.mailer.send(mail)
