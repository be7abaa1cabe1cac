"""What the API says and hears about files that are uploaded and understood together."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from spheroseg.server.http.fields import Input, Name

MAX_FILES = 100_000


class SetRequest(Input):
    """Files that are going to be uploaded together."""

    n_files: Annotated[int, Field(ge=1, le=MAX_FILES)]
    name: Name | None = Field(default=None, description="What a person calls them: the folder's name")


class FoundPlate(BaseModel):
    """A plate that was recognised."""

    name: str
    layout: str
    summary: str


class FoundImage(BaseModel):
    """What was read of one image; of one that cannot be read only `source`, `series` and `reason`."""

    source: str = Field(description="Path of its file in the upload, or of the plate's field")
    series: int
    reason: str | None = Field(default=None, description="Why it cannot be read")
    n_series: int = 1
    name: str = ""
    plate: str = ""
    well: str = ""
    field: int | None = None
    width: int | None = None
    height: int | None = None
    n_frames: int = 1
    frames_are: str = "time"
    n_channels: int = 1
    channel_names: list[str] = []
    n_slices: int = 1
    pixel_size_um: list[float] | None = Field(default=None, description="[x, y]")
    pixel_size_from: str = Field(default="", description="Where the pixel size was found")
    is_size_doubtful: bool = False
    z_step_um: float | None = None
    has_times: bool = False
    n_files: int = 1
    doubts: list[str] = []


class LeftOutFile(BaseModel):
    """A file that becomes no image."""

    name: str
    reason: str


class Found(BaseModel):
    """What the files are; of many the first thousand are told one by one."""

    plates: list[FoundPlate] = []
    images: list[FoundImage] = []
    n_images: int = 0
    n_unreadable: int = 0
    left_out: list[LeftOutFile] = []
    n_left_out: int = 0
    n_beside: int = Field(default=0, description="Files that say something of the images: an index, metadata")
    notes: list[str] = []
    asks_axes: bool = Field(
        default=False, description="Pages of unknown meaning: the project's preference `axes` tells"
    )
    asks_interval: bool = Field(
        default=False, description="Times without a step: the project's preference `interval` tells"
    )


class SetOut(BaseModel):
    """A set and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    project_id: uuid.UUID
    name: str
    n_files: int
    n_arrived: int
    n_added: int = Field(description="Images that were made of it")
    state: Literal["arriving", "reading", "understood", "adding", "added", "failed"]
    reason: str | None = Field(description="Why it failed")
    found: Found
    created_at: dt.datetime
    expires_at: dt.datetime = Field(description="Removed then if nobody adds it")
