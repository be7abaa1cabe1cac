"""Table of runs: what was asked."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.resources.db import Base, Stamped, new_id
from spheroseg.server.resources.json_object import JsonObject


class Run(Stamped, Base):
    """One request: a model with parameters over one image, some or a whole project."""

    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
        Index("ix_runs_project", "project_id", "created_at", "id"),
        Index("ix_runs_created_by", "created_by"),
        Index(
            "uq_runs_idempotency",
            "created_by",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    idempotency_key: Mapped[str | None]
    kind: Mapped[str] = mapped_column(default="segment")
    model_name: Mapped[str]
    model_hash: Mapped[str]
    parameters: Mapped[JsonObject] = mapped_column(default=dict)
    urgency: Mapped[str] = mapped_column(default="bulk")
    state: Mapped[str] = mapped_column(default="queued")
    n_items: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
