"""Sums over each object and along its outline, from which confidences and flags follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.kernels.compilation import compiled
from spheroseg.kernels.scratch import release

LOW_LEVEL = round(0.3 * 255)
HIGH_LEVEL = round(0.7 * 255)
#: The edge is looked at this share of the object's diameter inside and outside of the outline (at least 2 px).
EDGE_REACH = 0.16
#: The sums are taken over this many pixels at a time, with as many rows around them as edges and bands reach.
PIXELS_AT_ONCE = 1 << 24
BAND_ROWS = 64
LARGEST_HALO_ROWS = 1024


@dataclass(frozen=True, slots=True, eq=False)
class EdgeStatistics:
    """Sums over each object (row i is object i + 1), from which confidences and flags follow.

    Attributes:
        area: (n,) pixels.
        area_low: (n,) pixels of the object and of the band around it with p ≥ 0.3 that is not another object's.
        area_high: (n,) pixels with p ≥ 0.7.
        area_together: (n,) pixels of the object and of the objects that touch it and are no larger.
        on_border: (n,) whether a pixel lies in the frame's first or last row or column.
        saturated: (n,) pixels with the lowest or highest value of an integer plane's range.
        edges: (n, 6) over lines across the outline: count, sum of heights (inside − outside), of their absolute
            values, of the steepest step of two pixels on the line, sum and sum of squares of the outside.
    """

    area: NDArray[np.int64]
    area_low: NDArray[np.int64]
    area_high: NDArray[np.int64]
    area_together: NDArray[np.int64]
    on_border: NDArray[np.bool_]
    saturated: NDArray[np.int64]
    edges: NDArray[np.float64]


def collect(
    labels: NDArray[np.uint32],
    probability: NDArray[np.uint8],
    plane: NDArray[Any],
    areas_px: NDArray[np.int64],
    *,
    pixels_at_once: int = PIXELS_AT_ONCE,
) -> EdgeStatistics:
    """Sums over each object of a plane.

    Args:
        labels: (y, x) uint32, 1…n.
        probability: (y, x) uint8.
        plane: (y, x) raw values.
        areas_px: (n,) pixels an object.
        pixels_at_once: how much of the plane is looked at in one piece; it changes nothing but the memory.
    """
    n = len(areas_px)
    height, width = labels.shape
    limits = _value_limits(plane)
    search_radius = np.maximum(2, np.round(EDGE_REACH * 2.0 * np.sqrt(areas_px / np.pi))).astype(np.int64)
    search_radius = np.concatenate(([0], search_radius))
    counts = np.zeros((n + 1, 4), dtype=np.int64)
    edges = np.zeros((n + 1, 6), dtype=np.float64)
    contacts: set[int] = set()
    rows_at_once = max(1, pixels_at_once // width)
    halo = min(LARGEST_HALO_ROWS, int(search_radius.max()) + BAND_ROWS)
    for y0 in range(0, height, rows_at_once):
        y1, top, bottom = min(y0 + rows_at_once, height), max(0, y0 - halo), min(y0 + rows_at_once + halo, height)
        rows = slice(y0 - top, y1 - top)
        seen, certainty, values = (np.asarray(array[top:bottom]) for array in (labels, probability, plane))
        _count(seen[rows], certainty[rows], values[rows], limits, counts)
        _count_band(seen, certainty, y0 - top, y1 - top, counts)
        _sum_edges(seen, values, search_radius, (y0 - top, y1 - top), edges)
        contacts.update(_contacts(seen[y0 - top : min(y1 + 1, bottom) - top], n + 1).tolist())
        for array in (labels, probability, plane):
            release(array)
    for row in (labels[0], labels[-1]):
        counts[np.asarray(row), 2] = 1
    return EdgeStatistics(
        area=areas_px,
        area_low=areas_px + counts[1:, 3],
        area_high=counts[1:, 0],
        area_together=_together(areas_px, contacts),
        on_border=counts[1:, 2] > 0,
        saturated=counts[1:, 1],
        edges=edges[1:],
    )


def _value_limits(plane: NDArray[Any]) -> tuple[float, float]:
    """Lowest and highest value that an integer plane can hold; a float plane has none."""
    if plane.dtype.kind not in "iu":
        return -np.inf, np.inf
    limits = np.iinfo(plane.dtype)
    # a dark background at 0 of a fluorescence image is no saturation; only the objects' pixels are counted
    return float(limits.min), float(limits.max)


def _together(areas_px: NDArray[np.int64], contacts: set[int]) -> NDArray[np.int64]:
    """Pixels of each object and of those that touch it and are no larger; contacts as `_contacts` writes them."""
    together = np.asarray(areas_px, np.int64).copy()
    if contacts:
        pairs = np.array(sorted(contacts), np.int64)
        for own, other in (np.divmod(pairs, len(areas_px) + 1), np.divmod(pairs, len(areas_px) + 1)[::-1]):
            added = np.where(areas_px[other - 1] <= areas_px[own - 1], areas_px[other - 1], 0)
            np.add.at(together, own - 1, added)
    return together


@compiled
def _contacts(labels: NDArray[np.uint32], base: int) -> NDArray[np.int64]:
    """Pairs of objects with pixels side by side, as smaller label · base + larger label, in any order and maybe several times."""
    height, width = labels.shape
    n_found = 0
    found = np.empty(256, dtype=np.int64)
    for y in range(height):
        last = np.int64(-1)
        for x in range(width):
            own = np.int64(labels[y, x])
            if own == 0:
                continue
            for k in range(2):
                ny, nx = (y, x + 1) if k == 0 else (y + 1, x)
                if ny >= height or nx >= width:
                    continue
                other = np.int64(labels[ny, nx])
                if other in (0, own):
                    continue
                pair = min(own, other) * base + max(own, other)
                if pair == last:
                    continue
                if n_found == len(found):
                    found = np.concatenate((found, np.empty_like(found)))
                found[n_found] = pair
                n_found += 1
                last = pair
    return found[:n_found]


@compiled
def _count(
    labels: NDArray[np.uint32],
    probability: NDArray[np.uint8],
    plane: NDArray[Any],
    limits: tuple[float, float],
    sums: NDArray[np.int64],
) -> None:
    """Add to rows of `sums` (label): pixels with p ≥ 0.7, saturated pixels, pixels in the first and last column."""
    height, width = labels.shape
    for y in range(height):
        for x in range(width):
            label = labels[y, x]
            if label == 0:
                continue
            if probability[y, x] >= HIGH_LEVEL:
                sums[label, 0] += 1
            if plane[y, x] >= limits[1] or plane[y, x] <= limits[0]:
                sums[label, 1] += 1
            if x == 0 or x == width - 1:
                sums[label, 2] += 1


@compiled
def _count_band(
    labels: NDArray[np.uint32], probability: NDArray[np.uint8], first: int, last: int, sums: NDArray[np.int64]
) -> None:
    """Add to `sums[label, 3]` the pixels around an object that lie above the lower threshold, in rows first…last−1.

    A band pixel belongs to the object from which a path down-right and then up-left through the band reaches it:
    two passes, right for bands a few pixels wide.
    """
    height, width = labels.shape
    reached = np.zeros((height, width), dtype=np.uint32)
    for y in range(height):
        for x in range(width):
            label = labels[y, x]
            if label == 0 and probability[y, x] >= LOW_LEVEL:
                if y > 0:
                    label = reached[y - 1, x]
                if label == 0 and x > 0:
                    label = reached[y, x - 1]
            reached[y, x] = label
    for y in range(height - 1, -1, -1):
        for x in range(width - 1, -1, -1):
            if labels[y, x] != 0 or probability[y, x] < LOW_LEVEL:
                continue
            label = reached[y, x]
            if label == 0 and y < height - 1:
                label = reached[y + 1, x]
            if label == 0 and x < width - 1:
                label = reached[y, x + 1]
            reached[y, x] = label
            if label != 0 and first <= y < last:
                sums[label, 3] += 1


@compiled
def _sum_edges(
    labels: NDArray[np.uint32],
    plane: NDArray[Any],
    search_radius: NDArray[np.int64],
    rows: tuple[int, int],
    sums: NDArray[np.float64],
) -> None:
    """Add to `sums[label]` what `EdgeStatistics.edges` holds, over outline pixels in rows[0]…rows[1]−1."""
    height, width = labels.shape
    for y in range(rows[0], rows[1]):
        for x in range(width):
            label = labels[y, x]
            if label == 0:
                continue
            for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                ny, nx = y + dy, x + dx
                if ny < 0 or nx < 0 or ny >= height or nx >= width or labels[ny, nx] != 0:
                    continue
                r = search_radius[label]
                iy, ix, oy, ox = y - r * dy, x - r * dx, y + r * dy, x + r * dx
                if min(iy, ix, oy, ox) < 0 or max(iy, oy) >= height or max(ix, ox) >= width:
                    continue
                if labels[iy, ix] != label or labels[oy, ox] != 0:
                    continue
                outside = float(plane[oy, ox])
                tall = float(plane[iy, ix]) - outside
                sums[label, 0] += 1.0
                steepest = 0.0
                for k in range(-r, r - 1):
                    near = float(plane[y + k * dy, x + k * dx])
                    steepest = max(steepest, abs(near - float(plane[y + (k + 2) * dy, x + (k + 2) * dx])))
                sums[label, 1] += tall
                sums[label, 2] += abs(tall)
                sums[label, 3] += steepest
                sums[label, 4] += outside
                sums[label, 5] += outside * outside
