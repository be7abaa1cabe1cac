"""Notes a change in the audit log, in the transaction of the change."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.audit import AuditEntry


async def record(
    session: AsyncSession,
    actor: Actor | None,
    action: str,
    *,
    subject_type: str,
    subject_id: uuid.UUID | None = None,
    project_id: uuid.UUID | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Note a change; it stands in the log exactly when the change stands in the database.

    Args:
        session: the transaction of the change.
        actor: who; `None` when the service itself did it.
        action: `<feature>.<verb>`.
        subject_type: kind of thing that was changed.
        subject_id: which one.
        project_id: where it belongs.
        details: what else is worth knowing: no secrets, no addresses, nothing that must be erased with a person.
    """
    session.add(
        AuditEntry(
            at=utc_now(),
            actor_id=actor.user_id if actor else None,
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            project_id=project_id,
            token_id=actor.token_id if actor else None,
            ip=actor.ip if actor else None,
            user_agent=actor.user_agent if actor else None,
            request_id=actor.request_id if actor else None,
            details=dict(details or {}),
        )
    )
