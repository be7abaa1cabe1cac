"""What requests about projects look like."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from spheroseg.errors import ParameterError
from spheroseg.server.http.fields import Input, Name, Prose, SmallJson
from spheroseg.server.images.schemas import Region
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.results.exclusion import ObjectExclusion
from spheroseg.server.tables.projects import Preset

Kind = Literal["spheroid", "cells", "one_spheroid_a_well", "many_organoids", "invasion"]
MemberRole = Literal["owner", "editor", "viewer"]


PixelSize = Annotated[float, Field(gt=0, lt=1000, allow_inf_nan=False, examples=[0.65])]
FilenamePattern = Annotated[str, Field(max_length=500)]


def _check_reading(preferences: JsonObject) -> JsonObject:
    """Refuses axes and times between frames that no file could be read with: they count for what is uploaded later.

    Raises:
        ValueError: `axes` names no axes, or `interval` is no time.
    """
    from spheroseg.imaging import parse_interval  # noqa: PLC0415 -- imaging is loaded where a project says how to read
    from spheroseg.imaging.readers.axes import parse_axes  # noqa: PLC0415 -- as above

    for name, parse in (("axes", parse_axes), ("interval", parse_interval)):
        stated = preferences.get(name)
        if stated is None or stated == "":
            continue
        try:
            parse(str(stated))
        except ParameterError as error:
            raise ValueError(f"{name}: {error}") from None
    return preferences


Preferences = Annotated[SmallJson, AfterValidator(_check_reading)]


class FolderInput(Input):
    """A folder to make."""

    name: Name
    parent_id: uuid.UUID | None = None


class FolderChange(Input):
    """What of a folder is changed; members that are left out stay."""

    name: Name = Field(default_factory=str)
    parent_id: uuid.UUID | None = None


class FolderOut(BaseModel):
    """A folder of the caller's own tree."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    parent_id: uuid.UUID | None
    name: str
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class ProjectInput(Input):
    """A project to make."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Gemcitabine, plate 3", "kind": "spheroid", "pixel_size_um": 1.3}]},
    )

    name: Name
    description: Prose = ""
    kind: Kind = "spheroid"
    pixel_size_um: PixelSize | None = None
    region: Region | None = Field(
        default=None, description="What is measured of each object; null: as the kind says, of invading ones the core"
    )
    filename_pattern: FilenamePattern | None = None
    preferences: Preferences = Field(
        default_factory=dict,
        description='`axes` ("channels", "t12c2") and `interval` ("4h") say how files are read that do not say it; others are free',
    )
    folder_id: uuid.UUID | None = None


class ProjectChange(Input):
    """What of a project is changed; members that are left out stay."""

    # defaults made by functions do not appear in the OpenAPI document: leaving out is not setting
    name: Name = Field(default_factory=str)
    description: Prose = Field(default_factory=str)
    kind: Kind = Field(default_factory=lambda: "spheroid")
    pixel_size_um: PixelSize | None = None
    region: Region = Field(default_factory=lambda: "filled")
    filename_pattern: FilenamePattern | None = None
    preferences: Preferences = Field(
        default_factory=dict,
        description='`axes` ("channels", "t12c2") and `interval` ("4h") say how files are read that do not say it; others are free',
    )
    exclusion: ObjectExclusion | None = Field(
        default=None, description="Objects that are left out of tables, statistics and exports; null: none"
    )


class ProjectOut(BaseModel):
    """A project as the caller sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    name: str
    description: str
    kind: Kind
    rules: Preset = Field(description="Which objects count in its runs, unless a run says otherwise; of its kind")
    pixel_size_um: float | None
    region: Region
    filename_pattern: str | None
    preferences: JsonObject
    exclusion: ObjectExclusion | None
    owner_id: uuid.UUID
    owner_name: str = Field(description="Of the owner; the address of one who gave no name")
    role: MemberRole
    folder_id: uuid.UUID | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime = Field(
        description="The last change of settings, images, outlines or reviews, to the minute"
    )
    deleted_at: dt.datetime | None


class FolderChoice(Input):
    """Where the project lies in the caller's tree; null is the top."""

    folder_id: uuid.UUID | None
