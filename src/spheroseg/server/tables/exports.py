"""Table of exports: a project's results as a file to download."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.resources.db import Base, BigInt, new_id, utc_now
from spheroseg.server.tables.json_columns import ExportOptions


class Export(Base):
    """One archive, made by a worker, kept for a week."""

    __tablename__ = "exports"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
        Index("ix_exports_project", "project_id", "created_at", "id"),
        Index("ix_exports_created_by", "created_by"),
        Index("ix_exports_expires_at", "expires_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(default="queued")
    formats: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    options: Mapped[ExportOptions] = mapped_column(JSONB, default=dict)
    storage_key: Mapped[str | None]
    size_bytes: Mapped[BigInt | None]
    error_reason: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime]
