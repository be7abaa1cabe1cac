"""What travels between the service and the compute child that analyses plates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, final

from spheroseg.server.tables.json_columns import ExclusionRow, LayoutRow, LinkRow


@final
class Refusal(TypedDict):
    """Why there is no answer, as a sentence."""

    error: str


@final
class LayoutRead(TypedDict):
    """The wells that a text names."""

    wells: list[LayoutRow]
    notes: list[str]


@final
class LayoutChecked(TypedDict):
    """What of a layout a person should know, and its exclusions and links with wells as they are written here."""

    notes: list[str]
    exclusions: list[ExclusionRow]
    links: list[LinkRow]


@final
class Drawn(TypedDict):
    """A group of the conclusions as JSON in parts, see `answer.pack`."""

    answer: bytes


@final
class Lacks(TypedDict):
    """What the child has to be told before it can answer: "everything" or "frames"."""

    lacks: str


@final
class TracksMade(TypedDict):
    """Each object of a well over time, as JSON (`schemas.WellTracks`)."""

    json: bytes


@final
class Draft(TypedDict):
    """The conclusions for `analysis_report`, and (plate and well, image) of its small pictures."""

    draft: bytes
    images: list[tuple[str, str]]


class Picture(TypedDict):
    """A small picture for a report's montage, what its outlines' coordinates are to be divided by, and these."""

    well: str
    content: bytes
    scale: float
    polygons: list[bytes]


class NamedExclusion(TypedDict):
    """What a person left out, with the person's name or ""."""

    plate: str
    well: str
    time_h: float | None
    reason: str
    by: str


class FailedImage(TypedDict):
    """An image that could not be read or outlined, and why."""

    plate: str
    well: str
    time_h: float | None
    image: str
    name: str
    error: str


class Inputs(TypedDict):
    """What conclusions rest on.

    Attributes:
        frames: sums of each frame by column, or what `held_frames.table_of` takes; None where objects are needed.
        objects: sizes of all objects by column; None where the sums will do.
        blank: frames without an object, where objects are needed.
        failed: images that could not be read or outlined.
        wells, exclusions: the layout.
        view: of `schemas.AnalysisView`.
    """

    frames: Mapping[str, Any] | None
    objects: Mapping[str, list[Any]] | None
    blank: list[dict[str, str | float | None]]
    failed: list[FailedImage]
    wells: list[LayoutRow]
    exclusions: list[NamedExclusion]
    view: Mapping[str, Any]
