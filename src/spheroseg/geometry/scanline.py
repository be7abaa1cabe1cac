"""Polygons → pixels: even-odd scan conversion over the flat arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.kernels.compilation import compiled


@compiled
def fill_polygons(
    vertices: NDArray[np.float64],
    vertex_start: NDArray[np.int64],
    ring_start: NDArray[np.int64],
    values: NDArray[np.int64],
    labels: NDArray[Any],
) -> None:
    """Write values[i] where a pixel centre lies inside polygon i; later polygons write over earlier ones."""
    width = labels.shape[1]
    for polygon in range(len(ring_start) - 1):
        top, row_start, crossings = row_crossings(
            vertices, vertex_start, ring_start[polygon], ring_start[polygon + 1], labels.shape[0]
        )
        for row in range(len(row_start) - 1):
            for k in range(row_start[row], row_start[row + 1] - 1, 2):
                first = first_index(crossings[k], width)
                stop = first_index(crossings[k + 1], width)
                labels[top + row, first:stop] = values[polygon]


@compiled
def row_crossings(
    vertices: NDArray[np.float64],
    vertex_start: NDArray[np.int64],
    first_ring: int,
    stop_ring: int,
    height: int,
) -> tuple[int, NDArray[np.int64], NDArray[np.float64]]:
    """Where the rings cross the horizontal line through each row's pixel centres, sorted within each row.

    An edge counts from its upper end, included, to its lower end, excluded, and is evaluated from its upper end
    whichever way it is walked: two polygons that share an edge leave no gap and no overlap.

    Returns:
        the first row inside the image, (rows + 1,) where each row's crossings begin, the x of the crossings.
    """
    y_min, y_max = np.inf, -np.inf
    for v in range(vertex_start[first_ring], vertex_start[stop_ring]):
        y_min = min(y_min, vertices[v, 1])
        y_max = max(y_max, vertices[v, 1])
    top = first_index(y_min, height)
    n_rows = max(first_index(y_max, height) - top, 0)
    row_start = np.zeros(n_rows + 1, np.int64)
    for ring in range(first_ring, stop_ring):
        last = vertex_start[ring + 1] - 1
        for v in range(vertex_start[ring], vertex_start[ring + 1]):
            low, high = min(vertices[last, 1], vertices[v, 1]), max(vertices[last, 1], vertices[v, 1])
            for row in range(first_index(low, height), first_index(high, height)):
                row_start[row - top + 1] += 1
            last = v
    for row in range(n_rows):
        row_start[row + 1] += row_start[row]
    filled = row_start.copy()
    crossings = np.empty(row_start[n_rows], np.float64)
    for ring in range(first_ring, stop_ring):
        last = vertex_start[ring + 1] - 1
        for v in range(vertex_start[ring], vertex_start[ring + 1]):
            a, b = (last, v) if vertices[last, 1] < vertices[v, 1] else (v, last)
            x, y = vertices[a, 0], vertices[a, 1]
            dx, dy = vertices[b, 0] - x, vertices[b, 1] - y
            for row in range(first_index(y, height), first_index(vertices[b, 1], height)):
                crossing = x + (row + 0.5 - y) * dx / dy
                at = filled[row - top]
                while at > row_start[row - top] and crossings[at - 1] > crossing:
                    crossings[at] = crossings[at - 1]
                    at -= 1
                crossings[at] = crossing
                filled[row - top] += 1
            last = v
    return top, row_start, crossings


@compiled
def first_index(position: float, size: int) -> int:
    """The first pixel 0…size whose centre is at or after a position on the axis."""
    return int(np.ceil(min(max(position, 0.0), float(size)) - 0.5))
