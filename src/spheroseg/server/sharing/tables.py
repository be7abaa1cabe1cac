"""Table of sharing: invitations to projects."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.db import Base, new_id, utc_now


class Invitation(Base):
    """An invitation by mail to a project, for somebody who may have no account yet."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("role IN ('editor', 'viewer')", name="role"),
        Index("ix_invitations_project_id_email_key", "project_id", "email_key", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(index=True)
    role: Mapped[str]
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    """Of the link that was sent or told last; null until then."""
    invited_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[dt.datetime]
