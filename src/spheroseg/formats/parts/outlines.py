"""The points of a file → valid outlines within the image, with a note on each that was repaired, cut off or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from spheroseg.errors import GeometryError
from spheroseg.formats.dataset import Report
from spheroseg.formats.parts.numbering import Identity
from spheroseg.geometry import Polygon, repair
from spheroseg.geometry.geos import from_geos, to_geos

# beyond the image by less than this is the rounding of a file, not an outline that leaves the image
EDGE_TOLERANCE_PX = 0.01


class OutlineReader:
    """Turns the points of one image's outlines into valid polygons within the image, and reports what it did.

    Args:
        shape: (height, width) of the image, or None where nobody knows it: then nothing is cut off.
        report: gets a note for each outline that was repaired, cut off or refused.
    """

    def __init__(self, shape: tuple[int, int] | None, report: Report) -> None:
        self._shape = shape
        self.report = report

    def polygons(self, rings: Sequence[Any], identity: Identity, where: str) -> list[Polygon]:
        """The polygons of one outer ring and its holes.

        Args:
            rings: point lists (n, 2) as (x, y) on pixel edges, closed or not, in any orientation; the first is the
                outer ring.
            identity: what the outline stands for.
            where: for the notes.

        Returns:
            Usually one polygon; several where a repair or the image's edge cut it; none where it was refused.
        """
        try:
            clean = [_ring(ring) for ring in rings]
            polygon = Polygon(
                _oriented(clean[0], 1.0),
                tuple(_oriented(hole, -1.0) for hole in clean[1:]),
                identity.label,
                identity.class_name,
                identity.confidence,
            )
            parts = self._valid(polygon, where)
        except GeometryError as error:
            self.report.add("refused", where, str(error))
            return []
        return self._within(parts, where)

    def _valid(self, polygon: Polygon, where: str) -> list[Polygon]:
        if shapely.is_valid(to_geos(polygon)):
            return [polygon]
        parts, notes = repair(polygon)
        for note in notes:
            self.report.add("repaired", where, note)
        return parts

    def _within(self, parts: list[Polygon], where: str) -> list[Polygon]:
        if self._shape is None or not parts:
            return parts
        height, width = self._shape
        points = np.concatenate([part.exterior for part in parts])
        low, high = points.min(axis=0), points.max(axis=0)
        if (low >= 0).all() and high[0] <= width and high[1] <= height:
            return parts
        limit = np.array([width, height], dtype=np.float64)
        if (low >= -EDGE_TOLERANCE_PX).all() and (high <= limit + EDGE_TOLERANCE_PX).all():
            return [_clipped(part, limit) for part in parts]
        frame = shapely.box(0, 0, width, height)
        inside = [piece for part in parts for piece in from_geos(to_geos(part).intersection(frame), part)]
        if inside:
            self.report.add(
                "repaired", where, f"reached out of the image of {width} × {height} px and was cut off at its edge"
            )
        else:
            self.report.add("refused", where, f"lies outside of the image of {width} × {height} px")
        return inside


def signed_area(ring: NDArray[np.float64]) -> float:
    """Shoelace area; positive for an outer ring, in pixels²."""
    x, y = ring[:, 0], ring[:, 1]
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def _ring(points: Any) -> NDArray[np.float64]:  # noqa: ANN401 -- what a file holds is not known before it is looked at
    try:
        ring = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise GeometryError("its points are not numbers") from None
    if ring.ndim != 2 or ring.shape[1] < 2:
        raise GeometryError("its points are not pairs of x and y")
    ring = ring[:, :2]
    if not np.isfinite(ring).all():
        raise GeometryError("a coordinate is not a finite number")
    ring = ring[(ring != np.roll(ring, 1, axis=0)).any(axis=1)] if len(ring) else ring
    if len(ring) < 3:
        raise GeometryError("fewer than three different points make no outline")
    return ring


def _oriented(ring: NDArray[np.float64], sign: float) -> NDArray[np.float64]:
    return ring if signed_area(ring) * sign >= 0 else ring[::-1]


def _clipped(polygon: Polygon, limit: NDArray[np.float64]) -> Polygon:
    return replace(
        polygon,
        exterior=np.clip(polygon.exterior, 0, limit),
        holes=tuple(np.clip(hole, 0, limit) for hole in polygon.holes),
    )
