"""Jobs of sharing."""

from __future__ import annotations

import uuid

import procrastinate

from spheroseg.server.access.services import worker_services
from spheroseg.server.mails.writing import write
from spheroseg.server.projects import sharing as service
from spheroseg.server.projects import sharing_repository as repository
from spheroseg.server.resources.db import utc_now
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
        reader = await repository.account_at(session, invitation.email_key)
        mail = write(
            "invitation",
            # whoever has no account yet reads most probably what their colleague reads
            inviter.language if reader is None else reader.language,
            invitation.email,
            inviter=inviter.name or inviter.email,
            project=project.name,
            role=invitation.role,
            until=invitation.expires_at,
            link=service.link_of(invitation, state.settings.public_url),
        )
    await state.mailer.send(mail)
