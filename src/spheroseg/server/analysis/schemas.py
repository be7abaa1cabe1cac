"""What the API says and hears about layouts and the analysis of plates."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

Words = Annotated[str, Field(max_length=200)]
Hours = Annotated[float, Field(allow_inf_nan=False)]


class LayoutWell(BaseModel):
    """What is in a well. A dose is what the person wrote; it is checked as a whole, so that each mistake is named."""

    model_config = ConfigDict(extra="forbid")

    plate: Words = ""
    well: Words
    compound: Words = ""
    dose: Words = ""
    dose_unit: Words = ""
    compound_2: Words = ""
    dose_2: Words = ""
    dose_unit_2: Words = ""
    cell_line: Words = ""
    replicate: Words = ""
    control: Words = ""
    treatment_time_h: Words = ""
    excluded: Words = ""


class Exclusion(BaseModel):
    """A well, or one of its times, that a person left out of the conclusions."""

    model_config = ConfigDict(extra="forbid")

    plate: Annotated[Words, Field(description="Needed where several plates have the well")] = ""
    well: Words
    time_h: Annotated[Hours | None, Field(description="One hour of the well; null is the whole well")] = None
    reason: Words = ""
    excluded_by: Annotated[
        Words, Field(description="Who did it; said by the service, what a client sends here is replaced")
    ] = ""
    excluded_at: Annotated[dt.datetime | None, Field(description="When; said by the service as well")] = None


class Link(BaseModel):
    """What a person says of an object that is followed over time: from this hour on it is this track."""

    model_config = ConfigDict(extra="forbid")

    plate: Annotated[Words, Field(description="Needed where several plates have the well")] = ""
    well: Words
    time_h: Hours
    object: Annotated[int, Field(ge=1, description="Its number in its frame")]
    track: Annotated[int, Field(ge=1)]


class LayoutInput(BaseModel):
    """A layout to keep."""

    model_config = ConfigDict(extra="forbid")

    wells: Annotated[list[LayoutWell], Field(max_length=20_000)]
    exclusions: Annotated[list[Exclusion], Field(max_length=20_000)] = []
    links: Annotated[
        list[Link] | None, Field(max_length=20_000, description="Corrected tracks; null leaves them as they are")
    ] = None


class LayoutOut(BaseModel):
    """A project's layout."""

    wells: list[LayoutWell]
    exclusions: list[Exclusion]
    links: list[Link]
    notes: list[str] = Field(
        description="What a person should know: units that were converted, doses that look like a slip"
    )
    version: int = Field(description="0 where none was made yet")


class LayoutText(BaseModel):
    """A layout as text: pasted from a spreadsheet, or a file's content."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=5_000_000)]
    format: Literal[".csv", ".toml", ".platemap"] = ".csv"


@dataclass
class AnalysisView:
    """How a plate is analysed."""

    response: Annotated[Literal["volume", "area", "diameter", "growth-rate"], Query()] = "volume"
    time_h: Annotated[
        float | None,
        Query(allow_inf_nan=False, description="Hour of the response; none: the last of at least half of the wells"),
    ] = None
    relative: Annotated[bool, Query(description="Relative to the size at treatment, else at the first time")] = False
    per_well: Annotated[Literal["mean", "sum", "median", "largest"], Query()] = "mean"
    include_excluded: Annotated[bool, Query(description="As if nobody had left anything out: what that changed")] = (
        False
    )
    window: Annotated[
        list[str] | None,
        Query(
            max_length=12,
            description="Named hours for growth rates, as in `early=0:48`; hours that do not count behind a `!`, as in "
            "`early=0:48!24,30`. The first one is that of the response growth-rate.",
        ),
    ] = None


Part = Literal[
    "plate", "growth", "dose_response", "series", "curves", "quality", "comparison", "review_order", "combinations", "left_out", "frames"
]  # fmt: skip
"""What an answer may be asked for by name."""


class AnalysisTable(BaseModel):
    """A table; null is what cannot be computed."""

    columns: list[str]
    rows: list[list[Any]]


class DoseCurve(BaseModel):
    """A fitted compound, to be drawn."""

    plate: str
    cell_line: str
    compound: str
    dose_unit: str
    doses: list[float] = Field(description="Of each well; 0 is untreated")
    responses: list[float]
    residuals: list[float] = Field(description="Empty where there is no curve")
    wells: list[str]
    curve_doses: list[float]
    curve_responses: list[float]


class FilmFrame(BaseModel):
    """A frame of a well."""

    plate: str
    well: str
    time_h: float
    image: str = Field(description="`<image id>/<frame>`, as in the tables")
    name: str
    review: str
    relative_size: float | None = Field(description="Of the well at this hour, to its size at treatment or first time")


class WellFilm(BaseModel):
    """A well over time."""

    frames: list[FilmFrame]


class WellTracks(BaseModel):
    """Each object of a well over time."""

    tracks: AnalysisTable = Field(description="A row an object and hour, as tracks.csv of the command line")
    growth: AnalysisTable = Field(description="A row a track, as track_growth.csv")
    notes: list[str] = Field(description="Corrections that name no object any more")


class CompoundReview(BaseModel):
    """What reviewing outlines can still do to a compound's IC50."""

    plate: str
    cell_line: str
    compound: str
    ic50_outline_factor: float | None = Field(
        description="By which factor the outlines that nobody has accepted leave the IC50 open; null where unknown"
    )
    can_change: bool | None = Field(
        description="False: reviewing further changes nothing; null: nobody knows, for the outlines have no interval or the IC50 has none"
    )
    n_to_review: int | None = Field(description="After how many images of the order, from its top, that is so")


class ReviewStep(BaseModel):
    """A frame and how far its outline can move an IC50."""

    image_id: uuid.UUID
    frame: int
    name: str = Field(description="Of the image's file, with the time point where it has several")
    plate: str
    well: str
    time_h: float
    compound: str
    cell_line: str
    ic50_factor: float | None = Field(description="The IC50 can be this factor higher or lower by this outline alone")
    reviewed: bool = Field(description="Accepted by a person: its outline counts as sure")
    can_change: bool | None = Field(description="Whether this frame and those after it can still change the IC50")


class ReviewByInfluence(BaseModel):
    """What to look at first, and when to stop."""

    can_change: bool | None = Field(
        description="False: reviewing further can change no IC50; null: nobody knows of any"
    )
    compounds: list[CompoundReview]
    steps: list[ReviewStep]
    n_steps: int = Field(description="Of which `steps` are the first")


class Analysis(BaseModel):
    """All conclusions; the tables are those that `spheroseg analyse` writes, with the same columns and numbers."""

    response_name: str
    response_unit: str
    time_h: float | None
    times_h: list[float]
    notes: list[str]
    tables: dict[str, AnalysisTable]
    fits: list[DoseCurve]
    frames: list[FilmFrame] = Field(description="Every frame of the plates, by well and time")
    n_pending: int = Field(
        description="Frames that are missing here because their objects are being summed up; 0 unless `partial` was asked for"
    )
