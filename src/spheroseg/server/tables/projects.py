"""Tables of projects: folders, projects and their members."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal, cast

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.resources.db import Base, Stamped, new_id, utc_now
from spheroseg.server.resources.json_object import JsonObject

Preset = Literal["by_content", "everything", "one_spheroid_a_well", "many_organoids", "invasion", "cells"]
"""Names of rules that say which of the found objects count, see `spheroseg.segmentation.PRESETS`."""


class Folder(Stamped, Base):
    """A folder in one person's own tree; what others see is not changed by it."""

    __tablename__ = "folders"
    __table_args__ = (Index("ix_folders_owner_id_parent_id", "owner_id", "parent_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class Project(Stamped, Base):
    """Images that belong together, and how they are measured."""

    __tablename__ = "projects"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('spheroid', 'cells', 'one_spheroid_a_well', 'many_organoids', 'invasion')", name="kind"
        ),
        CheckConstraint("region IN ('filled', 'net', 'core')", name="region"),
        CheckConstraint("pixel_size_um > 0", name="pixel_size"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="spheroid")
    """What its images show."""
    pixel_size_um: Mapped[float | None]
    """Used for images that state none."""
    region: Mapped[str] = mapped_column(default="filled")
    """What of an object is measured: all inside its outline, without holes, or its dense core."""
    filename_pattern: Mapped[str | None]
    """How well, field, time and channel stand in file names; the usual instruments' patterns when null."""
    preferences: Mapped[JsonObject] = mapped_column(default=dict)
    """Defaults for runs (model and parameters) and for display."""
    exclusion: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    """Which objects it leaves out, see `results.exclusion`; null: none."""
    version: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    """In the trash since then."""

    @property
    def rules(self) -> Preset:
        """The preset that its runs begin with: spheroids or organoids leave it to each image."""
        return "by_content" if self.kind == "spheroid" else cast("Preset", self.kind)


class Member(Base):
    """Who may do what in a project. The owner has a row too."""

    __tablename__ = "members"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'editor', 'viewer')", name="role"),
        Index("ix_members_user_id_folder_id", "user_id", "folder_id"),
    )

    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str]
    folder_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("folders.id", ondelete="SET NULL"), index=True)
    """Where the project lies in this person's own tree."""
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


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
