"""Rounder outlines of the same area."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import shapely

from spheroseg.errors import ParameterError
from spheroseg.geometry.geos import to_geos
from spheroseg.geometry.polygons import Polygon, Ring

_SPACING_PX = 0.5  # of the points that are smoothed
_TOLERANCE_PX = 0.05  # a smoothed point closer than this to its neighbours' line is left out


def smooth(polygon: Polygon, radius_px: float = 2.0) -> Polygon:
    """Smooth every ring by a Gaussian along its length, then scale it back to its area.

    The area error is that of rounding. If smoothing would make the rings cross, half the radius is tried, and so on;
    a polygon that cannot be smoothed at all comes back as it is.

    Args:
        polygon: a valid polygon.
        radius_px: standard deviation of the Gaussian; 0 changes nothing.

    Returns:
        A valid polygon with the same label, class, confidence and number of holes.

    Raises:
        ParameterError: the radius is negative or not a number.
    """
    if not 0 <= radius_px < math.inf:
        raise ParameterError(f"a smoothing radius is 0 px or more, not {radius_px}")
    while radius_px > _SPACING_PX / 2:
        smoothed = replace(
            polygon,
            exterior=_smooth_ring(polygon.exterior, radius_px),
            holes=tuple(_smooth_ring(hole, radius_px) for hole in polygon.holes),
        )
        if to_geos(smoothed).is_valid:
            return smoothed
        radius_px /= 2
    return polygon


def _smooth_ring(ring: Ring, radius_px: float) -> Ring:
    from scipy.ndimage import gaussian_filter1d  # noqa: PLC0415 -- loads slowly

    closed = np.vstack((ring, ring[:1]))
    steps = np.hypot(*np.diff(closed, axis=0).T)
    along = np.append(0.0, np.cumsum(steps))
    n = max(int(along[-1] / _SPACING_PX), 8)
    at = np.arange(n) * along[-1] / n
    points = np.column_stack([np.interp(at, along, closed[:, axis]) for axis in (0, 1)])
    # a small ring would collapse to a point: the filter sees at most a quarter of a turn
    sigma = min(radius_px, along[-1] / 16) * n / along[-1]
    points = gaussian_filter1d(points, sigma, axis=0, mode="wrap")
    simpler = shapely.simplify(shapely.LinearRing(points), _TOLERANCE_PX)
    points = np.asarray(simpler.coords)[:-1]
    before, after = shapely.Polygon(ring), shapely.Polygon(points)
    centre = np.asarray(after.centroid.coords)
    scaled: Ring = centre + (points - centre) * math.sqrt(before.area / after.area)
    return scaled
