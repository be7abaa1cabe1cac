"""Convex hull of a point set, and the diameters that follow from it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spheroseg.kernels.compilation import compiled

TIE = 1e-12  # squared diameters whose difference is a smaller share are equal: it is rounding
FLAT = 1e-14  # a point nearer to a chord than this share of the products whose difference is its distance is on it
MOST_TIES = 32  # a drawn circle has as many equal diameters as corners; those beyond this number are not looked at


@compiled
def convex_hull(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners of the convex hull by quickhull: no sorting, and any number of parts.

    Args:
        points: (n, 2) (x, y), n ≥ 1; reordered in place.

    Returns:
        (m, 2) corners in order along the hull: one for a single place, two for a line.
    """
    n = len(points)
    left, right = 0, 0
    for k in range(n):
        x, y = points[k, 0], points[k, 1]
        if x < points[left, 0] or (x == points[left, 0] and y < points[left, 1]):
            left = k
        if x > points[right, 0] or (x == points[right, 0] and y > points[right, 1]):
            right = k
    hull = np.empty((n + 1, 2), np.float64)
    xa, ya, xb, yb = points[left, 0], points[left, 1], points[right, 0], points[right, 1]
    hull[0, 0], hull[0, 1] = xa, ya
    if xa == xb and ya == yb:
        return hull[:1]
    size = 1
    # stretches of hull that wait, the last comes first: the range of points beyond its chord, the farthest of them
    # (−1 where none is beyond) and the corner at which it ends
    ranges = np.empty((n + 2, 3), np.int64)
    ends = np.empty((n + 2, 2), np.float64)
    upper, far = _beyond(points, 0, n, (xa, ya, xb, yb))
    lower, other = _beyond(points, upper, n, (xb, yb, xa, ya))
    _wait(ranges, ends, 0, (upper, lower, other), (xa, ya))
    _wait(ranges, ends, 1, (0, upper, far), (xb, yb))
    depth = 2
    while depth > 0:
        depth -= 1
        first, last, far = ranges[depth, 0], ranges[depth, 1], ranges[depth, 2]
        xb, yb = ends[depth, 0], ends[depth, 1]
        if far < 0:
            hull[size, 0], hull[size, 1] = xb, yb
            size += 1
            continue
        xa, ya, xf, yf = hull[size - 1, 0], hull[size - 1, 1], points[far, 0], points[far, 1]
        middle, before = _beyond(points, first, last, (xa, ya, xf, yf))
        stop, behind = _beyond(points, middle, last, (xf, yf, xb, yb))
        _wait(ranges, ends, depth, (middle, stop, behind), (xb, yb))
        _wait(ranges, ends, depth + 1, (first, middle, before), (xf, yf))
        depth += 2
    return hull[: size - 1]  # the last stretch ends where the first begins


@compiled
def _wait(
    ranges: NDArray[np.int64],
    ends: NDArray[np.float64],
    at: int,
    points: tuple[int, int, int],
    end: tuple[float, float],
) -> None:
    ranges[at, 0], ranges[at, 1], ranges[at, 2] = points[0], points[1], points[2]
    ends[at, 0], ends[at, 1] = end[0], end[1]


@compiled
def _beyond(
    points: NDArray[np.float64], start: int, stop: int, chord: tuple[float, float, float, float]
) -> tuple[int, int]:
    """Move the points of a range that lie to the left of a chord to its front; where they end, and the farthest.

    Points on the chord but for rounding stay: taken as corners they came in any order, and the hull ran back and forth.
    """
    xa, ya, xb, yb = chord
    ex, ey = xb - xa, yb - ya
    front, far, farthest = start, -1, 0.0
    for k in range(start, stop):
        x, y = points[k, 0], points[k, 1]
        along, across = ex * (y - ya), ey * (x - xa)
        distance = along - across
        if distance > FLAT * (abs(along) + abs(across)):
            if distance > farthest:
                far, farthest = front, distance
            points[k, 0], points[k, 1] = points[front, 0], points[front, 1]
            points[front, 0], points[front, 1] = x, y
            front += 1
    return front, far


@compiled
def hull_area_and_perimeter(hull: NDArray[np.float64]) -> tuple[float, float]:
    """Area and length of a convex ring; a line has no area and is walked there and back."""
    area, length = 0.0, 0.0
    last = len(hull) - 1
    for k in range(len(hull)):
        # relative to a corner: large coordinates would cost digits
        xa, ya = hull[last, 0] - hull[0, 0], hull[last, 1] - hull[0, 1]
        xb, yb = hull[k, 0] - hull[0, 0], hull[k, 1] - hull[0, 1]
        area += xa * yb - xb * ya
        length += math.sqrt((xb - xa) * (xb - xa) + (yb - ya) * (yb - ya))
        last = k
    return abs(area) / 2, length


@compiled
def feret_diameters(hull: NDArray[np.float64]) -> tuple[float, float, float]:
    """Largest diameter, least width, and the width across the largest diameter, by rotating calipers.

    Args:
        hull: (m, 2) corners as `convex_hull` orders them, at any scale.

    Returns:
        feret_max, feret_min, feret_perpendicular; among equal largest diameters the least perpendicular width.
    """
    m = len(hull)
    if m < 3:
        return math.hypot(hull[m - 1, 0] - hull[0, 0], hull[m - 1, 1] - hull[0, 1]), 0.0, 0.0
    # corners that two parallel lines can hold between them: per edge its ends with each corner that is met
    # while the far line moves on, and the corner after it, because opposite edges can be parallel
    opposite = np.empty((6 * m, 3), np.float64)
    n = 0
    least = math.inf
    far = 1
    for k in range(m):
        following = k + 1 if k + 1 < m else 0
        x, y = hull[k, 0], hull[k, 1]
        ex, ey = hull[following, 0] - x, hull[following, 1] - y
        height = ey * (hull[far, 0] - x) - ex * (hull[far, 1] - y)
        for _ in range(m):
            n = _add_pair(opposite, n, hull, k, following, far)
            beyond = far + 1 if far + 1 < m else 0
            higher = ey * (hull[beyond, 0] - x) - ex * (hull[beyond, 1] - y)
            if higher <= height:
                n = _add_pair(opposite, n, hull, k, following, beyond)
                break
            far, height = beyond, higher
        least = min(least, height / math.sqrt(ex * ex + ey * ey))
    longest = 0.0
    for pair in range(n):
        longest = max(longest, opposite[pair, 2])
    across = math.inf
    n_ties = 0
    for pair in range(n):
        if opposite[pair, 2] < longest * (1 - TIE) or n_ties == MOST_TIES:
            continue
        n_ties += 1
        dx, dy = opposite[pair, 0], opposite[pair, 1]
        low, high = math.inf, -math.inf
        for k in range(m):
            side = hull[k, 1] * dx - hull[k, 0] * dy
            low, high = min(low, side), max(high, side)
        across = min(across, high - low)
    largest = math.sqrt(longest)
    return largest, least, across / largest


@compiled
def _add_pair(pairs: NDArray[np.float64], n: int, hull: NDArray[np.float64], a: int, b: int, far: int) -> int:
    """Append the differences and squared distances of two corners to a third."""
    for corner in (a, b):
        if n < len(pairs):
            dx, dy = hull[far, 0] - hull[corner, 0], hull[far, 1] - hull[corner, 1]
            pairs[n, 0], pairs[n, 1], pairs[n, 2] = dx, dy, dx * dx + dy * dy
            n += 1
    return n
