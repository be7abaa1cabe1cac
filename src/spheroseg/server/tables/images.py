"""Tables of images: the files behind them, uploads in progress, images and their frames."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ColumnElement, Float, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB, REAL
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.resources.db import Base, BigInt, Stamped, new_id, utc_now
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.tables.described import ImageDetails, UnderstoodSet
from spheroseg.server.tables.sort_keys import NO_PLACE, NO_TIME_S

THIS_TRANSACTION = text("pg_current_xact_id()::text::bigint")
"""Number of the current transaction: what `changed` holds, see `repository.changes`."""


_TO_REVIEW = text("deleted_at IS NULL AND n_unreviewed > 0")


class File(Base):
    """The bytes of an upload, stored once however often they are uploaded; never changed."""

    __tablename__ = "files"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    sha256: Mapped[bytes] = mapped_column(unique=True)
    size_bytes: Mapped[BigInt]
    storage_key: Mapped[str]
    media_type: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class Upload(Base):
    """A resumable upload; its parts lie in the storage under `uploads/<id>/<offset>`."""

    __tablename__ = "uploads"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    relative_path: Mapped[str] = mapped_column(default="")
    length: Mapped[BigInt]
    received: Mapped[BigInt] = mapped_column(default=0)
    details: Mapped[JsonObject] = mapped_column(default=dict)
    image_id: Mapped[uuid.UUID | None]
    set_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("upload_sets.id", ondelete="CASCADE"), index=True)
    """The files that it belongs to; then no image is made of it alone."""
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class UploadSet(Stamped, Base):
    """Files that are uploaded together and understood together, before images are made of them."""

    __tablename__ = "upload_sets"
    __table_args__ = (
        CheckConstraint("state IN ('arriving', 'reading', 'understood', 'adding', 'added', 'failed')", name="state"),
        Index("ix_upload_sets_project", "project_id", "created_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(default="")
    n_files: Mapped[int]
    state: Mapped[str] = mapped_column(default="arriving")
    reason: Mapped[str | None]
    """Why it failed."""
    found: Mapped[UnderstoodSet] = mapped_column(JSONB, default=dict)
    """What the files are; an empty object until they are understood."""
    n_added: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class ImageRow(Stamped, Base):
    """One image of a project: one series of a file."""

    __tablename__ = "images"
    __table_args__ = (
        CheckConstraint("state IN ('processing', 'ready', 'failed')", name="state"),
        CheckConstraint(
            "segmentation_state IN ('none', 'queued', 'running', 'done', 'failed', 'cancelled')",
            name="segmentation_state",
        ),
        CheckConstraint("review IN ('unreviewed', 'accepted', 'excluded')", name="review"),
        # one index for each order of the list; trash has its own, so that the common case stays small
        Index("ix_images_list_name", "project_id", "name_key", "id", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_images_list_created", "project_id", "created_at", "id", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_images_list_size", "project_id", "size_bytes", "id", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_images_list_objects", "project_id", "n_objects", "id", postgresql_where=text("deleted_at IS NULL")),
        Index(
            "ix_images_list_well",
            "project_id",
            "plate",
            "well_row",
            "well_column",
            "time_s",
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_images_list_segmentation",
            "project_id",
            "segmentation_state",
            "name_key",
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_images_list_review",
            "project_id",
            "review",
            "name_key",
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_images_list_flagged",
            "project_id",
            "name_key",
            "id",
            postgresql_where=text("deleted_at IS NULL AND flags <> '{}'"),
        ),
        # the queue of what is to be reviewed, in each of its orders; it gets shorter as people go on
        Index("ix_images_review_next", "project_id", "name_key", "id", postgresql_where=_TO_REVIEW),
        Index(
            "ix_images_review_least",
            "project_id",
            text("coalesce(min_confidence, 2::real)"),
            "id",
            postgresql_where=_TO_REVIEW,
        ),
        Index("ix_images_review_flagged", "project_id", text("(- n_flags)"), "id", postgresql_where=_TO_REVIEW),
        Index("ix_images_trash", "project_id", "deleted_at", "id", postgresql_where=text("deleted_at IS NOT NULL")),
        Index("ix_images_expired", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
        Index("ix_images_changed", "project_id", "changed", "id"),
        Index("ix_images_file", "file_id"),
        # what people and projects have; a file of many series is there once
        Index("ix_images_person_bytes", "uploaded_by", "size_bytes", postgresql_where=text("series = 0")),
        Index("ix_images_project_bytes", "project_id", "size_bytes", postgresql_where=text("series = 0")),
        Index("ix_images_same", "project_id", "file_id", "name_key", "series"),
        Index(
            "uq_images_idempotency",
            "uploaded_by",
            "idempotency_key",
            "idempotency_part",
            "series",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("files.id", ondelete="RESTRICT"))
    upload_id: Mapped[uuid.UUID | None]
    uploaded_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    idempotency_key: Mapped[str | None]
    idempotency_part: Mapped[int] = mapped_column(default=0)

    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    """Lower case, for search and order; collation C so that a prefix is a range of the index."""
    relative_path: Mapped[str] = mapped_column(default="")
    series: Mapped[int] = mapped_column(default=0)
    n_series: Mapped[int] = mapped_column(default=1)
    size_bytes: Mapped[BigInt] = mapped_column(default=0)
    media_type: Mapped[str] = mapped_column(default="application/octet-stream")

    state: Mapped[str] = mapped_column(default="processing")
    failure_code: Mapped[str | None]
    failure_reason: Mapped[str | None]

    width: Mapped[int | None]
    height: Mapped[int | None]
    n_frames: Mapped[int] = mapped_column(default=1)
    n_channels: Mapped[int] = mapped_column(default=1)
    n_slices: Mapped[int] = mapped_column(default=1)
    dtype: Mapped[str | None]
    significant_bits: Mapped[int | None]
    is_rgb: Mapped[bool] = mapped_column(default=False)
    channel_names: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    display_ranges: Mapped[list[list[float]]] = mapped_column(JSONB, default=list)
    """[low, high] of each channel in raw values: the window that is shown first."""
    pixel_size_x_um: Mapped[float | None] = mapped_column(Float(53))
    pixel_size_y_um: Mapped[float | None] = mapped_column(Float(53))
    pixel_size_source: Mapped[str] = mapped_column(default="")
    z_step_um: Mapped[float | None] = mapped_column(Float(53))
    time_step_s: Mapped[float | None] = mapped_column(Float(53))
    notes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    details: Mapped[ImageDetails] = mapped_column(JSONB, default=dict)

    plate: Mapped[str] = mapped_column(default="")
    well: Mapped[str] = mapped_column(default="")
    well_row: Mapped[int] = mapped_column(default=NO_PLACE)
    well_column: Mapped[int] = mapped_column(default=NO_PLACE)
    field: Mapped[int | None]
    channel: Mapped[str] = mapped_column(default="")
    z_index: Mapped[int | None]
    time_s: Mapped[float] = mapped_column(Float(53), default=NO_TIME_S)
    """Seconds by which an index orders, which has no place for none; everything else asks `known_time_s`."""

    time_index: Mapped[int | None]
    """Number of the frame where the name has that instead of a time."""

    segmentation_state: Mapped[str] = mapped_column(default="none")
    n_objects: Mapped[int] = mapped_column(default=0)
    is_edited: Mapped[bool] = mapped_column(default=False)
    # what its frames say together, see `segmentation.shown`
    review: Mapped[str] = mapped_column(default="unreviewed", server_default="unreviewed")
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    n_flags: Mapped[int] = mapped_column(default=0, server_default="0")
    min_confidence: Mapped[float | None] = mapped_column(REAL)
    n_unreviewed: Mapped[int] = mapped_column(default=0, server_default="0")
    """Frames that show outlines which nobody has looked at."""
    version: Mapped[int] = mapped_column(default=1)
    changed: Mapped[int] = mapped_column(BigInteger, default=THIS_TRANSACTION, onupdate=THIS_TRANSACTION)
    deleted_at: Mapped[dt.datetime | None]

    @property
    def stated_axes(self) -> str | None:
        """What a person said the pages of its file are, or None."""
        return (self.details or {}).get("axes")

    @hybrid_property
    def known_time_s(self) -> float | None:
        """Seconds from the file's name or by a person; None where nobody says it."""
        return None if self.time_s == NO_TIME_S else self.time_s

    @known_time_s.inplace.expression
    @classmethod
    def _known_time_s(cls) -> ColumnElement[float | None]:
        return func.nullif(cls.time_s, NO_TIME_S)

    @hybrid_property
    def series_name(self) -> str:
        """What its file calls this series (a scene, a stage position), or ""."""
        return str((self.details or {}).get("name") or "")

    @series_name.inplace.expression
    @classmethod
    def _series_name(cls) -> ColumnElement[str]:
        return func.coalesce(cls.details["name"].astext, "").label("series_name")


class Frame(Base):
    """One time point of an image and the version of its outlines that is shown."""

    __tablename__ = "frames"
    __table_args__ = (CheckConstraint("review IN ('unreviewed', 'accepted', 'excluded')", name="review"),)

    image_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    frame: Mapped[int] = mapped_column(primary_key=True)
    time_s: Mapped[float | None] = mapped_column(Float(53))
    result_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("results.id", ondelete="SET NULL", use_alter=True), index=True
    )
    n_objects: Mapped[int] = mapped_column(default=0)
    flags: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default="{}")
    """How many of the shown objects have each flag; those of the image count 1."""
    min_confidence: Mapped[float | None] = mapped_column(REAL)
    review: Mapped[str] = mapped_column(default="unreviewed", server_default="unreviewed")
    review_reason: Mapped[str | None]
    review_note: Mapped[str] = mapped_column(default="", server_default="")
    reviewed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    reviewed_at: Mapped[dt.datetime | None]
