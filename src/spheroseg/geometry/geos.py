"""Polygons ↔ GEOS geometries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from spheroseg.geometry.polygons import Polygon, Polygons, Ring


def to_geos(polygon: Polygon) -> shapely.Polygon:
    """One polygon as a GEOS geometry, valid or not."""
    return shapely.Polygon(polygon.exterior, polygon.holes)


def all_to_geos(polygons: Polygons) -> NDArray[Any]:
    """Every polygon as a GEOS geometry.

    Returns:
        (p,) array of shapely polygons; coordinates have to be finite.
    """
    if len(polygons) == 0:
        return np.empty(0, dtype=object)
    ring_of_vertex = np.repeat(np.arange(len(polygons.vertex_start) - 1), np.diff(polygons.vertex_start))
    rings: NDArray[Any] = np.asarray(shapely.linearrings(polygons.vertices, indices=ring_of_vertex))
    polygon_of_ring = np.repeat(np.arange(len(polygons)), np.diff(polygons.ring_start))
    geometries: NDArray[Any] = np.asarray(shapely.polygons(rings, indices=polygon_of_ring))
    return geometries


def from_geos(geometry: shapely.Geometry, like: Polygon) -> list[Polygon]:
    """The areas of a geometry as polygons with the label, class and confidence of another one.

    Lines and points, which have no area, are left out. Outer rings come out with positive shoelace area, holes with
    negative.
    """
    return [
        Polygon(
            exterior=_ring(part.exterior, sign=1),
            holes=tuple(_ring(hole, sign=-1) for hole in part.interiors),
            label=like.label,
            class_name=like.class_name,
            confidence=like.confidence,
        )
        for part in _areas(geometry)
    ]


def _areas(geometry: shapely.Geometry) -> Iterator[shapely.Polygon]:
    if isinstance(geometry, shapely.Polygon):
        if not geometry.is_empty:
            yield geometry
    elif isinstance(geometry, (shapely.MultiPolygon, shapely.GeometryCollection)):
        for part in geometry.geoms:
            yield from _areas(part)


def _ring(ring: shapely.LinearRing, sign: int) -> Ring:
    points: Ring = np.asarray(ring.coords, dtype=np.float64)[:-1, :2]
    return points if ring.is_ccw == (sign > 0) else points[::-1].copy()
