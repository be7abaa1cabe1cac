"""What the API says and hears about images."""

from __future__ import annotations

import datetime as dt
import inspect
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from spheroseg.server.images.pixel_size import PixelSizeUm
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.tables.sort_keys import NO_TIME_S

T = TypeVar("T")

ImageState = Literal["processing", "ready", "failed"]
SegmentationState = Literal["none", "queued", "running", "done", "failed", "cancelled"]
ReviewState = Literal["unreviewed", "accepted", "excluded"]
Region = Literal["filled", "net", "core"]
Sort = Literal["name", "created", "size", "objects", "well"]


class ImageSummary(BaseModel):
    """An image as a list shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    project_id: uuid.UUID
    name: str = Field(examples=["plate1_B03_s1_t00.tif"])
    relative_path: str
    series: int
    series_name: str = Field(description="What the file calls this series: a scene, a stage position")
    state: ImageState
    failure_code: str | None
    failure_reason: str | None = Field(description="Why the file cannot be used, for people")
    size_bytes: int
    media_type: str
    width: int | None
    height: int | None
    n_frames: int
    n_channels: int
    n_slices: int
    plate: str
    well: str
    field: int | None
    channel: str
    z_index: int | None
    time_s: float | None
    time_index: int | None
    segmentation_state: SegmentationState
    n_objects: int
    is_edited: bool
    review: ReviewState = Field(
        description="`excluded` when one of its frames is, `accepted` when all frames that show outlines are"
    )
    flags: list[str] = Field(description="Of the outlines that are shown: what a person should look at", examples=[[]])
    min_confidence: float | None = Field(description="Of the least certain object that is shown")
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    deleted_at: dt.datetime | None

    @model_validator(mode="after")
    def _unknown_time(self) -> ImageSummary:
        if self.time_s == NO_TIME_S:
            self.time_s = None
        return self


class ImageDetail(ImageSummary):
    """Everything known about an image."""

    n_series: int
    dtype: str | None
    significant_bits: int | None
    is_rgb: bool
    channel_names: list[str]
    display_ranges: list[list[float]] = Field(description="[black, white] of each channel in raw values")
    pixel_size_x_um: float | None = Field(description="Of the image itself; `pixel_size_um` is what counts")
    pixel_size_y_um: float | None
    pixel_size_source: str
    pixel_size_um: PixelSizeUm | None = Field(
        default=None, description="What counts: the image's own, else the project's; null: lengths are in pixels"
    )
    region: Region = Field(default="filled", description="What the project measures of each object")
    z_step_um: float | None
    time_step_s: float | None
    notes: list[str]
    details: JsonObject = Field(description="What else the file says about itself")
    sha256: str | None = Field(default=None, description="Of the file, in hexadecimal")


def in_query(kind: type[T]) -> Callable[..., Awaitable[T]]:
    """A dependency that reads the fields of a dataclass from the query; given the class itself, FastAPI starts a thread."""

    async def read(**values: Any) -> T:  # noqa: ANN401 -- checked by FastAPI against the fields
        return kind(**values)

    read.__signature__ = inspect.signature(kind, eval_str=True)  # type: ignore[attr-defined]  # what FastAPI reads
    return read


@dataclass
class ListQuery:
    """Which images a list shows, in which order."""

    search: Annotated[str, Query(max_length=100, description="Part of the name, any case")] = ""
    state: Annotated[ImageState | None, Query()] = None
    segmentation: Annotated[SegmentationState | None, Query()] = None
    well: Annotated[str | None, Query(pattern=r"^[A-Za-z]{1,2}[0-9]{1,2}$")] = None
    plate: Annotated[str | None, Query(max_length=100)] = None
    edited: Annotated[bool | None, Query(description="Whether a person corrected outlines")] = None
    review: Annotated[ReviewState | None, Query()] = None
    flag: Annotated[
        str | None,
        Query(pattern=r"^[a-z_]{1,40}$", description="Images of which a shown object, or which itself, has it"),
    ] = None
    channel: Annotated[str | None, Query(max_length=100, description="As the name says it, exact")] = None
    time_from_s: Annotated[float | None, Query(ge=0, allow_inf_nan=False)] = None
    time_to_s: Annotated[float | None, Query(ge=0, allow_inf_nan=False, description="Inclusive")] = None
    trash: Annotated[bool, Query(description="The trash instead of the list")] = False
    sort: Annotated[Sort, Query()] = "name"
    descending: Annotated[bool, Query()] = False


@dataclass
class TileQuery:
    """What a tile shows."""

    c: Annotated[
        list[str] | None,
        Query(description="Channels to show, `channel:black:white:rrggbb` each; none: as they are shown first"),
    ] = None
    frame: Annotated[int, Query(ge=0)] = 0
    z: Annotated[
        Annotated[int, Field(ge=0)] | Literal["max"] | None,
        Query(description="Slice, or `max` for the maximum projection; the middle slice when left out"),
    ] = None
    raw: Annotated[bool, Query(description="Raw little-endian values of the first channel instead of WebP")] = False


class FrameOut(BaseModel):
    """One time point and the version of its outlines that is shown."""

    model_config = ConfigDict(from_attributes=True)

    frame: int
    time_s: float | None
    result_id: uuid.UUID | None
    n_objects: int
    flags: dict[str, int] = Field(
        description="How many shown objects have each flag; those of the image itself count 1"
    )
    min_confidence: float | None
    review: ReviewState
    review_reason: str | None
    review_note: str
    reviewed_by: uuid.UUID | None
    reviewed_at: dt.datetime | None


class Uploaded(BaseModel):
    """One file of an upload."""

    image: ImageSummary
    is_duplicate: bool = Field(description="The project has the same file of the same name already; nothing was added")


class UploadAnswer(BaseModel):
    """The files of an upload, in their order."""

    items: list[Uploaded]


class SharedChange(BaseModel):
    """What a person may correct about one image or many at once; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    plate: Annotated[str, Field(max_length=100)] | None = None
    well: Annotated[str, Field(pattern=r"^([A-Za-z]{1,2}[0-9]{1,2})?$")] | None = None
    field: Annotated[int, Field(ge=0, le=100_000)] | None = None
    channel: Annotated[str, Field(max_length=100)] | None = None
    z_index: Annotated[int, Field(ge=0, le=100_000)] | None = None
    time_s: Annotated[float, Field(ge=0, le=1e10, allow_inf_nan=False)] | None = None
    pixel_size_x_um: Annotated[float, Field(gt=0, le=1e4, allow_inf_nan=False)] | None = None
    pixel_size_y_um: Annotated[float, Field(gt=0, le=1e4, allow_inf_nan=False)] | None = None
    time_step_s: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)] | None = Field(
        default=None, description="Between one frame and the next; the times of the frames follow it"
    )
    channel_names: Annotated[list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=64)] | None = (
        Field(default=None, description="One for each channel; an image with another number of channels keeps its own")
    )

    @model_validator(mode="after")
    def _no_nul(self) -> SharedChange:
        if any("\0" in text for text in self._texts() if text):
            raise ValueError("a text holds a NUL character")
        return self

    def _texts(self) -> list[str | None]:
        return [self.plate, self.channel, *(self.channel_names or ())]


class ImageChange(SharedChange):
    """What a person may correct about an image; what is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    display_ranges: Annotated[list[tuple[float, float]], Field(max_length=64)] | None = None

    def _texts(self) -> list[str | None]:
        return [self.name, *super()._texts()]


class Selection(BaseModel):
    """Some images of a project."""

    model_config = ConfigDict(extra="forbid")

    image_ids: Annotated[list[uuid.UUID], Field(min_length=1, max_length=10_000)]


class ImagesChange(BaseModel):
    """The same correction for some images of a project, or for all."""

    model_config = ConfigDict(extra="forbid")

    image_ids: Annotated[list[uuid.UUID], Field(min_length=1, max_length=10_000)] | None = Field(
        default=None, description="null: all images of the project"
    )
    change: SharedChange


class Affected(BaseModel):
    """How many images a request changed."""

    n_images: int


class ProjectSummary(BaseModel):
    """Counts over a project."""

    n_images: int
    n_objects: int
    n_edited: int
    n_deleted: int
    size_bytes: int
    by_state: dict[str, int]
    by_segmentation_state: dict[str, int]
    by_review_state: dict[str, int]
    n_unreviewed_frames: int = Field(description="Frames that show outlines which nobody has reviewed")
    n_measuring: int = Field(
        default=0,
        description="Versions of outlines that are being measured again, as pixel size or region changed: until they are, "
        "tables hold measures of before",
    )


class Acquisition(BaseModel):
    """What the images of a project are made of."""

    n_channels: int = Field(description="Of the image that has most")
    channel_names: list[str] = Field(
        description="As the first image with so many channels calls them; may be empty texts"
    )
    n_slices: int = Field(description="Of the image that has most")
    n_frames: int = Field(description="Of the image that has most")
    pixel_sizes_um: list[float] = Field(description="The different widths of a pixel that images state, at most 20")
    n_unsized: int = Field(
        description="Images that state no pixel size; where the project states none either: in pixels"
    )


class Changes(BaseModel):
    """Images that changed since a moment; ask again with `since` for what comes next."""

    images: list[ImageSummary]
    removed: list[uuid.UUID] = Field(description="Images that lie in the trash now")
    since: str = Field(description="Give this the next time")
    is_complete: bool = Field(description="False: there is more, ask again at once")


class NamePattern(BaseModel):
    """How file names are read: fields in braces, `*` for anything (`{plate}_{well}_s{field}_t{time}h*`)."""

    model_config = ConfigDict(extra="forbid")

    pattern: Annotated[str, Field(max_length=500)] | None = Field(default=None, description="null: the usual schemes")


class NameReading(BaseModel):
    """What a pattern reads out of a name."""

    name: str
    plate: str
    well: str
    field: int | None
    channel: str
    z_index: int | None
    time_s: float | None
    time_index: int | None
