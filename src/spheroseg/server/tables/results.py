"""Tables of runs: what was asked, what came out for each frame, its objects, and the journal of edits."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, REAL
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.records import RunCard
from spheroseg.server.resources.db import Base, new_id, utc_now
from spheroseg.server.tables.images import THIS_TRANSACTION
from spheroseg.server.tables.json_columns import MeasureColumn, RunCardJson


class Artefact(Base):
    """What a model said about an image, stored as it was said: the cache of results, and the original of every edit."""

    __tablename__ = "artefacts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cache_key: Mapped[bytes] = mapped_column(unique=True)
    storage_prefix: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class Result(Base):
    """One frame of one image in one run: queued, then with outlines. A version that is never overwritten by a run."""

    __tablename__ = "results"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
        UniqueConstraint("run_id", "image_id", "frame"),
        Index("ix_results_image", "image_id", "frame", "id"),
        Index("ix_results_run_state", "run_id", "state"),
        Index("ix_results_queue", "turn", "id", postgresql_where=text("state = 'queued'")),
        Index("ix_results_running", "turn", postgresql_where=text("state = 'running'")),
        Index("ix_results_finished", "finished_at", postgresql_where=text("state = 'done'")),
        Index("ix_results_lane", "user_id", "urgency", "turn", postgresql_where=text("state IN ('queued', 'running')")),
        UniqueConstraint("project_id", "id"),  # what objects refer to, by the columns their index begins with
        Index("ix_results_artefact", "artefact_id"),
        Index("ix_results_maps", "maps_id"),
        Index("ix_results_layout", "project_id", "layout"),
        Index("ix_results_measuring", "project_id", postgresql_where=text("is_measuring")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    image_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID | None]
    frame: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="queued")
    urgency: Mapped[str] = mapped_column(default="bulk")
    turn: Mapped[int] = mapped_column(default=0)
    """Place in the fair order: lower is sooner; see `fairness`."""
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None]
    error_reason: Mapped[str | None]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    duration_ms: Mapped[int | None]
    from_cache: Mapped[bool] = mapped_column(default=False)
    artefact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("artefacts.id", ondelete="RESTRICT"))
    """The objects as the model outlined them."""
    maps_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("artefacts.id", ondelete="RESTRICT"))
    """The probability and distance maps: other thresholds need no new inference."""
    measure_columns: Mapped[list[MeasureColumn]] = mapped_column(JSONB, default=list)
    """What `measures` of its objects are, in order: name, kind, and the words that a number stands for."""
    layout: Mapped[str] = mapped_column(
        Computed("md5((jsonb_path_query_array(measure_columns, '$[*].name'))::text)", persisted=True), deferred=True
    )
    """The names of those columns as one word: results of one layout have the same measure at the same place."""
    run_card: Mapped[RunCard | None] = mapped_column(RunCardJson, default=dict, nullable=False)
    """How its objects came about; None until there are any."""
    n_objects: Mapped[int] = mapped_column(default=0)
    next_number: Mapped[int] = mapped_column(default=1)
    head: Mapped[int] = mapped_column(default=0)
    """Sequence of the step that its objects are the outcome of; 0: as they were first."""
    version: Mapped[int] = mapped_column(default=1)
    is_measuring: Mapped[bool] = mapped_column(default=False, server_default="false")
    """The pixel size or the region that its measures are of is no longer the one that counts; a job measures again."""
    measured_at: Mapped[dt.datetime | None]
    """When it was measured again last; steps of the journal from before hold measures of then."""
    edited_at: Mapped[dt.datetime | None]
    changed: Mapped[int] = mapped_column(BigInteger, default=THIS_TRANSACTION, onupdate=THIS_TRANSACTION)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class ObjectRow(Base):
    """One outlined object of a result."""

    __tablename__ = "objects"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "result_id"],
            ["results.project_id", "results.id"],
            ondelete="CASCADE",
            name="fk_objects_results",
        ),
        # a project lies in one partition: what people list, export and delete is a project
        {"postgresql_partition_by": "HASH (project_id)"},
    )

    project_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    result_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    class_name: Mapped[str]
    polygons: Mapped[bytes]
    """The outlines of the object's parts, see `outlines`."""
    x_min: Mapped[float] = mapped_column(REAL)
    y_min: Mapped[float] = mapped_column(REAL)
    x_max: Mapped[float] = mapped_column(REAL)
    y_max: Mapped[float] = mapped_column(REAL)
    confidence: Mapped[float | None] = mapped_column(REAL)
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    measures: Mapped[list[float | None]] = mapped_column(ARRAY(Float(53)), default=list)
    """Values of the result's `measure_columns`; NULL where one cannot be computed."""
    source: Mapped[str] = mapped_column(default="model")
    author_id: Mapped[uuid.UUID | None]
    updated_at: Mapped[dt.datetime] = mapped_column(default=utc_now, onupdate=utc_now)
