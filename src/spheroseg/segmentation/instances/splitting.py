"""Foreground and distance maps → numbered objects.

An object is a hill of the distance map inside the foreground. Two hills are two objects if the lower one stands
out far enough above the saddle between them (its dynamics); the border runs where the way uphill turns from one
to the other. Everything is per connected component of the foreground, so a component gives the same objects
wherever it is cut out.

Sources: drainage by steepest ascent, Beucher & Lantuéjoul (1979); dynamics, Grimaud, SPIE 1769 (1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.kernels.compilation import compiled

#: Background areas of fewer pixels than this (at network scale) inside an object are noise and are filled.
FILLED_HOLE_NETWORK_PX = 4.0
#: … but never larger ones than this at image resolution, however coarse the network's scale is.
LARGEST_FILLED_HOLE_PX = 256


@dataclass(frozen=True, slots=True)
class SplitRule:
    """When hills of the distance map are objects, and which objects are too small.

    Attributes:
        threshold: foreground probability from which on a pixel belongs to an object, between 0 and 1.
        min_depth: dynamics (0…1 of the distance map) from which on two hills are two objects.
        min_peak: a hill lower than this (0…1) never stands beside a higher one in the same component.
        min_area_px: smaller objects are left out.
        min_certainty: objects that nowhere rise this share of the way from the threshold to probability 1 are
            left out.
        filled_hole_px: holes up to this many pixels are filled.
    """

    threshold: float = 0.5
    min_depth: float = 0.15
    min_peak: float = 0.3
    min_area_px: int = 1
    min_certainty: float = 0.0
    filled_hole_px: int = 0

    def __post_init__(self) -> None:
        if not 0.0 < self.threshold < 1.0:
            raise ParameterError(f"a threshold lies between 0 and 1, not at {self.threshold}")

    @property
    def level(self) -> int:
        """Smallest uint8 probability that belongs to an object."""
        return min(255, max(1, int(np.ceil(self.threshold * 255.0 - 1e-9))))

    @property
    def certain_level(self) -> int:
        """Smallest uint8 probability that an object must reach somewhere."""
        return min(255, int(np.ceil((self.threshold + self.min_certainty * (1.0 - self.threshold)) * 255.0 - 1e-9)))


@dataclass(frozen=True, slots=True, eq=False)
class Instances:
    """Numbered objects.

    Attributes:
        labels: (y, x) uint32, 0 is background, 1…n in reading order of each object's first pixel (rows from
            the top, in a row from the left). Each object is one 4-connected piece.
        areas_px: (n,) int64 pixels of object i + 1.
        n_too_small: objects left out because they were smaller than `min_area_px`.
        n_too_faint: objects of sufficient size left out because of `min_certainty`.
    """

    labels: NDArray[np.uint32]
    areas_px: NDArray[np.int64]
    n_too_small: int
    n_too_faint: int


def split(probability: NDArray[np.uint8], distance: NDArray[np.uint8], rule: SplitRule) -> Instances:
    """Objects from the two maps; fast enough to follow a person moving the threshold.

    Args:
        probability: (y, x) uint8, 255 is certain foreground.
        distance: (y, x) uint8, distance to the object's own boundary, 255 at its deepest point.
        rule: threshold and splitting rules.

    Returns:
        The objects; the inputs are not changed.

    Raises:
        ParameterError: the maps differ in shape or dtype.
    """
    if probability.shape != distance.shape or probability.ndim != 2:
        raise ParameterError(f"maps of one shape are needed, not {probability.shape} and {distance.shape}")
    if probability.dtype != np.uint8 or distance.dtype != np.uint8:
        raise ParameterError(f"uint8 maps are needed, not {probability.dtype} and {distance.dtype}")
    foreground = (probability >= rule.level).view(np.uint8)
    if rule.filled_hole_px > 0:
        foreground = fill_small_holes(foreground, rule.filled_hole_px)
    relief = _relief(foreground, distance)
    depth, peak = round(rule.min_depth * 255), round(rule.min_peak * 255)
    labels, areas, n_too_small, n_too_faint = _merge_and_label(
        relief, np.ascontiguousarray(probability), (depth, peak), (rule.min_area_px, rule.certain_level)
    )
    return Instances(labels=labels, areas_px=areas, n_too_small=n_too_small, n_too_faint=n_too_faint)


def fill_small_holes(foreground: NDArray[np.uint8], largest_px: int) -> NDArray[np.uint8]:
    """A copy of a 0/1 mask in which holes of up to `largest_px` pixels are filled.

    A hole is an 8-connected background area that does not touch the frame's edge.
    """
    filled = foreground.copy()
    _fill(filled, largest_px)
    return filled


@compiled
def _fill(mask: NDArray[np.uint8], largest_px: int) -> None:
    height, width = mask.shape
    stack_y = np.empty(largest_px + 1, dtype=np.int32)
    stack_x = np.empty(largest_px + 1, dtype=np.int32)
    for y0 in range(1, height - 1):
        for x0 in range(1, width - 1):
            # a hole's first pixel has foreground above and to the left
            if mask[y0, x0] != 0 or mask[y0 - 1, x0] == 0 or mask[y0, x0 - 1] == 0:
                continue
            stack_y[0], stack_x[0] = y0, x0
            mask[y0, x0] = 1
            n_found, k = 1, 0
            is_hole = True
            while k < n_found and is_hole:
                for dy in range(-1, 2):
                    for dx in range(-1, 2):
                        y, x = stack_y[k] + dy, stack_x[k] + dx
                        if not is_hole or mask[y, x] != 0:
                            continue
                        if n_found > largest_px - 1 or y == 0 or x == 0 or y == height - 1 or x == width - 1:
                            is_hole = False
                            continue
                        mask[y, x] = 1
                        stack_y[n_found], stack_x[n_found] = y, x
                        n_found += 1
                k += 1
            if not is_hole:
                for k in range(n_found):
                    mask[stack_y[k], stack_x[k]] = 0


@compiled
def _relief(foreground: NDArray[np.uint8], distance: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """0 outside, the distance (at least 1) inside, with a margin of one pixel that spares the kernels bounds checks."""
    height, width = distance.shape
    relief = np.zeros((height + 2, width + 2), dtype=np.uint8)
    for y in range(height):
        for x in range(width):
            relief[y + 1, x + 1] = max(distance[y, x], np.uint8(1)) * foreground[y, x]
    return relief


@compiled
def _find(parent: NDArray[np.int32], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@compiled
def _catchment_basins(relief: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """For each pixel of a relief with a zero margin the number of its hill (−1 outside); heights of the hills.

    A pixel drains to its highest neighbour; a pixel on a flat to the nearest edge of the flat from which it goes
    up; a flat from which nothing goes up is a summit. Hills are numbered in raster order of their summits.
    """
    height, width = relief.shape
    flat = relief.ravel()
    size = flat.size
    steps = np.array([-width, -1, 1, width])
    up = np.full(size, -1, dtype=np.int32)
    n_level = 0
    for y in range(1, height - 1):
        for i in range(y * width + 1, y * width + width - 1):
            own = flat[i]
            if own == 0:
                continue
            best, highest = -1, own
            for step in steps:
                if flat[i + step] > highest:
                    best, highest = i + step, flat[i + step]
            up[i] = best
            if best < 0:
                n_level += 1

    # flats: from their rising edges inwards, nearest first
    queue = np.empty(n_level, dtype=np.int32)
    source = np.empty(n_level, dtype=np.int32)
    n_queued = 0
    if n_level:
        for y in range(1, height - 1):
            for i in range(y * width + 1, y * width + width - 1):
                if flat[i] == 0 or up[i] >= 0:
                    continue
                for step in steps:
                    if flat[i + step] == flat[i] and up[i + step] >= 0:
                        queue[n_queued], source[n_queued] = i, i + step
                        n_queued += 1
                        break
    for k in range(n_queued):
        up[queue[k]] = source[k]
    k = 0
    while k < n_queued:
        i = queue[k]
        k += 1
        for step in steps:
            j = i + step
            if flat[j] == flat[i] and up[j] < 0:
                up[j] = i
                queue[n_queued] = j
                n_queued += 1

    # what is left are summits: a pixel of hill k holds −2 − k from here on
    n_hills = 0
    heights = np.empty(max(1, n_level - n_queued), dtype=np.uint8)
    if n_queued < n_level:
        for first in range(width + 1, size - width - 1):
            if flat[first] == 0 or up[first] != -1:
                continue
            mark = -2 - n_hills
            heights[n_hills] = flat[first]
            n_hills += 1
            up[first] = mark
            queue[0] = first
            n_queued, k = 1, 0
            while k < n_queued:
                i = queue[k]
                k += 1
                for step in steps:
                    j = i + step
                    if flat[j] == flat[i] and up[j] == -1:
                        up[j] = mark
                        queue[n_queued] = j
                        n_queued += 1

    # follow each path once, and mark all its pixels with what it leads to
    for start in range(width + 1, size - width - 1):
        if up[start] < 0:
            continue
        i = start
        while up[i] >= 0:
            i = up[i]
        mark = up[i]
        i = start
        while up[i] >= 0:
            up[i], i = mark, up[i]
    for i in range(size):
        up[i] = -2 - up[i] if up[i] < -1 else -1
    return up, heights[:n_hills]


@compiled
def _merge_and_label(
    relief: NDArray[np.uint8], probability: NDArray[np.uint8], hill_rule: tuple[int, int], object_rule: tuple[int, int]
) -> tuple[NDArray[np.uint32], NDArray[np.int64], int, int]:
    """Labels without the margin, their areas, and how many objects were too small and too faint.

    The rules are (min_depth, min_peak) in 0…255 and (min_area_px, certain level).
    """
    min_depth, min_peak = hill_rule
    min_area_px, certain_level = object_rule
    height, width = relief.shape
    flat = relief.ravel()
    hill, peaks = _catchment_basins(relief)
    n_hills = len(peaks)

    # passes: neighbouring pixels of two hills, and the height at which one comes from one to the other
    last = flat.size - width - 1
    n_passes = 0
    for i in range(width + 1, last):
        own, right, below = hill[i], hill[i + 1], hill[i + width]
        if own >= 0:
            n_passes += (right >= 0 and right != own) + (below >= 0 and below != own)
    pairs = np.empty((n_passes, 2), dtype=np.int32)
    levels = np.empty(n_passes, dtype=np.uint8)
    starts = np.zeros(257, dtype=np.int64)
    k = 0
    for i in range(width + 1, last if n_passes else 0):
        own, right, below = hill[i], hill[i + 1], hill[i + width]
        if own < 0:
            continue
        if right >= 0 and right != own:
            levels[k] = min(flat[i], flat[i + 1])
            pairs[k, 0], pairs[k, 1] = own, right
            k += 1
        if below >= 0 and below != own:
            levels[k] = min(flat[i], flat[i + width])
            pairs[k, 0], pairs[k, 1] = own, below
            k += 1
    for level in levels:
        starts[256 - level] += 1

    # from the highest pass down: the lower of two hills is absorbed unless it stands out; ties go to the first
    order = np.empty(n_passes, dtype=np.int32)
    starts = np.cumsum(starts)
    for k in range(n_passes):
        slot = 255 - levels[k]
        order[starts[slot]] = k
        starts[slot] += 1
    parent = np.arange(n_hills).astype(np.int32)
    for position in range(n_passes):
        k = order[position]
        a, b = _find(parent, pairs[k, 0]), _find(parent, pairs[k, 1])
        if a == b:
            continue
        high, low = a, b
        if peaks[b] > peaks[a] or (peaks[b] == peaks[a] and b < a):
            high, low = b, a
        if peaks[low] - levels[k] < min_depth or peaks[low] < min_peak:
            parent[low] = high

    for k in range(n_hills):
        parent[k] = _find(parent, k)
    areas = np.zeros(n_hills, dtype=np.int64)
    certain = np.zeros(n_hills, dtype=np.bool_)
    appeared = np.empty(n_hills, dtype=np.int32)
    n_appeared = 0
    for y in range(height - 2):
        row = hill[(y + 1) * width + 1 : (y + 2) * width - 1]
        for x in range(width - 2):
            if row[x] < 0:
                continue
            own = parent[row[x]]
            if areas[own] == 0:
                appeared[n_appeared] = own
                n_appeared += 1
            areas[own] += 1
            if probability[y, x] >= certain_level:
                certain[own] = True
    names = np.zeros(n_hills + 1, dtype=np.uint32)  # slot 0 is the background
    kept_areas = np.empty(n_appeared, dtype=np.int64)
    n_kept, n_too_small = 0, 0
    for k in appeared[:n_appeared]:
        if areas[k] < min_area_px:
            n_too_small += 1
        elif certain[k]:
            kept_areas[n_kept] = areas[k]
            n_kept += 1
            names[k + 1] = n_kept
    for k in range(n_hills):
        names[k + 1] = names[parent[k] + 1]
    labels = np.empty((height - 2, width - 2), dtype=np.uint32)
    for y in range(height - 2):
        row = hill[(y + 1) * width + 1 : (y + 2) * width - 1]
        for x in range(width - 2):
            labels[y, x] = names[row[x] + 1]
    return labels, kept_areas[:n_kept].copy(), n_too_small, n_appeared - n_kept - n_too_small
