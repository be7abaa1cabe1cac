"""What the API says and hears about tables of objects and their statistics."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from spheroseg.server.images.schemas import ReviewState

GroupBy = Literal["none", "well", "plate", "class_name", "time_s", "image"]
Condition = Annotated[
    str, Field(max_length=200, examples=["area_um2:ge:1000"], description="`column:operator:value`; lt, le, gt, ge, eq")
]
ColumnName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]


@dataclass
class ObjectFilter:
    """Which objects; of images in the trash and of excluded frames none."""

    plate: Annotated[str | None, Query(max_length=100)] = None
    well: Annotated[str | None, Query(pattern=r"^[A-Za-z]{1,2}[0-9]{1,2}$")] = None
    channel: Annotated[str | None, Query(max_length=100)] = None
    image_id: Annotated[uuid.UUID | None, Query()] = None
    class_name: Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = None
    flag: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$", description="Objects that have it")] = None
    review: Annotated[ReviewState | None, Query()] = None
    time_from_s: Annotated[float | None, Query(ge=0, allow_inf_nan=False)] = None
    time_to_s: Annotated[float | None, Query(ge=0, allow_inf_nan=False, description="Inclusive")] = None
    where: Annotated[list[Condition] | None, Query(max_length=20, description="Conditions on numbers; all hold")] = None
    include_excluded: Annotated[bool, Query(description="Also frames that a person left out in a review")] = False
    include_left_out: Annotated[
        bool, Query(description="Also objects that the project leaves out by its rules; `excluded` says why")
    ] = False


@dataclass
class TableView:
    """Which columns, and in which order the rows come."""

    columns: Annotated[list[ColumnName] | None, Query(max_length=300, description="In this order; none: all")] = None
    sort: Annotated[ColumnName | None, Query(description="A column; what is not known comes last")] = None
    descending: Annotated[bool, Query()] = False


class TableRequest(BaseModel):
    """A table to download: what the results page shows."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["csv", "xlsx"] = "csv"
    columns: Annotated[list[ColumnName], Field(max_length=300)] | None = Field(
        default=None, description="In this order; null: all"
    )
    sort: ColumnName | None = None
    descending: bool = False
    plate: Annotated[str, Field(max_length=100)] | None = None
    well: Annotated[str, Field(pattern=r"^[A-Za-z]{1,2}[0-9]{1,2}$")] | None = None
    channel: Annotated[str, Field(max_length=100)] | None = None
    image_id: uuid.UUID | None = None
    class_name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None
    flag: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")] | None = None
    review: ReviewState | None = None
    time_from_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    time_to_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    where: Annotated[list[Condition], Field(max_length=20)] | None = None
    include_excluded: bool = False
    include_left_out: bool = False
    unit: Literal["um", "mm"] = Field(
        default="um", description="Of lengths, areas and volumes in the file; questions are asked in µm"
    )

    def view(self) -> TableView:
        """Which columns, in which order."""
        return TableView(self.columns, self.sort, self.descending)

    def filter(self) -> ObjectFilter:
        """Which objects."""
        shared = ObjectFilter.__dataclass_fields__
        return ObjectFilter(**{name: getattr(self, name) for name in shared})


class ObjectTable(BaseModel):
    """Objects of a project as a table: one list a row, in the order of `columns`."""

    columns: list[str]
    rows: list[list[Any]]
    next_cursor: str | None


class Histogram(BaseModel):
    """Counts in bins of equal width; those of all groups are the same."""

    low: float
    high: float
    counts: list[int]


class ColumnStatistics(BaseModel):
    """A column's numbers in one group. What cannot be computed is null."""

    column: str
    n: int
    n_na: int = Field(description="Objects of which the number is not known")
    min: float | None
    q1: float | None
    median: float | None
    q3: float | None
    max: float | None
    mean: float | None
    sd: float | None = Field(description="Of the sample (n − 1)")
    whisker_low: float | None = Field(description="Lowest value within 1.5 interquartile ranges of q1")
    whisker_high: float | None = Field(description="Highest value within 1.5 interquartile ranges of q3")
    histogram: Histogram | None


class GroupStatistics(BaseModel):
    """The objects of one group."""

    group: str | float | None = Field(description="A well, a plate, a class, seconds or an image's id; null: without")
    label: str | None
    n_objects: int
    columns: list[ColumnStatistics]


class Statistics(BaseModel):
    """Numbers over a project's objects, by group."""

    group_by: GroupBy
    groups: list[GroupStatistics]
    is_complete: bool = Field(description="False: there are more groups than are told")


class ScatterPoint(BaseModel):
    """One object."""

    image_id: uuid.UUID
    frame: int
    result_id: uuid.UUID
    number: int
    group: str | float | None
    x: float
    y: float


class Scatter(BaseModel):
    """Two columns against each other: all objects, or a sample that is the same each time."""

    x: str
    y: str
    n_objects: int = Field(description="Objects of which both numbers are known")
    points: list[ScatterPoint] = Field(description="At most 5,000")
