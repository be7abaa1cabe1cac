"""What the API says and hears about layouts and the analysis of plates."""

from __future__ import annotations

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

    plate: Words = ""
    well: Words
    time_h: Hours | None = None
    reason: Words = ""


class LayoutInput(BaseModel):
    """A layout to keep."""

    model_config = ConfigDict(extra="forbid")

    wells: Annotated[list[LayoutWell], Field(max_length=20_000)]
    exclusions: Annotated[list[Exclusion], Field(max_length=20_000)] = []


class LayoutOut(BaseModel):
    """A project's layout."""

    wells: list[LayoutWell]
    exclusions: list[Exclusion]
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
    time_h: Annotated[float | None, Query(allow_inf_nan=False, description="Hour of the response; none: the last")] = (
        None
    )
    relative: Annotated[bool, Query(description="Relative to the size at treatment, else at the first time")] = False
    per_well: Annotated[Literal["mean", "sum", "median", "largest"], Query()] = "mean"


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
