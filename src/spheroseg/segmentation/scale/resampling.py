"""Area-averaging down and cubic up, of any window of the result.

A window of the resampled plane is the same, to the last bit, as the same window cut from the whole resampled
plane. That is what makes tiles and blocks agree with the untiled result, and what no library resize offers.

Geometry: a plane is a rectangle of pixel squares; resampling stretches that rectangle onto the new pixel grid, so
the centre of new pixel i lies at (i + ½)·n_old/n_new − ½ of the old grid.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from spheroseg.kernels.compilation import compiled_contracting
from spheroseg.kernels.scratch import allocate, release

PIXELS_AT_ONCE = 1 << 24

#: (y0, y1, x0, x1) in pixels of the result, half open
Window = tuple[int, int, int, int]


def resample(
    plane: NDArray[Any], shape: tuple[int, int], window: Window | None = None, *, missing: float = 0.0
) -> NDArray[np.float32]:
    """A window of a plane resampled to a new shape: area averages where it shrinks, cubic where it grows.

    Args:
        plane: (y, x) of any real dtype; may be a memory map, of which only the needed rows are read.
        shape: height and width of the whole result.
        window: part of the result that is wanted; None means all of it.
        missing: what NaN and infinite values of a float plane count as.

    Returns:
        (y1 − y0, x1 − x0) float32. Cubic values may overshoot the input's range by a tenth of a step.
    """
    y0, y1, x0, x1 = window or (0, shape[0], 0, shape[1])
    if shape == plane.shape:
        return _as_float(plane[y0:y1, x0:x1], missing)
    rows = _taps(plane.shape[0], shape[0], y0, y1)
    columns = _taps(plane.shape[1], shape[1], x0, x1)
    return _apply(plane, rows, columns, missing)


def enlarge_map(plane: NDArray[np.uint8], shape: tuple[int, int], window: Window | None = None) -> NDArray[np.uint8]:
    """A window of a uint8 map resampled to a new shape, cubic in both directions, rounded and limited to 0…255.

    Used for the network's probability maps, which are smooth: a shrinking map is sampled, not averaged.
    """
    y0, y1, x0, x1 = window or (0, shape[0], 0, shape[1])
    if shape == plane.shape:
        return np.ascontiguousarray(plane[y0:y1, x0:x1])
    rows = _cubic_taps(plane.shape[0], shape[0], y0, y1)
    columns = _cubic_taps(plane.shape[1], shape[1], x0, x1)
    first, last = int(rows[0][0, 0]), int(rows[0][-1, -1]) + 1
    left, right = int(columns[0][0, 0]), int(columns[0][-1, -1]) + 1
    part = np.ascontiguousarray(plane[first:last, left:right])
    return _cubic_uint8(part, rows[0] - first, rows[1], columns[0] - left, columns[1])


def enlarge_part(
    part: NDArray[np.uint8],
    origin: tuple[int, int],
    whole: tuple[int, int],
    shape: tuple[int, int],
    window: Window,
) -> NDArray[np.uint8]:
    """`enlarge_map` of a map of which only a part is there.

    Args:
        part: (y, x) uint8, the part of the map.
        origin: (y, x) of its first pixel in the whole map.
        whole: shape of the whole map.
        shape: of the whole result.
        window: part of the result that is wanted; at its edges what is missing of the map counts like its last pixel.
    """
    y0, y1, x0, x1 = window
    rows = _cubic_taps(whole[0], shape[0], y0, y1)
    columns = _cubic_taps(whole[1], shape[1], x0, x1)
    row_index = np.clip(rows[0] - origin[0], 0, part.shape[0] - 1)
    column_index = np.clip(columns[0] - origin[1], 0, part.shape[1] - 1)
    return _cubic_uint8(np.ascontiguousarray(part), row_index, rows[1], column_index, columns[1])


def at_image_resolution(plane: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """The whole of `enlarge_map`, in bounded memory; a memory map if it is large."""
    if shape == plane.shape:
        return plane
    result: NDArray[np.uint8] = allocate(shape, np.uint8)
    rows_at_once = max(64, PIXELS_AT_ONCE // shape[1])
    for y0 in range(0, shape[0], rows_at_once):
        y1 = min(y0 + rows_at_once, shape[0])
        result[y0:y1] = enlarge_map(plane, shape, (y0, y1, 0, shape[1]))
        release(result)
        release(plane)
    return result


def smoothed(plane: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    """A map smoothed by a Gaussian, in bounded memory; the map itself if there is nothing to smooth."""
    if sigma_px < 0.3:
        return plane
    result: NDArray[np.uint8] = allocate(plane.shape, np.uint8)
    halo = int(np.ceil(5.0 * sigma_px))
    rows_at_once = max(64, PIXELS_AT_ONCE // plane.shape[1])
    for y0 in range(0, plane.shape[0], rows_at_once):
        y1, top = min(y0 + rows_at_once, plane.shape[0]), max(0, y0 - halo)
        part = cv2.GaussianBlur(np.ascontiguousarray(plane[top : y1 + halo]), (0, 0), sigma_px)
        result[y0:y1] = part[y0 - top : y1 - top]
        release(result)
        release(plane)
    return result


def reflect(index: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Indices outside 0…size−1 mirrored inside, without repeating the edge pixel (any distance, any size ≥ 1)."""
    if size == 1:
        return np.zeros_like(index)
    period = 2 * size - 2
    folded = np.abs(index) % period
    return np.asarray(np.minimum(folded, period - folded), dtype=np.int64)


Taps = tuple[NDArray[np.int64], NDArray[np.float32]]


def _taps(n_old: int, n_new: int, start: int, stop: int) -> Taps:
    return (_area_taps if n_new < n_old else _cubic_taps)(n_old, n_new, start, stop)


def _cubic_taps(n_old: int, n_new: int, start: int, stop: int) -> Taps:
    """Old indices (m, 4) and weights (m, 4) of new pixels start…stop−1 (Catmull–Rom, edge pixels repeated)."""
    if n_old == n_new:
        same = np.arange(start, stop, dtype=np.int64)[:, None]
        return same, np.ones((stop - start, 1), dtype=np.float32)
    centre = (np.arange(start, stop, dtype=np.float64) + 0.5) * (n_old / n_new) - 0.5
    base = np.floor(centre)
    t = centre - base
    weights = np.stack(
        [
            -0.5 * t + t**2 - 0.5 * t**3,
            1.0 - 2.5 * t**2 + 1.5 * t**3,
            0.5 * t + 2.0 * t**2 - 1.5 * t**3,
            -0.5 * t**2 + 0.5 * t**3,
        ],
        axis=1,
    )
    index = base.astype(np.int64)[:, None] + np.arange(-1, 3)
    return np.clip(index, 0, n_old - 1), weights.astype(np.float32)


def _area_taps(n_old: int, n_new: int, start: int, stop: int) -> Taps:
    """Old indices (m, k) and weights (m, k): the share of each old pixel that a new pixel covers."""
    ratio = n_old / n_new
    low = np.arange(start, stop, dtype=np.float64) * ratio
    first = np.floor(low).astype(np.int64)
    n_taps = int(np.ceil(ratio)) + 1
    index = first[:, None] + np.arange(n_taps)
    covered = np.minimum(index + 1, (low + ratio)[:, None]) - np.maximum(index, low[:, None])
    weights = np.maximum(covered, 0.0) / ratio
    return np.minimum(index, n_old - 1), weights.astype(np.float32)


def _as_float(part: NDArray[Any], missing: float) -> NDArray[np.float32]:
    """A float32 copy without missing values."""
    values = np.array(part, dtype=np.float32, order="C")
    if part.dtype.kind == "f":
        np.nan_to_num(values, copy=False, nan=missing, posinf=missing, neginf=missing)
    return values


def _apply(plane: NDArray[Any], rows: Taps, columns: Taps, missing: float) -> NDArray[np.float32]:
    first, last = int(rows[0][0, 0]), int(rows[0][-1, -1]) + 1
    left, right = int(columns[0][0, 0]), int(columns[0][-1, -1]) + 1
    result = np.zeros((len(rows[0]), len(columns[0])), dtype=np.float32)
    # at most 64 MB of the source at a time as float32, so that a strong reduction of a huge plane stays small
    rows_at_once = max(16, (1 << 24) // max(1, right - left))
    for top in range(first, last, rows_at_once):
        bottom = min(top + rows_at_once, last)
        part = _as_float(plane[top:bottom, left:right], missing)
        _accumulate(part, top, rows[0], rows[1], columns[0] - left, columns[1], result)
    return result


@compiled_contracting
def _accumulate(  # noqa: PLR0917 -- taps of both axes as plain arrays; numba knows no keyword-only arguments
    part: NDArray[np.float32],
    top: int,
    row_index: NDArray[np.int64],
    row_weight: NDArray[np.float32],
    column_index: NDArray[np.int64],
    column_weight: NDArray[np.float32],
    result: NDArray[np.float32],
) -> None:
    """Add to each result row the part of its weighted source rows that lies in `part` (which begins at row `top`)."""
    n_rows = part.shape[0]
    m, k = column_index.shape
    squeezed = np.zeros((n_rows, m), dtype=np.float32)
    for y in range(n_rows):
        for j in range(m):
            value = np.float32(0.0)
            for tap in range(k):
                value += column_weight[j, tap] * part[y, column_index[j, tap]]
            squeezed[y, j] = value
    for i in range(row_index.shape[0]):
        for tap in range(row_index.shape[1]):
            y = row_index[i, tap] - top
            weight = row_weight[i, tap]
            if 0 <= y < n_rows and weight != 0.0:
                for j in range(m):
                    result[i, j] += weight * squeezed[y, j]


@compiled_contracting
def _cubic_uint8(
    part: NDArray[np.uint8],
    row_index: NDArray[np.int64],
    row_weight: NDArray[np.float32],
    column_index: NDArray[np.int64],
    column_weight: NDArray[np.float32],
) -> NDArray[np.uint8]:
    n_rows = part.shape[0]
    m, k = column_index.shape
    n, q = row_index.shape
    stretched = np.empty((n_rows, m), dtype=np.float32)
    for y in range(n_rows):
        for j in range(m):
            value = np.float32(0.0)
            for tap in range(k):
                value += column_weight[j, tap] * part[y, column_index[j, tap]]
            stretched[y, j] = value
    result = np.empty((n, m), dtype=np.uint8)
    line = np.empty(m, dtype=np.float32)
    for i in range(n):
        line[:] = np.float32(0.5)
        for tap in range(q):
            weight = row_weight[i, tap]
            y = row_index[i, tap]
            for j in range(m):
                line[j] += weight * stretched[y, j]
        for j in range(m):
            result[i, j] = np.uint8(min(max(line[j], np.float32(0.0)), np.float32(255.0)))
    return result
