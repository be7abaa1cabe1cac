"""Queries of the audit log."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.audit.tables import AuditEntry


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are listed; what is null does not matter."""

    actor_id: uuid.UUID | None = None
    project_id: uuid.UUID | None = None
    subject_id: uuid.UUID | None = None
    action: str | None = None


async def list_entries(
    session: AsyncSession, wanted: AuditFilter, *, after: tuple[dt.datetime, uuid.UUID] | None, limit: int
) -> Sequence[AuditEntry]:
    """Entries, the newest first.

    Args:
        session: the transaction.
        wanted: which of them.
        after: time and id of the last entry of the page before.
        limit: how many at most.
    """
    statement = select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)
    for column, value in (
        (AuditEntry.actor_id, wanted.actor_id),
        (AuditEntry.project_id, wanted.project_id),
        (AuditEntry.subject_id, wanted.subject_id),
        (AuditEntry.action, wanted.action),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if after is not None:
        statement = statement.where(tuple_(AuditEntry.at, AuditEntry.id) < after)
    return (await session.scalars(statement)).all()
