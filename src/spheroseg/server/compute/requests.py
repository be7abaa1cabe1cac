"""What the service tells its compute children: plain values without pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple


class FrameJob(NamedTuple):
    """One frame to outline or measure.

    Attributes:
        model_name: a shipped model's name, or "classical".
        parameters: diameter_um, diameter_px, threshold, accurate, channel, z: what was given, the rest has defaults.
        series: of the file.
        frame: time point.
        pixel_size_um: (y, x) that counts, whatever the file says; None: lengths are in pixels.
        region: "filled", "net", or "core": the dense core of each object is outlined and measured.
        axes: what a person said the file's pages are, or None.
        pixel_size_source: "project", or what the image says of its own; for the run card. None where there is none.
    """

    model_name: str
    parameters: Mapping[str, Any]
    series: int
    frame: int
    pixel_size_um: tuple[float, float] | None
    region: str
    axes: str | None = None
    pixel_size_source: str | None = None

    @property
    def measured_as(self) -> dict[str, str | None]:
        """What the run card says of how the objects are measured, beside what the library writes into it."""
        return {"region": self.region, "pixel_size_source": self.pixel_size_source}


class ObjectInput(NamedTuple):
    """One object of a frame that is being edited.

    Attributes:
        number: in its frame.
        class_name: "spheroid", "cell", …
        parts: rings as (n, 2) arrays where it was drawn just now, else None.
        polygons: bytes where it is one that is stored, see `outlines`.
    """

    number: int
    class_name: str
    parts: list[list[Any]] | None
    polygons: bytes


class Pointed(NamedTuple):
    """A point or a box of an image, and how to look at it.

    Attributes:
        point: (x, y) in pixels, or None.
        box: (x0, y0, x1, y1) in pixels, or None; one of the two is there.
        diameter_px: of the objects, or None: from the box, or estimated around the point.
        threshold: between 0 and 1, or None: the model's own.
    """

    point: tuple[float, float] | None
    box: tuple[float, float, float, float] | None
    diameter_px: float | None
    threshold: float | None

    @property
    def middle(self) -> tuple[float, float]:
        """The point, or the middle of the box."""
        if self.point is not None:
            return self.point
        assert self.box is not None
        x0, y0, x1, y1 = self.box
        return (x0 + x1) / 2, (y0 + y1) / 2


_MAX_LEVEL = 20


class View(NamedTuple):
    """How a channel is shown: raw values that become black and white, and the colour of white ("rrggbb")."""

    channel: int
    black: float
    white: float
    colour: str


class TileRequest(NamedTuple):
    """One tile to render.

    Attributes:
        level: 0 is full resolution, each next half of it.
        column: from the left.
        row: from the top.
        frame: time point.
        z: slice, or "max" for the maximum projection.
        views: channels to show; with `is_raw` only the first one's channel counts.
        size_px: side of a tile.
        is_raw: raw values instead of a picture.
    """

    level: int
    column: int
    row: int
    frame: int
    z: int | Literal["max"]
    views: tuple[View, ...]
    size_px: int
    is_raw: bool = False

    def lies_in(self, height: int, width: int) -> bool:
        """Whether an image of this size has the tile."""
        if not 0 <= self.level <= _MAX_LEVEL or self.column < 0 or self.row < 0:
            return False
        side = self.size_px << self.level
        return self.column * side < width and self.row * side < height
