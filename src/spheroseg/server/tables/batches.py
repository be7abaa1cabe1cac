"""Tables of upload batches: what was uploaded together, and the run that is to follow."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.resources.db import Base, Stamped, new_id, utc_now
from spheroseg.server.resources.json_object import JsonObject


class UploadBatch(Stamped, Base):
    """Files that a person uploads together."""

    __tablename__ = "upload_batches"
    __table_args__ = (
        Index("ix_upload_batches_project", "project_id", "created_at"),
        Index("ix_upload_batches_waiting", "last_arrival_at", postgresql_where=text("is_open AND wanted IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    n_files: Mapped[int]
    wanted: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    """The run that is to follow, see `batches.schemas.WantedRun`; null: none."""
    is_open: Mapped[bool] = mapped_column(default=True)
    """Whether something of it is still to come, to be prepared or to be run."""
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"), index=True)
    """The last run that followed."""
    reason: Mapped[str | None]
    """Why no run could follow."""
    last_arrival_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class BatchFile(Base):
    """A file of a batch that arrived or was given up; of those on their way there is no row."""

    __tablename__ = "upload_batch_files"

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("upload_batches.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    """Number of the file in its batch, from 0."""
    image_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("images.id", ondelete="SET NULL"), index=True)
    """Its (first) image; null when it was refused or given up, or the image deleted since."""
    is_asked: Mapped[bool] = mapped_column(default=False)
    """Whether the run that was wanted has been asked for its images, or there is nothing to ask for."""
