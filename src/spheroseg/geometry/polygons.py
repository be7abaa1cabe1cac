"""Outlines as values: one polygon, and many of them in flat arrays.

Coordinates are (x, y) on pixel edges: the pixel in column x and row y is the square (x, y)–(x+1, y+1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import GeometryError

Ring = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Polygon:
    """One outline: an outer ring and any number of holes.

    Attributes:
        exterior: (n, 2) float64 vertices (x, y), n ≥ 3, not closed (the first vertex is not repeated);
            positive shoelace area in image coordinates (clockwise on the screen).
        holes: rings of the same kind with negative shoelace area.
        label: the object that this outline belongs to, ≥ 1. An object of several separate parts has
            several polygons with one label.
        class_name: "spheroid", "core", "cell", …
        confidence: 0…1, or None where nobody knows (drawn by hand, read from a mask).
    """

    exterior: Ring
    holes: tuple[Ring, ...] = ()
    label: int = 1
    class_name: str = "spheroid"
    confidence: float | None = None

    def __post_init__(self) -> None:
        for ring in (self.exterior, *self.holes):
            if ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 3:
                raise GeometryError(f"a ring is an (n, 2) array with n ≥ 3; this one's shape is {ring.shape}")

    @property
    def rings(self) -> tuple[Ring, ...]:
        """The outer ring, then the holes."""
        return (self.exterior, *self.holes)


@dataclass(frozen=True, slots=True, eq=False)
class Polygons(Sequence[Polygon]):
    """Many outlines of one image in flat arrays: what the kernels read and write.

    Polygon i has the rings `ring_start[i] : ring_start[i+1]`, the first of which is its outer ring; ring r
    has the vertices `vertex_start[r] : vertex_start[r+1]`.

    Attributes:
        vertices: (v, 2) float64 (x, y).
        vertex_start: (r + 1,) int64.
        ring_start: (p + 1,) int64.
        labels: (p,) int64.
        class_names: one a polygon.
        confidences: (p,) float64, NaN where unknown.
    """

    vertices: NDArray[np.float64]
    vertex_start: NDArray[np.int64]
    ring_start: NDArray[np.int64]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    confidences: NDArray[np.float64]

    @classmethod
    def from_list(cls, polygons: Iterable[Polygon]) -> Polygons:
        """Pack polygons into flat arrays."""
        items = list(polygons)
        rings = [ring for polygon in items for ring in polygon.rings]
        return cls(
            vertices=np.concatenate(rings).astype(np.float64) if rings else np.empty((0, 2)),
            vertex_start=_offsets(len(ring) for ring in rings),
            ring_start=_offsets(len(polygon.rings) for polygon in items),
            labels=np.array([polygon.label for polygon in items], dtype=np.int64),
            class_names=tuple(polygon.class_name for polygon in items),
            confidences=np.array(
                [np.nan if polygon.confidence is None else polygon.confidence for polygon in items], dtype=np.float64
            ),
        )

    def __len__(self) -> int:
        return len(self.labels)

    @overload
    def __getitem__(self, index: int) -> Polygon: ...
    @overload
    def __getitem__(self, index: slice) -> Polygons: ...
    def __getitem__(self, index: int | slice) -> Polygon | Polygons:
        if isinstance(index, slice):
            return Polygons.from_list(self[i] for i in range(*index.indices(len(self))))
        i = range(len(self))[index]
        first, last = int(self.ring_start[i]), int(self.ring_start[i + 1])
        rings = tuple(
            self.vertices[int(self.vertex_start[r]) : int(self.vertex_start[r + 1])] for r in range(first, last)
        )
        confidence = float(self.confidences[i])
        return Polygon(
            exterior=rings[0],
            holes=rings[1:],
            label=int(self.labels[i]),
            class_name=self.class_names[i],
            confidence=None if np.isnan(confidence) else confidence,
        )

    def __iter__(self) -> Iterator[Polygon]:
        return (self[i] for i in range(len(self)))


def _offsets(lengths: Iterable[int]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(list(lengths), dtype=np.int64))).astype(np.int64)
