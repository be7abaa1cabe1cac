"""What the API answers about results and their objects."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

RunState = Literal["queued", "running", "done", "failed", "cancelled"]


class ResultOut(BaseModel):
    """One frame of one image in one run: a version of its outlines."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    run_id: uuid.UUID
    image_id: uuid.UUID
    project_id: uuid.UUID
    frame: int
    state: RunState
    attempts: int
    error_code: str | None
    error_reason: str | None
    n_objects: int
    from_cache: bool
    duration_ms: int | None
    version: int
    edited_at: dt.datetime | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


class ResultDetail(ResultOut):
    """A result with everything that is needed to get the same numbers again."""

    run_card: dict[str, Any]
    measure_columns: list[dict[str, Any]]
    head: int = Field(description="The step of the journal that the outlines are the outcome of; 0: as they were first")
    can_undo: bool = False
    can_redo: bool = False


class ObjectOut(BaseModel):
    """One outlined object with its measures."""

    number: int
    class_name: str
    confidence: float | None
    flags: list[str]
    source: Literal["model", "person"]
    author_id: uuid.UUID | None
    updated_at: dt.datetime
    box: tuple[float, float, float, float] = Field(description="x_min, y_min, x_max, y_max in pixels")
    polygons: str = Field(description="Base64 of the compact outline, see docs/reference/outlines.md")
    measures: dict[str, float | int | str | bool | None]


class ShownVersion(BaseModel):
    """Which version of the outlines a frame shows."""

    model_config = ConfigDict(extra="forbid")

    result_id: uuid.UUID
