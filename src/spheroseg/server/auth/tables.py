"""Tables of authentication: sessions, personal tokens, links by mail. Only hashes of secrets are kept."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.db import Base, new_id, utc_now


class Session(Base):
    """A signed-in browser or script.

    Its refresh tokens are numbered and signed (`security.refresh_token`): the present number continues the session, a
    number that was left behind ends it, because somebody kept a copy.
    """

    __tablename__ = "sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
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
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[dt.datetime | None]
    last_used_at: Mapped[dt.datetime | None]


class MailedToken(Base):
    """A secret sent by mail, good for one use: to confirm an address or to choose a new password."""

    __tablename__ = "mailed_tokens"
    __table_args__ = (CheckConstraint("purpose IN ('verify_email', 'reset_password')", name="purpose"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    email: Mapped[str]
    """The address it was sent to: the one that is confirmed, which may be a new one."""
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
