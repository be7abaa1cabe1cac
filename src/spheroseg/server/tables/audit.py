"""Table of the audit log: who changed what, when, from where. Rows are added, never changed."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.resources.db import Base, new_id, utc_now


class AuditEntry(Base):
    """One change. One partition a month, so that old ones go at once; ids have no foreign keys, entries outlive rows."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_actor_id_at", "actor_id", "at"),
        Index("ix_audit_log_project_id_at", "project_id", "at"),
        Index("ix_audit_log_subject_id_at", "subject_id", "at"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    at: Mapped[dt.datetime] = mapped_column(primary_key=True, default=utc_now)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    actor_id: Mapped[uuid.UUID | None]
    action: Mapped[str]
    """`<feature>.<verb>`, such as `project.create`."""
    subject_type: Mapped[str]
    subject_id: Mapped[uuid.UUID | None]
    project_id: Mapped[uuid.UUID | None]
    token_id: Mapped[uuid.UUID | None]
    ip: Mapped[str | None]
    user_agent: Mapped[str | None]
    request_id: Mapped[str | None]
    details: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
