"""Raw intensities of every object and of the ring around it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.geometry.runs import grown
from spheroseg.geometry.scanline import first_index, row_crossings
from spheroseg.kernels.compilation import compiled
from spheroseg.measurement.objects import Objects

# the cameras' dtypes are read in place; each dtype costs a compilation, so that all others become float64 first
_COMPILED = (np.uint8, np.uint16, np.float32, np.float64)
STATISTICS = ("mean", "std", "min", "max", "median", "integrated", "background")


def intensity_measures(
    objects: Objects, owner_labels: NDArray[Any], plane: NDArray[Any], *, net: bool, ring_px: tuple[float, float]
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.int64], NDArray[np.int64]]:
    """Statistics of one channel, by the names of `DEFINITIONS`.

    Args:
        objects: outlines grouped by object.
        owner_labels: (y, x) label of the object that owns each pixel, 0 where none does; C-contiguous.
        plane: (y, x) raw values, real numbers of any dtype.
        net: measure only pixels that the object owns; False adds the free pixels of its holes.
        ring_px: the background ring's distance from the object and its width.

    Returns:
        (n,) arrays, NaN where undefined; number of pixels of each object; number of pixels of each ring.
    """
    values = np.asarray(plane)
    if values.dtype == np.bool_:
        values = values.view(np.uint8)
    elif values.dtype not in _COMPILED:
        values = values.astype(np.float64)
    values = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))
    n = len(objects.labels)
    out = np.full((len(STATISTICS), n), np.nan)
    n_pixels, n_ring = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    _measure_channel(
        (values, owner_labels), _outer_rings(objects), objects.labels, net, ring_px, (out, n_pixels, n_ring)
    )
    measures = {f"intensity_{name}": row for name, row in zip(STATISTICS, out, strict=True)}
    background = measures["intensity_background"]
    measures["intensity_mean_corrected"] = measures["intensity_mean"] - background
    measures["intensity_integrated_corrected"] = measures["intensity_integrated"] - n_pixels * background
    return measures, n_pixels, n_ring


def _outer_rings(objects: Objects) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """The outer rings of each object's parts, as flat arrays with one entry an object."""
    polygons = objects.polygons
    own = objects.parts[~objects.nested[objects.parts]]
    rings = polygons.ring_start[own]
    lengths = polygons.vertex_start[rings + 1] - polygons.vertex_start[rings]
    vertex_start = np.append(0, np.cumsum(lengths)).astype(np.int64)
    shift = np.repeat(polygons.vertex_start[rings] - vertex_start[:-1], lengths)
    vertices = polygons.vertices[np.arange(len(shift)) + shift]
    counted = np.append(0, np.cumsum(~objects.nested[objects.parts])).astype(np.int64)
    return vertices, vertex_start, counted[objects.part_start]


@compiled
def _measure_channel(
    planes: tuple[NDArray[Any], NDArray[Any]],
    rings: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
    labels: NDArray[np.int64],
    net: bool,
    ring_px: tuple[float, float],
    results: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
) -> None:
    values, owner_labels = planes
    vertices, vertex_start, ring_start = rings
    out, n_pixels, n_ring = results
    height, width = owner_labels.shape
    for k in range(len(labels)):
        top, row_start, crossings = row_crossings(vertices, vertex_start, ring_start[k], ring_start[k + 1], height)
        room = 0
        for c in range(0, len(crossings) - 1, 2):
            room += first_index(crossings[c + 1], width) - first_index(crossings[c], width)
        inside = np.empty(room, np.float64)
        n = 0
        for row in range(len(row_start) - 1):
            for c in range(row_start[row], row_start[row + 1] - 1, 2):
                for x in range(first_index(crossings[c], width), first_index(crossings[c + 1], width)):
                    owner = owner_labels[top + row, x]
                    if owner == labels[k] or (owner == 0 and not net):
                        inside[n] = values[top + row, x]
                        n += 1
        n_pixels[k] = n
        if n > 0:
            total = inside[:n].sum()
            if math.isfinite(total):
                mean = total / n
                out[0, k] = mean
                out[1, k] = math.sqrt(((inside[:n] - mean) ** 2).sum() / n)
                out[2, k] = inside[:n].min()
                out[3, k] = inside[:n].max()
                out[4, k] = np.median(inside[:n])
                out[5, k] = total
        around = _ring_values(values, owner_labels, top, row_start, crossings, ring_px)
        n_ring[k] = len(around)
        if len(around) > 0 and math.isfinite(around.sum()):
            out[6, k] = np.median(around)


@compiled
def _ring_values(
    values: NDArray[Any],
    owner_labels: NDArray[Any],
    top: int,
    row_start: NDArray[np.int64],
    crossings: NDArray[np.float64],
    ring_px: tuple[float, float],
) -> NDArray[np.float64]:
    """Values of the free pixels whose centre is more than the gap, and at most gap + width, from the object's pixels."""
    height, width = owner_labels.shape
    near, far = ring_px[0], ring_px[0] + ring_px[1]
    reach = int(far)
    found = np.empty(256, np.float64)
    n = 0
    if len(crossings) == 0:
        return found[:0]
    left = max(first_index(crossings.min(), width) - reach, 0)
    right = min(first_index(crossings.max(), width) + reach, width)
    in_far = np.zeros(right - left + 1, np.int32)
    in_near = np.zeros(right - left + 1, np.int32)
    for y in range(max(top - reach, 0), min(top + len(row_start) - 1 + reach, height)):
        for x in range(len(in_far)):
            in_far[x] = 0
            in_near[x] = 0
        for dy in range(-reach, reach + 1):
            row = y + dy - top
            if not 0 <= row < len(row_start) - 1:
                continue
            wide = int(math.sqrt(far * far - dy * dy))
            narrow = int(math.sqrt(near * near - dy * dy)) if abs(dy) <= near else -1
            for c in range(row_start[row], row_start[row + 1] - 1, 2):
                first, stop = first_index(crossings[c], width), first_index(crossings[c + 1], width)
                if first == stop:
                    continue
                in_far[max(first - wide, left) - left] += 1
                in_far[min(stop + wide, right) - left] -= 1
                if narrow >= 0:
                    in_near[max(first - narrow, left) - left] += 1
                    in_near[min(stop + narrow, right) - left] -= 1
        if n + right - left > len(found):
            found = grown(found, n, 2 * (n + right - left))
        outside, inside = 0, 0
        for x in range(left, right):
            outside += in_far[x - left]
            inside += in_near[x - left]
            if outside > 0 and inside == 0 and owner_labels[y, x] == 0:
                found[n] = values[y, x]
                n += 1
    return found[:n]
