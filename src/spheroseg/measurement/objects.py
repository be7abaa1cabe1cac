"""Outlines grouped by object: which polygons are the parts of which object, and which can be measured."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from spheroseg.geometry import Polygon, Polygons
from spheroseg.geometry.geos import all_to_geos, from_geos
from spheroseg.kernels.compilation import compiled

_UNIT_SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


class Objects(NamedTuple):
    """The outlines of one image by object.

    Attributes:
        polygons: the outlines.
        labels: (n,) int64, one an object, ascending.
        class_names: (n,) str.
        confidences: (n,) float64, the least of the object's parts, NaN where unknown.
        parts: (p,) int64, polygon numbers grouped by object.
        part_start: (n + 1,) where each object's parts begin in `parts`.
        nested: (p,) per polygon: it lies inside of another part of its own object (an island in a hole).
    """

    polygons: Polygons
    labels: NDArray[np.int64]
    class_names: NDArray[np.str_]
    confidences: NDArray[np.float64]
    parts: NDArray[np.int64]
    part_start: NDArray[np.int64]
    nested: NDArray[np.bool_]


def group_objects(polygons: Polygons) -> Objects:
    """Group outlines by label and class: a core has its spheroid's label and is an object of its own."""
    if len(set(polygons.class_names)) == 1:
        names = np.array(polygons.class_names[:1], dtype=np.str_)
        class_of = np.zeros(len(polygons), dtype=np.int64)
    else:
        names, class_of = np.unique(np.array(polygons.class_names, dtype=np.str_), return_inverse=True)
    parts = np.lexsort((class_of, polygons.labels)).astype(np.int64)
    labels, classes = polygons.labels[parts], class_of[parts]
    first = np.ones(len(parts), dtype=np.bool_)
    first[1:] = (labels[1:] != labels[:-1]) | (classes[1:] != classes[:-1])
    starts = np.flatnonzero(first)
    part_start = np.append(starts, len(parts)).astype(np.int64)
    nested = np.zeros(len(parts), dtype=np.bool_)
    if len(starts) < len(parts):
        _find_nested(polygons.vertices, polygons.vertex_start, polygons.ring_start, parts, part_start, nested)
    confidences = np.minimum.reduceat(polygons.confidences[parts], starts) if len(starts) else np.empty(0)
    return Objects(polygons, labels[starts], names[classes[starts]], confidences, parts, part_start, nested)


def measurable(polygons: Polygons) -> tuple[Polygons, NDArray[np.bool_]]:
    """Outlines that bound a definite area, whoever drew them.

    Parts of one object that overlap are joined, so that no area counts twice.

    Returns:
        the outlines, and per polygon whether it cannot be measured (it crosses or touches itself, or a coordinate is
        not finite); such a polygon is replaced by a unit square.
    """
    finite = np.ones(len(polygons), dtype=np.bool_)
    wrong = np.flatnonzero(~np.isfinite(polygons.vertices).all(axis=1))
    rings = np.searchsorted(polygons.vertex_start, wrong, side="right") - 1
    finite[np.searchsorted(polygons.ring_start, rings, side="right") - 1] = False
    if not finite.all():
        polygons, _ = _with_squares(polygons, ~finite)
    geometries = all_to_geos(polygons)
    broken = ~shapely.is_valid(geometries) | ~finite
    if broken.any():
        polygons, geometries = _with_squares(polygons, broken)
    objects = group_objects(polygons)
    joined: list[Polygon] = []
    taken = np.zeros(len(polygons), dtype=np.bool_)
    for k in np.flatnonzero(np.diff(objects.part_start) > 1):
        parts = objects.parts[objects.part_start[k] : objects.part_start[k + 1]]
        if broken[parts].any():
            broken[parts] = True
        elif shapely.union_all(geometries[parts]).area < shapely.area(geometries[parts]).sum() * (1 - 1e-12):
            taken[parts] = True
            joined += from_geos(shapely.union_all(geometries[parts]), like=polygons[int(parts[0])])
    if not joined:
        return polygons, broken
    kept = [polygon for polygon, out in zip(polygons, taken, strict=True) if not out]
    return Polygons.from_list([*kept, *joined]), np.append(broken[~taken], np.zeros(len(joined), dtype=np.bool_))


def _with_squares(polygons: Polygons, which: NDArray[np.bool_]) -> tuple[Polygons, NDArray[np.object_]]:
    replaced = Polygons.from_list(
        Polygon(_UNIT_SQUARE, (), polygon.label, polygon.class_name, polygon.confidence) if out else polygon
        for polygon, out in zip(polygons, which, strict=True)
    )
    return replaced, all_to_geos(replaced)


@compiled
def _find_nested(
    vertices: NDArray[np.float64],
    vertex_start: NDArray[np.int64],
    ring_start: NDArray[np.int64],
    parts: NDArray[np.int64],
    part_start: NDArray[np.int64],
    nested: NDArray[np.bool_],
) -> None:
    """Mark the parts that lie inside of the outer ring of another part of the same object.

    The middle of an edge decides: parts of one object share corners, never edges.
    """
    for k in range(len(part_start) - 1):
        for p in range(part_start[k], part_start[k + 1]):
            v = vertex_start[ring_start[parts[p]]]
            x, y = (vertices[v, 0] + vertices[v + 1, 0]) / 2, (vertices[v, 1] + vertices[v + 1, 1]) / 2
            for q in range(part_start[k], part_start[k + 1]):
                outer = ring_start[parts[q]]
                if q != p and ring_holds(vertices, vertex_start[outer], vertex_start[outer + 1], x, y):
                    nested[parts[p]] = True
                    break


@compiled
def ring_holds(vertices: NDArray[np.float64], start: int, stop: int, x: float, y: float) -> bool:
    """Whether a point lies inside of a ring, by the even-odd rule."""
    inside = False
    xa, ya = vertices[stop - 1, 0], vertices[stop - 1, 1]
    for v in range(start, stop):
        xb, yb = vertices[v, 0], vertices[v, 1]
        if (ya > y) != (yb > y) and x < xa + (y - ya) * (xb - xa) / (yb - ya):
            inside = not inside
        xa, ya = xb, yb
    return inside
