"""What some JSON columns hold."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator
from typing_extensions import TypedDict

from spheroseg.records import RunCard
from spheroseg.server.resources.json_object import JsonObject


class RunCardJson(TypeDecorator[RunCard]):
    """A run card; `{}` in the table, and None in rows, where nothing was outlined yet."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: RunCard | None, dialect: Dialect) -> JsonObject:  # noqa: ARG002 -- SQLAlchemy's signature
        """What the table holds."""
        return value.plain() if value else {}

    def process_result_value(self, value: JsonObject | None, dialect: Dialect) -> RunCard | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """What a row has."""
        return RunCard.model_validate(value) if value else None


Kind = Literal["number", "count", "flag", "word"]
"""A flag is 0 or 1, a word a place in a list of words."""


class MeasureColumn(TypedDict):
    """A measure of a result: its place in the list is its place in every object's row of numbers."""

    name: str
    kind: Kind
    words: NotRequired[list[str]]


Source = Literal["model", "person", "imported"]

LayoutRow = dict[str, str]
"""A well of a layout, as the person wrote it: well, compound, dose, dose_unit, cell_line, replicate, control…"""


Measures = dict[str, float | int | str | bool | None]
"""The measures of an object by name, as they are shown; None is not known."""

Columns = dict[str, str | int | float | None]
"""Where an object or a frame is from (well, field, time…), by the names of the columns of tables."""


class MeasuredObject(TypedDict):
    """An object that was checked and measured alone, after a person drew or changed it."""

    number: int
    polygons: bytes
    box: tuple[float, float, float, float]
    measures: Measures
    flags: list[str]
    """Those that its place alone decides."""


class SmartObject(TypedDict):
    """An object that was found where a person pointed."""

    polygons: bytes
    class_name: str
    confidence: float
    area_px: int


class SmartAnswer(TypedDict):
    """What was found where a person pointed, and how it was looked for."""

    objects: list[SmartObject]
    threshold: float | None
    diameter_px: float | None
    window: tuple[int, int, int, int]
    """x0, y0, x1, y1 that was looked at."""


class ExportOptions(TypedDict, total=False):
    """What a person asks of an export; without `image_ids` it is of all images."""

    image_ids: list[str] | None
    include_excluded: bool


class OfferedModel(TypedDict):
    """A model that runs may use."""

    name: str
    hash: str
    title: str
    description: str
    card: dict[str, Any]


class ExclusionRow(TypedDict):
    """What a person left out of the conclusions of a plate."""

    plate: str
    well: str
    time_h: float | None
    """None is the whole well."""
    reason: str
    by: NotRequired[str | None]
    """The id of who left it out."""
    at: NotRequired[str | None]
    """When, ISO 8601."""


class LinkRow(TypedDict):
    """What a person says of an object that is followed over time."""

    plate: str
    well: str
    time_h: float
    object: int
    """Its number in its frame."""
    track: int


class StoredObject(TypedDict):
    """An object as plain JSON, complete: what the journal holds of it."""

    number: int
    class_name: str
    polygons: str
    """Base64 of the compact outline."""
    box: list[float]
    """x_min, y_min, x_max, y_max in pixels."""
    confidence: float | None
    flags: list[str]
    measures: list[float | None]
    """In the order of the result's `MeasureColumn`s."""
    source: Source
    author_id: str | None
