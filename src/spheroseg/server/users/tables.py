"""Tables of users: people, and how providers of sign-in know them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.db import Base, Stamped, new_id, utc_now

NOTIFY_RUN_FINISHED = "notify_run_finished"
"""Preference: "email" asks for a mail when a run of more than a minute ends; "app" and "none" are the web app's matter."""


class User(Stamped, Base):
    """A person with an account."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('user', 'admin')", name="role"),
        Index("ix_users_created_at_id", "created_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    """The address as it is compared: normal form, case folded."""
    name: Mapped[str] = mapped_column(default="")
    organisation: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="user")
    password_hash: Mapped[str | None]
    """Null for people who only sign in by a provider."""
    email_verified_at: Mapped[dt.datetime | None]
    disabled_at: Mapped[dt.datetime | None]
    last_seen_at: Mapped[dt.datetime | None]
    language: Mapped[str] = mapped_column(default="en")
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The web app's own settings of this person (theme, columns, units); of these we read `NOTIFY_RUN_FINISHED` alone."""
    version: Mapped[int] = mapped_column(default=1)


class Identity(Base):
    """A person as a provider of sign-in (OpenID Connect) knows them."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("provider", "subject"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    provider: Mapped[str]
    subject: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
