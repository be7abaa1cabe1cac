"""Convex hull of a point set, and the diameters that follow from it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spheroseg.geometry.jit import compiled

TIE = 1e-12  # diameters that differ by less are equal: their difference is rounding


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
    hull[0, 0], hull[0, 1] = points[left, 0], points[left, 1]
    if points[left, 0] == points[right, 0] and points[left, 1] == points[right, 1]:
        return hull[:1]
    size = 1
    # ranges of points that wait, and the corner at which each one's stretch of hull ends; the last comes first
    ranges = np.empty((n + 2, 2), np.int64)
    ends = np.empty((n + 2, 2), np.float64)
    xr, yr = points[right, 0], points[right, 1]
    upper = _to_front(points, 0, n, hull[0], (xr, yr))
    ranges[0, 0], ranges[0, 1] = upper, n
    ends[0, 0], ends[0, 1] = hull[0, 0], hull[0, 1]
    ranges[1, 0], ranges[1, 1] = 0, upper
    ends[1, 0], ends[1, 1] = xr, yr
    depth = 2
    while depth > 0:
        depth -= 1
        first, last = ranges[depth, 0], ranges[depth, 1]
        xa, ya, xb, yb = hull[size - 1, 0], hull[size - 1, 1], ends[depth, 0], ends[depth, 1]
        far, distance = -1, 0.0
        for k in range(first, last):
            d = (xb - xa) * (points[k, 1] - ya) - (yb - ya) * (points[k, 0] - xa)
            if d > distance:
                far, distance = k, d
        if far < 0:  # nothing lies outside of this stretch
            hull[size, 0], hull[size, 1] = xb, yb
            size += 1
            continue
        xf, yf = points[far, 0], points[far, 1]
        middle = _to_front(points, first, last, hull[size - 1], (xf, yf))
        stop = _to_front(points, middle, last, (xf, yf), (xb, yb))
        ranges[depth, 0], ranges[depth, 1] = middle, stop
        depth += 1
        ranges[depth, 0], ranges[depth, 1] = first, middle
        ends[depth, 0], ends[depth, 1] = xf, yf
        depth += 1
    return hull[: size - 1]  # the first corner closes the second stretch


@compiled
def _to_front(
    points: NDArray[np.float64], start: int, stop: int, a: tuple[float, float], b: tuple[float, float]
) -> int:
    """Move the points strictly to the left of a → b to the front of a range; returns where they end."""
    front = start
    for k in range(start, stop):
        x, y = points[k, 0], points[k, 1]
        if (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) > 0:
            points[k, 0], points[k, 1] = points[front, 0], points[front, 1]
            points[front, 0], points[front, 1] = x, y
            front += 1
    return front


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
        length += math.hypot(xb - xa, yb - ya)
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
    opposite = np.empty((6 * m, 2), np.int64)
    n = 0
    least = math.inf
    far = 1
    for k in range(m):
        following = (k + 1) % m
        height = _height(hull, k, following, far)
        for _ in range(m):
            n = _add_pair(opposite, n, k, following, far)
            beyond = (far + 1) % m
            higher = _height(hull, k, following, beyond)
            if higher <= height:
                n = _add_pair(opposite, n, k, following, beyond)
                break
            far, height = beyond, higher
        least = min(least, height)
    largest = 0.0
    for pair in range(n):
        a, b = opposite[pair]
        largest = max(largest, math.hypot(hull[b, 0] - hull[a, 0], hull[b, 1] - hull[a, 1]))
    across = math.inf
    for pair in range(n):
        a, b = opposite[pair]
        dx, dy = hull[b, 0] - hull[a, 0], hull[b, 1] - hull[a, 1]
        if math.hypot(dx, dy) < largest * (1 - TIE):
            continue
        low, high = math.inf, -math.inf
        for k in range(m):
            side = (hull[k, 1] * dx - hull[k, 0] * dy) / largest
            low, high = min(low, side), max(high, side)
        across = min(across, high - low)
    return largest, least, across


@compiled
def _height(hull: NDArray[np.float64], a: int, b: int, p: int) -> float:
    """Distance of corner p from the line through the corners a and b, on the hull's inner side."""
    ex, ey = hull[b, 0] - hull[a, 0], hull[b, 1] - hull[a, 1]
    height: float = (ey * (hull[p, 0] - hull[a, 0]) - ex * (hull[p, 1] - hull[a, 1])) / math.hypot(ex, ey)
    return height


@compiled
def _add_pair(pairs: NDArray[np.int64], n: int, a: int, b: int, far: int) -> int:
    if n + 2 <= len(pairs):
        pairs[n, 0], pairs[n, 1] = a, far
        pairs[n + 1, 0], pairs[n + 1, 1] = b, far
        return n + 2
    return n
