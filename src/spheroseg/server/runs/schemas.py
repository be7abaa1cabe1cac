"""What the API says and hears about runs, results and objects."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spheroseg.server.images.schemas import Region
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.results.schemas import ResultOut, RunState
from spheroseg.server.tables.projects import Preset

Urgency = Literal["now", "bulk"]

Positive = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]


class ObjectRules(BaseModel):
    """Which of the found objects count; the fields of `spheroseg.segmentation.ObjectRules`."""

    model_config = ConfigDict(extra="forbid")

    split: Literal["touching", "never", "always"] = Field(
        default="touching", description="never: what hangs together is one object; always: parted at every waist"
    )
    min_diameter_um: Positive | None = Field(default=None, description="Smaller objects are left out")
    min_diameter_px: Positive | None = Field(default=None, description="The same in pixels")
    leave_out_border: bool = Field(default=False, description="Leave out objects that the frame cuts")
    in_focus_only: bool = Field(default=False, description="Leave out objects flagged `out_of_focus`")
    keep_largest: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="Keep only so many of the largest objects"
    )
    by_content: bool = Field(default=False, description="Leave out debris beside the one body of an image")

    @model_validator(mode="after")
    def _one_diameter(self) -> ObjectRules:
        if self.min_diameter_um is not None and self.min_diameter_px is not None:
            raise ValueError("give the smallest diameter in µm or in pixels, not both")
        return self


class RunParameters(BaseModel):
    """What may be chosen about a segmentation; everything else is in the model's card."""

    model_config = ConfigDict(extra="forbid")

    diameter_um: Positive | None = Field(default=None, description="Typical diameter of the objects in µm")
    diameter_px: Positive | None = Field(default=None, description="The same in pixels")
    threshold: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="Probability above which a pixel belongs to an object; null: the model's own"
    )
    accurate: bool = Field(default=False, description="Average over mirrored copies: four times the work")
    channel: Annotated[int, Field(ge=0, le=1000)] | None = None
    z: Annotated[int, Field(ge=0, le=100_000)] | Literal["sharpest", "max", "mean"] = "sharpest"
    expected_objects: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="Images with more objects are flagged `several_objects`; 1 for one spheroid a well"
    )
    region: Region | None = Field(
        default=None, description="What of each object is outlined and measured, in the whole project; null: as it says"
    )
    rules: ObjectRules | Preset | None = Field(
        default=None,
        description="Which of the found objects count: rules, or the name of a preset; null: as the project's kind says",
    )

    @model_validator(mode="after")
    def _one_diameter(self) -> RunParameters:
        if self.diameter_um is not None and self.diameter_px is not None:
            raise ValueError("give the diameter in µm or in pixels, not both")
        return self


class RunRequest(BaseModel):
    """Which images, by which model, how."""

    model_config = ConfigDict(extra="forbid")

    model: Annotated[str, Field(max_length=100, examples=["spheroid"])] | None = Field(
        default=None, description="null: the project's or the installation's default"
    )
    parameters: RunParameters = RunParameters()
    image_ids: Annotated[list[uuid.UUID], Field(max_length=10_000)] | None = Field(
        default=None, description="null: the whole project"
    )
    only_missing: bool = Field(default=False, description="Leave out images that have outlines already")
    urgency: Urgency = Field(default="bulk", description="`now` for what a person waits for: few images, next in line")


class RunOut(BaseModel):
    """A run and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    project_id: uuid.UUID
    created_by: uuid.UUID | None
    created_by_name: str = Field(default="", description="Of who started it; empty when the account is gone")
    model_name: str
    model_title: str = Field(default="", description="With its version, as it was then")
    model_hash: str
    parameters: JsonObject
    urgency: Urgency
    state: RunState
    n_items: int
    n_queued: int = 0
    n_running: int = 0
    n_done: int = 0
    n_failed: int = 0
    n_cancelled: int = 0
    version: int
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


class RunResult(ResultOut):
    """What became of one frame of a run."""

    image_name: str


class RunProgress(RunOut):
    """A run with its place in the queue."""

    n_ahead: int | None = Field(default=None, description="Frames of all people that come before this run's next one")
    time_left_s: float | None = Field(default=None, description="From the measured rate; null while nothing is known")
