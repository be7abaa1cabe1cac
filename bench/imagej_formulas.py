"""ImageJ's measures of one object, from the statements of its formulas: nothing of SpheroSeg is called.

A traced selection goes round the outer edge of the object's pixels. Plain Python, for checking, not for speed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes
from scipy.spatial import ConvexHull


def traced_selection(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Corners (x, y) of the outer edge of the first 4-connected part, clockwise on the screen.

    The walk starts at the first pixel in raster order, at the right side of its run, downwards, with the object on
    the right hand, and turns right where it can.
    """
    padded = np.pad(mask, 1)
    y, x = (int(v) for v in np.argwhere(padded)[0])
    while padded[y, x + 1]:
        x += 1
    # the vertex (i, j) has pixel (j − 1, i − 1) above on the left and pixel (j, i) below on the right
    i, j, direction = x + 1, y + 1, 1  # 0 right, 1 down, 2 left, 3 up
    steps = ((1, 0), (0, 1), (-1, 0), (0, -1))
    ahead = {0: ((0, -1), (0, 0)), 1: ((0, 0), (-1, 0)), 2: ((-1, 0), (-1, -1)), 3: ((-1, -1), (0, -1))}
    start = (i, j, direction)
    corners: list[tuple[int, int]] = []
    while True:
        left, right = (bool(padded[j + dj, i + di]) for di, dj in ahead[direction])
        turned = (direction + 1) % 4 if not right else (direction + 3) % 4 if left else direction
        if turned != direction:
            corners.append((i - 1, j - 1))
        direction = turned
        i, j = i + steps[direction][0], j + steps[direction][1]
        if (i, j, direction) == start:
            return corners


def traced_perimeter(corners: list[tuple[int, int]], w: float = 1.0, h: float = 1.0) -> float:
    """Σ|Δx|·w + Σ|Δy|·h − n_corners·((w + h) − √(w² + h²)); a corner 1 px after a counted one is not counted."""
    sum_x = sum_y = n_corners = 0
    counted = False
    for (xa, ya), (xb, yb) in zip([corners[-1], *corners[:-1]], corners, strict=True):
        side = abs(xb - xa) + abs(yb - ya)
        sum_x += abs(xb - xa)
        sum_y += abs(yb - ya)
        counted = side > 1 or not counted
        n_corners += counted
    return sum_x * w + sum_y * h - n_corners * ((w + h) - math.hypot(w, h))


def imagej_measures(mask: NDArray[np.bool_], w: float = 1.0, h: float = 1.0) -> dict[str, float]:
    """Measures of one 4-connected object, holes filled, by the names of our columns without units.

    Args:
        mask: (y, x).
        w: width of a pixel.
        h: height of a pixel.
    """
    filled = np.asarray(binary_fill_holes(np.pad(mask, 1), structure=np.ones((3, 3), dtype=np.int64)))[1:-1, 1:-1]
    y, x = np.nonzero(filled)
    area = len(x) * w * h
    corners = traced_selection(filled)
    perimeter = traced_perimeter(corners, w, h)
    points = np.array(corners, dtype=float) * (w, h)
    hull = ConvexHull(points)
    ring = points[hull.vertices]
    distances = np.hypot(*(ring[:, None] - ring[None]).transpose(2, 0, 1))
    normals = hull.equations[:, :2]
    major, minor = _ellipse(x * w, y * h, area, w, h)
    return {
        "area": area,
        "perimeter_imagej": perimeter,
        "circularity_imagej": min(1.0, 4 * math.pi * area / perimeter**2),
        "major_axis": major,
        "minor_axis": minor,
        "aspect_ratio": major / minor,
        "roundness": 4 * area / (math.pi * major**2),
        "solidity": area / float(hull.volume),
        "feret_max": float(distances.max()),
        "feret_min": float(np.ptp(ring @ normals.T, axis=0).min()),
        "centroid_x": float((x.mean() + 0.5) * w),
        "centroid_y": float((y.mean() + 0.5) * h),
    }


def _ellipse(x: NDArray[Any], y: NDArray[Any], area: float, w: float, h: float) -> tuple[float, float]:
    """Axes of the ellipse with the pixels' second moments (each pixel a square), brought to their area."""
    covariance = np.cov(np.vstack([x, y]), bias=True) + np.diag([w * w, h * h]) / 12
    small, large = np.sqrt(np.linalg.eigvalsh(covariance))
    to_area = math.sqrt(area / (math.pi * small * large))
    return 2 * large * to_area, 2 * small * to_area
