"""What the service tells its compute children: plain values without pixels."""

from __future__ import annotations

from typing import Any, NamedTuple


class FrameJob(NamedTuple):
    """One frame to outline or measure.

    Attributes:
        model_name: a shipped model's name, or "classical".
        parameters: diameter_um, diameter_px, threshold, accurate, channel, z: what was given, the rest has defaults.
        series: of the file.
        frame: time point.
        pixel_size_um: (y, x) that overrides the file's, or None.
        region: "filled", "net", or "core": the dense core of each object is outlined and measured.
    """

    model_name: str
    parameters: dict[str, Any]
    series: int
    frame: int
    pixel_size_um: tuple[float, float] | None
    region: str


class DrawnObject(NamedTuple):
    """One object of a frame that is being edited.

    Attributes:
        number: in its frame.
        class_name: "spheroid", "cell", …
        parts: rings as (n, 2) arrays where it was drawn just now, else None.
        polygons: bytes where it is one that is kept, see `outlines`.
    """

    number: int
    class_name: str
    parts: list[list[Any]] | None
    polygons: bytes
