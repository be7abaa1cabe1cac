"""Tables of users: people, and how providers of sign-in know them."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.resources.db import Base, Stamped, new_id, utc_now
from spheroseg.server.resources.json_object import JsonObject

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
    credential_epoch: Mapped[int] = mapped_column(default=1, server_default="1")
    """Sessions, personal tokens and mailed links carry it; those of an earlier epoch are worth nothing."""
    language: Mapped[str] = mapped_column(default="en")
    preferences: Mapped[JsonObject] = mapped_column(default=dict)
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


class Session(Base):
    """A signed-in browser or script.

    Its refresh tokens are numbered and signed (`security.refresh_token`): the present number continues the session, a
    number that was left behind ends it, because somebody kept a copy.
    """

    __tablename__ = "sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    epoch: Mapped[int] = mapped_column(default=1, server_default="1")
    """`User.credential_epoch` when it began; once that has moved on, the session is over."""
    generation: Mapped[int] = mapped_column(default=1)
    """Number of the present refresh token."""
    rotated_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    last_used_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    """Moves on with each use."""
    remember: Mapped[bool] = mapped_column(default=False)
    ip: Mapped[str | None]
    user_agent: Mapped[str | None]


class ApiToken(Base):
    """A personal token for scripts: `sph_…`."""

    __tablename__ = "api_tokens"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    prefix: Mapped[str]
    """Its first characters, so that a person recognises it in the list."""
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    epoch: Mapped[int] = mapped_column(default=1, server_default="1")
    """As `Session.epoch`."""
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[dt.datetime | None]
    last_used_at: Mapped[dt.datetime | None]


class MailedToken(Base):
    """A secret sent by mail, good for one use: to confirm an address, choose a password, undo a change of address."""

    __tablename__ = "mailed_tokens"
    __table_args__ = (CheckConstraint("purpose IN ('verify_email', 'reset_password', 'undo_email')", name="purpose"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    email: Mapped[str]
    """The address it was sent to: the one that is confirmed, which may be a new one; of an undo the one that was."""
    epoch: Mapped[int] = mapped_column(default=1, server_default="1")
    """As `Session.epoch`; an undo holds in every epoch, because whoever took the account can begin another one."""
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class OidcAttempt(Base):
    """A sign-in that went to a provider and is expected back."""

    __tablename__ = "oidc_attempts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    provider: Mapped[str]
    state_hash: Mapped[bytes] = mapped_column(unique=True)
    nonce: Mapped[str]
    code_verifier: Mapped[str]
    return_to: Mapped[str]
    remember: Mapped[bool]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
