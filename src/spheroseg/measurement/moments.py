"""Exact integrals over the area that a ring bounds (Green's theorem), and the ellipse that they define."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spheroseg.kernels.compilation import compiled

# a disc on a grid has equal axes up to rounding; a difference below this share of their mean is no direction
ISOTROPIC = 1e-9


@compiled
def ring_integrals(
    vertices: NDArray[np.float64], start: int, stop: int, origin: tuple[float, float], scale: tuple[float, float]
) -> tuple[float, float, float, float, float, float]:
    """∫1, ∫x, ∫y, ∫x², ∫xy, ∫y² over the area of a ring, whichever way it is walked.

    Args:
        vertices: (v, 2) (x, y) in px.
        start: first vertex of the ring.
        stop: one past its last vertex.
        origin: (x, y) in px near the ring: squares of large coordinates would cost digits.
        scale: (x, y) length of a pixel.

    Returns:
        The integrals in the scaled unit, relative to the origin; area ≥ 0.
    """
    area, mx, my, mxx, mxy, myy = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    xa = (vertices[stop - 1, 0] - origin[0]) * scale[0]
    ya = (vertices[stop - 1, 1] - origin[1]) * scale[1]
    for v in range(start, stop):
        xb = (vertices[v, 0] - origin[0]) * scale[0]
        yb = (vertices[v, 1] - origin[1]) * scale[1]
        cross = xa * yb - xb * ya
        area += cross
        mx += (xa + xb) * cross
        my += (ya + yb) * cross
        mxx += (xa * xa + xa * xb + xb * xb) * cross
        mxy += (2 * xa * ya + xa * yb + xb * ya + 2 * xb * yb) * cross
        myy += (ya * ya + ya * yb + yb * yb) * cross
        xa, ya = xb, yb
    sign = 1.0 if area >= 0 else -1.0
    return sign * area / 2, sign * mx / 6, sign * my / 6, sign * mxx / 12, sign * mxy / 24, sign * myy / 12


@compiled
def ellipse_axes(area: float, mu_xx: float, mu_xy: float, mu_yy: float) -> tuple[float, float, float]:
    """Major axis, minor axis and orientation of the ellipse with an area and the ratio of second moments.

    Args:
        area: of the region.
        mu_xx: ∫(x − x̄)² over the region, divided by its area; likewise mu_xy and mu_yy, y downwards.
        mu_xy: mixed moment.
        mu_yy: second moment along y.

    Returns:
        major ≥ minor, full lengths; degrees from +x, counter-clockwise on the screen, in [0, 180), NaN where
        both axes are equal.
    """
    mean = (mu_xx + mu_yy) / 2
    difference = math.hypot((mu_xx - mu_yy) / 2, mu_xy)
    large = mean + difference
    small = max(mu_xx * mu_yy - mu_xy * mu_xy, 0.0) / large
    ratio = max(math.sqrt(math.sqrt(large / small)), 1.0)  # rounding may put equal axes the wrong way round
    diameter = math.sqrt(4 * area / math.pi)
    orientation = math.nan
    if difference > ISOTROPIC * mean:
        orientation = math.degrees(math.atan2(-2 * mu_xy, mu_xx - mu_yy) / 2) % 180.0
        if orientation > 180.0 - 1e-9:  # rounding turns a horizontal axis by a hair: 0° and 180° are the same
            orientation = 0.0
    return diameter * ratio, diameter / ratio, orientation
