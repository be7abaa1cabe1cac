"""What the API answers about results and their objects."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spheroseg.records import RunCard
from spheroseg.server.images.pixel_size import PixelSizeUm, of_run_card
from spheroseg.server.images.schemas import Region
from spheroseg.server.tables.json_columns import MeasureColumn
from spheroseg.server.tables.results import Result

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
    pixel_size_um: PixelSizeUm | None = Field(
        default=None, description="What the measures were made with; null: they are in pixels, or there are none yet"
    )
    region: Region | None = Field(default=None, description="What was measured of each object; null: not known")
    from_cache: bool
    duration_ms: int | None
    version: int
    is_measuring: bool = Field(
        description="Pixel size or region changed: everything is being measured again, and its measures are of before"
    )
    edited_at: dt.datetime | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None

    @model_validator(mode="before")
    @classmethod
    def _of_row(cls, row: Any) -> Any:  # noqa: ANN401 -- pydantic's: whatever is validated
        if not isinstance(row, Result):
            return row
        card = row.run_card
        measured_as = {"pixel_size_um": of_run_card(card), "region": None if card is None else card.region}
        return {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)} | measured_as


class ResultDetail(ResultOut):
    """A result with everything that is needed to get the same numbers again."""

    run_card: RunCard | None
    measure_columns: list[MeasureColumn]
    head: int = Field(description="The step of the journal that the outlines are the outcome of; 0: as they were first")
    can_undo: bool = False
    can_redo: bool = False


class ObjectOut(BaseModel):
    """One outlined object with its measures."""

    number: int
    class_name: str
    confidence: float | None
    flags: list[str]
    source: Literal["model", "person", "imported"]
    author_id: uuid.UUID | None
    updated_at: dt.datetime
    box: tuple[float, float, float, float] = Field(description="x_min, y_min, x_max, y_max in pixels")
    polygons: str = Field(description="Base64 of the compact outline, see docs/reference/outlines.md")
    measures: dict[str, float | int | str | bool | None]


class ShownVersion(BaseModel):
    """Which version of the outlines a frame shows."""

    model_config = ConfigDict(extra="forbid")

    result_id: uuid.UUID
