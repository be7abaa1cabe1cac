"""Fewer vertices within a stated area error."""

from __future__ import annotations

import numpy as np
import shapely

from spheroseg.errors import ParameterError
from spheroseg.geometry.geos import all_to_geos, from_geos
from spheroseg.geometry.polygons import Polygon, Polygons

_STEPS = (1.0, 0.75, 0.5, 0.35, 0.25, 0.15, 0.0)  # shares of the distance that are tried, largest first


def simplify(polygons: Polygons, max_area_error: float = 0.001, *, max_distance_px: float = 1.5) -> Polygons:
    """Leave out vertices where the outline and its area hardly change; for display, never for measuring.

    Each polygon gets the largest distance (Douglas–Peucker, Ramer) at which its area, holes subtracted, changes by no
    more than the stated share; a small object that any change would falsify keeps all its corners. Valid polygons
    stay valid and keep their holes.

    Args:
        polygons: valid outlines.
        max_area_error: largest relative change of a polygon's area, 0…1.
        max_distance_px: largest distance of a vertex that is left out from the new outline.

    Returns:
        As many polygons in the same order, with the same labels, classes and confidences.

    Raises:
        ParameterError: an error or a distance is negative or not a number.
    """
    if not 0 <= max_area_error <= 1:
        raise ParameterError(f"an area error is a share from 0 to 1, not {max_area_error}")
    if not 0 <= max_distance_px < np.inf:
        raise ParameterError(f"a distance is 0 px or more, not {max_distance_px}")
    if len(polygons) == 0:
        return polygons
    exact = all_to_geos(polygons)
    area = shapely.area(exact)
    n_holes = shapely.get_num_interior_rings(exact)
    result = exact.copy()
    waiting = np.ones(len(exact), dtype=np.bool_)
    for share in _STEPS:
        tried = shapely.simplify(exact[waiting], share * max_distance_px, preserve_topology=True)
        fits = (
            (np.abs(shapely.area(tried) - area[waiting]) <= max_area_error * area[waiting])
            & shapely.is_valid(tried)
            & (shapely.get_num_interior_rings(tried) == n_holes[waiting])
        )
        numbers = np.flatnonzero(waiting)[fits]
        result[numbers] = tried[fits]
        waiting[numbers] = False
        if not waiting.any():
            break
    return Polygons.from_list(
        part
        for polygon, geometry in zip(_attributes(polygons), result, strict=True)
        for part in from_geos(geometry, like=polygon)
    )


def _attributes(polygons: Polygons) -> list[Polygon]:
    """Label, class and confidence of each polygon on a ring that nobody looks at."""
    ring = np.zeros((3, 2))
    return [
        Polygon(ring, (), int(label), name, None if np.isnan(confidence) else float(confidence))
        for label, name, confidence in zip(polygons.labels, polygons.class_names, polygons.confidences, strict=True)
    ]
