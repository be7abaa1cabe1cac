"""What a person does to outlines: join, subtract, cut, fill, move, smooth. GEOS computes.

Every function takes valid polygons (`repair` makes them so), returns new valid ones and changes none. Results carry
the label, class and confidence of the first polygon given; who needs new labels gives them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from spheroseg.errors import GeometryError, ParameterError
from spheroseg.geometry.geos import from_geos, to_geos
from spheroseg.geometry.polygons import Polygon, Polygons, Ring
from spheroseg.geometry.simplify import simplify as simplify_all
from spheroseg.geometry.smooth import smooth as smooth_one

_SLIVER_PX2 = 1e-9  # pieces below this are rounding of a cut through a vertex
_NOTHING_PX = 1e-9  # with a coordinate like 1e-311 the slope of an edge overflows in GEOS, and a piece would be lost


def union(polygons: Sequence[Polygon]) -> list[Polygon]:
    """Join polygons; those that do not overlap or share an edge stay separate parts.

    Raises:
        GeometryError: there is none, or one is invalid.
    """
    if not polygons:
        raise GeometryError("there is no outline to join")
    return _largest_first(shapely.union_all([_valid(polygon) for polygon in polygons]), polygons[0])


def subtract(polygon: Polygon, others: Sequence[Polygon]) -> list[Polygon]:
    """What of a polygon lies in none of the others; an empty list where nothing is left.

    Raises:
        GeometryError: a polygon is invalid.
    """
    cover = shapely.union_all([_valid(other) for other in others])
    return _largest_first(shapely.difference(_valid(polygon), cover), polygon)


def intersect(polygon: Polygon, other: Polygon) -> list[Polygon]:
    """What two polygons have in common; an empty list where that has no area.

    Raises:
        GeometryError: a polygon is invalid.
    """
    return _largest_first(shapely.intersection(_valid(polygon), _valid(other)), polygon)


def split(polygon: Polygon, line: Ring) -> list[Polygon]:
    """Cut a polygon along a line with any number of corners and crossings.

    The line cuts where it separates: from edge to edge, or along a loop of its own. An end that stops inside of the
    polygon cuts nothing, nor does a line that only joins the outer ring to a hole. Holes stay with the piece that
    they lie in; a hole on the line becomes a bay of both pieces.

    Args:
        polygon: the polygon.
        line: (n, 2) points (x, y), n ≥ 2.

    Returns:
        The pieces, largest first; together exactly the polygon's area. One piece where nothing was separated.

    Raises:
        GeometryError: the polygon is invalid.
        ParameterError: the line has fewer than two different points, or one that is not finite.
    """
    points = np.asarray(line, dtype=np.float64)
    points = np.where(np.abs(points) < _NOTHING_PX, 0, points)
    if points.ndim != 2 or points.shape[1] != 2 or len(np.unique(points, axis=0)) < 2:
        raise ParameterError("a cutting line is an (n, 2) array of two or more different points")
    if not np.isfinite(points).all():
        raise ParameterError("a cutting line has a point that is not a finite number")
    whole = _valid(polygon)
    shapely.prepare(whole)
    network = shapely.union_all([whole.boundary, shapely.LineString(points)])
    faces = shapely.get_parts(shapely.polygonize([network]))
    inside = [
        face for face in faces if face.area > _SLIVER_PX2 and shapely.contains(whole, shapely.point_on_surface(face))
    ]
    pieces = [piece for face in inside for piece in from_geos(face, like=polygon)]
    return sorted(pieces, key=_area, reverse=True) if len(pieces) > 1 else [polygon]


def fill_holes(polygon: Polygon, point: tuple[float, float] | None = None) -> list[Polygon]:
    """Fill the hole that a point (x, y) lies in, or every hole.

    Raises:
        GeometryError: there is no hole at that point.
    """
    if point is None:
        return [replace(polygon, holes=())]
    kept = tuple(hole for hole in polygon.holes if not shapely.Polygon(hole).covers(shapely.Point(point)))
    if len(kept) == len(polygon.holes):
        raise GeometryError(f"there is no hole at ({point[0]:g}, {point[1]:g})")
    return [replace(polygon, holes=kept)]


def add_hole(polygon: Polygon, ring: Ring) -> list[Polygon]:
    """Cut a hole; a ring that reaches over the edge cuts a bay, one that crosses the polygon divides it.

    Raises:
        GeometryError: the polygon or the ring is invalid, or the ring lies outside of the polygon.
    """
    hole = Polygon(np.asarray(ring, dtype=np.float64))
    whole, cut = _valid(polygon), _valid(hole)
    if shapely.intersection(whole, cut).area == 0:
        raise GeometryError("the hole lies outside of the outline")
    return _largest_first(shapely.difference(whole, cut), polygon)


def move(polygon: Polygon, dx: float, dy: float) -> list[Polygon]:
    """Shift a polygon by (dx, dy) px.

    Raises:
        ParameterError: a shift is not a finite number.
    """
    if not (math.isfinite(dx) and math.isfinite(dy)):
        raise ParameterError(f"an outline cannot be moved by ({dx}, {dy})")
    step = np.array([dx, dy], dtype=np.float64)
    return [replace(polygon, exterior=polygon.exterior + step, holes=tuple(hole + step for hole in polygon.holes))]


def smooth(polygon: Polygon, radius_px: float = 2.0) -> list[Polygon]:
    """Round the outline; the area stays (see `area_error`).

    Raises:
        GeometryError: the polygon is invalid.
        ParameterError: the radius is negative or not a number.
    """
    _valid(polygon)
    return [smooth_one(polygon, radius_px)]


def simplify(polygon: Polygon, max_area_error: float = 0.001, *, max_distance_px: float = 1.5) -> list[Polygon]:
    """Leave out vertices; the area changes by no more than the stated share (see `area_error`).

    Raises:
        GeometryError: the polygon is invalid.
        ParameterError: an error or a distance is negative or not a number.
    """
    _valid(polygon)
    return list(simplify_all(Polygons.from_list([polygon]), max_area_error, max_distance_px=max_distance_px))


def area_error(before: Sequence[Polygon], after: Sequence[Polygon]) -> float:
    """Relative change of the area, holes subtracted: 0.01 means that the new outlines are 1 % larger.

    Raises:
        GeometryError: the first outlines have no area.
    """
    old = sum(_area(polygon) for polygon in before)
    if old <= 0:
        raise GeometryError("outlines without area have no area error")
    return (sum(_area(polygon) for polygon in after) - old) / old


def _valid(polygon: Polygon) -> shapely.Polygon:
    geometry = to_geos(polygon)
    if not geometry.is_valid:
        raise GeometryError(f"the outline of object {polygon.label} is invalid: {shapely.is_valid_reason(geometry)}")
    return geometry


def _area(polygon: Polygon) -> float:
    return float(to_geos(polygon).area)


def _largest_first(geometry: shapely.Geometry, like: Polygon) -> list[Polygon]:
    pieces = [piece for piece in from_geos(geometry, like=like) if _area(piece) > _SLIVER_PX2]
    return sorted(pieces, key=_area, reverse=True)
