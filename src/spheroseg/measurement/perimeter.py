"""Perimeters of traced outlines as other programs find them: Crofton's formula and ImageJ's rule."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spheroseg.kernels.compilation import compiled


@compiled
def crofton_perimeter(vertices: NDArray[np.float64], start: int, stop: int, scale: tuple[float, float]) -> float:
    """Crofton's perimeter in 4 directions of the pixels inside of a ring on pixel edges.

    The formula counts how often lines through pixel centres enter or leave the region. The ring tells: a unit of
    vertical edge is crossed by a horizontal line and a unit of horizontal edge by a vertical one; at a pixel corner
    on the ring both diagonals change sides where the ring goes straight on, one of them where it turns.
    A crossing stands for half of its direction's share of the half turn times the distance of its lines; where
    pixels are not square the axes have unequal shares.

    Args:
        vertices: (v, 2) (x, y) in px; the ring lies on pixel edges and passes no corner twice.
        start: first vertex of the ring.
        stop: one past its last vertex.
        scale: (w, h) of a pixel.
    """
    diagonal_angle = math.atan2(scale[1], scale[0])
    horizontal = diagonal_angle * scale[1] / 2
    vertical = (math.pi / 2 - diagonal_angle) * scale[0] / 2
    diagonal = math.pi / 4 * (scale[0] * scale[1] / math.hypot(scale[0], scale[1])) / 2
    length = 0.0
    xa, ya = vertices[stop - 1, 0], vertices[stop - 1, 1]
    for v in range(start, stop):
        x, y = vertices[v, 0], vertices[v, 1]
        dx, dy = abs(x - xa), abs(y - ya)
        length += horizontal * dy + vertical * dx + diagonal * 2 * (dx + dy)
        following = start if v + 1 == stop else v + 1
        if (x - xa) * (vertices[following, 1] - y) != (y - ya) * (vertices[following, 0] - x):
            length -= diagonal
        xa, ya = x, y
    return length


@compiled
def imagej_perimeter(vertices: NDArray[np.float64], start: int, stop: int, scale: tuple[float, float]) -> float:
    """ImageJ's perimeter of a traced selection: Σ|Δx| + Σ|Δy| − n_corners·((w + h) − √(w² + h²)).

    A corner is counted unless the one before it was counted and lies one pixel away. On long stairs the count
    depends on where it begins; it begins where ImageJ's tracing does, at the lower end of the first pixel row's
    right side, whatever vertex the ring itself starts with.

    Args:
        vertices: (v, 2) (x, y) in px; the ring lies on pixel edges.
        start: first vertex of the ring.
        stop: one past its last vertex.
        scale: (w, h) of a pixel.
    """
    corners = np.empty((stop - start, 2), np.float64)
    n = 0
    area = 0.0
    xa, ya = vertices[stop - 1, 0], vertices[stop - 1, 1]
    for v in range(start, stop):
        x, y = vertices[v, 0], vertices[v, 1]
        following = start if v + 1 == stop else v + 1
        area += xa * y - x * ya
        if (x - xa) * (vertices[following, 1] - y) != (y - ya) * (vertices[following, 0] - x):
            corners[n, 0], corners[n, 1] = x, y
            n += 1
        xa, ya = x, y
    forward = 1 if area > 0 else -1
    top = 0
    for k in range(n):
        if corners[k, 1] < corners[top, 1] or (corners[k, 1] == corners[top, 1] and corners[k, 0] < corners[top, 0]):
            top = k
    length = 0.0
    n_corners = 0
    counted = False
    last = (top + forward) % n
    for _ in range(n):
        here = (last + forward) % n
        dx, dy = abs(corners[here, 0] - corners[last, 0]), abs(corners[here, 1] - corners[last, 1])
        length += dx * scale[0] + dy * scale[1]
        counted = dx + dy > 1 or not counted
        if counted:
            n_corners += 1
        last = here
    return length - n_corners * (scale[0] + scale[1] - math.hypot(scale[0], scale[1]))
