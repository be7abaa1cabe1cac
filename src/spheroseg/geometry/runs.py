"""Label image → runs: the horizontal stretches of one label, and which of them belong together."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spheroseg.kernels.compilation import compiled

BLOCK = 16  # pixels compared at once while nothing changes; 16 × 4 bytes is a cache line


class Runs(NamedTuple):
    """Every run of a label image in raster order, with the links along the cracks between pixels.

    A run has two sides: node 2·r is its right side, walked downwards, node 2·r + 1 its left side, walked
    upwards. Following `next_node` from side to side goes once round a ring with the label on the right hand.

    Attributes:
        x_start: (r,) int32, first column.
        x_stop: (r,) int32, one past the last column.
        y: (r,) int32, row.
        label: (r,) of the image's dtype.
        next_node: (2r,) int32.
        first_run: (r,) int32, the first run in raster order of the 4-connected part that the run belongs to.
        touches: (2k,) int32, pairs of runs of one label that meet only at a pixel corner.
    """

    x_start: NDArray[np.int32]
    x_stop: NDArray[np.int32]
    y: NDArray[np.int32]
    label: NDArray[Any]
    next_node: NDArray[np.int32]
    first_run: NDArray[np.int32]
    touches: NDArray[np.int32]


@compiled
def find_runs(
    labels: NDArray[Any],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[Any], NDArray[np.int64]]:
    """Runs of equal non-zero labels of a C-contiguous (y, x) image, and where each row's runs begin."""
    height, width = labels.shape
    capacity = 4 * width + 4 * height + 16
    x_start = np.empty(capacity, np.int32)
    x_stop = np.empty(capacity, np.int32)
    y_of = np.empty(capacity, np.int32)
    label_of = np.empty(capacity, labels.dtype)
    row_start = np.zeros(height + 1, np.int64)
    n = 0
    for y in range(height):
        if n + width > capacity:  # a row has at most `width` runs
            capacity = 2 * (n + width)
            x_start = grown(x_start, n, capacity)
            x_stop = grown(x_stop, n, capacity)
            y_of = grown(y_of, n, capacity)
            label_of = grown(label_of, n, capacity)
        row = labels[y]
        x = 0
        while x < width:
            value = row[x]
            start = x
            x += 1
            while x + BLOCK <= width:
                changed = False
                for k in range(BLOCK):
                    changed |= row[x + k] != value
                if changed:
                    break
                x += BLOCK
            while x < width and row[x] == value:
                x += 1
            if value != 0:
                x_start[n] = start
                x_stop[n] = x
                y_of[n] = y
                label_of[n] = value
                n += 1
        row_start[y + 1] = n
    return x_start[:n], x_stop[:n], y_of[:n], label_of[:n], row_start


@compiled
def grown(array: NDArray[Any], used: int, capacity: int) -> NDArray[Any]:
    """A longer copy of an array, with its first entries."""
    larger = np.empty(capacity, array.dtype)
    for k in range(used):  # a slice would do; its error messages take seconds to compile
        larger[k] = array[k]
    return larger


@compiled
def _root(parent: NDArray[np.int32], run: int) -> int:
    while parent[run] != run:
        parent[run] = parent[parent[run]]
        run = parent[run]
    return run


@compiled
def link_runs(
    x_start: NDArray[np.int32],
    x_stop: NDArray[np.int32],
    label: NDArray[Any],
    row_start: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Link the sides of runs into rings and the runs into 4-connected parts.

    Returns:
        next_node, first_run and touches of `Runs`.
    """
    n = len(x_start)
    next_node = np.empty(2 * n, np.int32)
    parent = np.empty(n, np.int32)
    last_below = np.empty(n, np.int32)
    last_above = np.empty(n, np.int32)
    touches = np.empty(128, np.int32)
    n_touches = 0
    for run in range(n):  # a run with nothing above or below turns round at its ends
        parent[run] = run
        last_below[run] = -1
        last_above[run] = -1
        next_node[2 * run] = 2 * run + 1
        next_node[2 * run + 1] = 2 * run
    for y in range(len(row_start) - 2):
        i, i_stop = row_start[y], row_start[y + 1]
        j, j_stop = row_start[y + 1], row_start[y + 2]
        while i < i_stop and j < j_stop:
            if n_touches + 4 > len(touches):
                touches = grown(touches, n_touches, 2 * len(touches))
            if label[i] == label[j]:
                if x_start[i] < x_stop[j] and x_start[j] < x_stop[i]:
                    if last_above[j] < 0:
                        next_node[2 * j + 1] = 2 * i + 1
                    else:  # j joins two runs above: down the left one's right side, up the right one's left side
                        next_node[2 * last_above[j]] = 2 * i + 1
                    if last_below[i] >= 0:  # i bridges two runs below: up the right one, down the left one
                        next_node[2 * j + 1] = 2 * last_below[i]
                    next_node[2 * i] = 2 * j
                    last_above[j] = i
                    last_below[i] = j
                    a, b = _root(parent, i), _root(parent, j)
                    if a < b:
                        parent[b] = a
                    else:
                        parent[a] = b
                elif x_stop[i] == x_start[j] or x_stop[j] == x_start[i]:
                    touches[n_touches] = i
                    touches[n_touches + 1] = j
                    n_touches += 2
            if x_stop[i] == x_stop[j]:  # both end here: look across the corner before leaving both
                if i + 1 < i_stop and x_start[i + 1] == x_stop[j] and label[i + 1] == label[j]:
                    touches[n_touches] = i + 1
                    touches[n_touches + 1] = j
                    n_touches += 2
                if j + 1 < j_stop and x_start[j + 1] == x_stop[i] and label[j + 1] == label[i]:
                    touches[n_touches] = i
                    touches[n_touches + 1] = j + 1
                    n_touches += 2
                i += 1
                j += 1
            elif x_stop[i] < x_stop[j]:
                i += 1
            else:
                j += 1
    for run in range(n):  # parents come before their children, so one pass flattens the trees
        parent[run] = parent[parent[run]]
    return next_node, parent, touches[:n_touches]


def linked_runs(labels: NDArray[Any]) -> Runs:
    """Runs of a C-contiguous (y, x) label image, linked into rings and parts."""
    x_start, x_stop, y, label, row_start = find_runs(labels)
    return Runs(x_start, x_stop, y, label, *link_runs(x_start, x_stop, label, row_start))
