"""Foreground and distance maps → numbered objects.

An object is a hill of the distance map inside the foreground. Two hills are two objects if the lower one stands
out far enough above the saddle between them (its dynamics); each hill then takes the foreground that water rising
from the peaks downwards would give it (priority flood). Everything is per connected component of the foreground,
so a component gives the same objects wherever it is cut out.

Source of the flood: Barnes, Lehman & Mulla, Computers & Geosciences 62 (2014); of dynamics: Grimaud, SPIE 1769 (1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from spheroseg.errors import ParameterError

#: Background areas of fewer pixels than this (at network scale) inside an object are noise and are filled.
FILLED_HOLE_NETWORK_PX = 4.0


@dataclass(frozen=True, slots=True)
class SplitRule:
    """When hills of the distance map are objects, and which objects are too small.

    Attributes:
        threshold: foreground probability from which on a pixel belongs to an object, between 0 and 1.
        min_depth: dynamics (0…1 of the distance map) from which on two hills are two objects.
        min_peak: a hill lower than this (0…1) never stands beside a higher one in the same component.
        min_area_px: smaller objects are left out.
        filled_hole_px: holes up to this many pixels are filled.
    """

    threshold: float = 0.5
    min_depth: float = 0.15
    min_peak: float = 0.3
    min_area_px: int = 1
    filled_hole_px: int = 0

    def __post_init__(self) -> None:
        if not 0.0 < self.threshold < 1.0:
            raise ParameterError(f"a threshold lies between 0 and 1, not at {self.threshold}")

    @property
    def level(self) -> int:
        """Smallest uint8 probability that belongs to an object."""
        return min(255, max(1, int(np.ceil(self.threshold * 255.0 - 1e-9))))


@dataclass(frozen=True, slots=True, eq=False)
class Instances:
    """Numbered objects.

    Attributes:
        labels: (y, x) uint32, 0 is background, 1…n in reading order of each object's first pixel (rows from
            the top, in a row from the left). Each object is one 4-connected piece.
        areas_px: (n,) int64 pixels of object i + 1.
        n_too_small: objects left out because they were smaller than `min_area_px`.
    """

    labels: NDArray[np.uint32]
    areas_px: NDArray[np.int64]
    n_too_small: int


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
    # relief: 0 outside, ≥ 1 inside, with a margin of one pixel so that the kernels need no bounds checks
    relief = np.zeros((probability.shape[0] + 2, probability.shape[1] + 2), dtype=np.uint8)
    relief[1:-1, 1:-1] = np.maximum(distance, 1) * foreground
    basins = _flood(relief, round(rule.min_depth * 255), round(rule.min_peak * 255))
    labels, areas, n_too_small = _renumber(basins, rule.min_area_px)
    return Instances(labels=labels, areas_px=areas, n_too_small=int(n_too_small))


def fill_small_holes(foreground: NDArray[np.uint8], largest_px: int) -> NDArray[np.uint8]:
    """A copy of a 0/1 mask in which holes of up to `largest_px` pixels are filled.

    A hole is an 8-connected background area that does not touch the frame's edge.
    """
    height, width = foreground.shape
    count, areas, stats, _ = cv2.connectedComponentsWithStats(1 - foreground, connectivity=8, ltype=cv2.CV_32S)
    small = stats[:, cv2.CC_STAT_AREA] <= largest_px
    small &= (stats[:, cv2.CC_STAT_LEFT] > 0) & (stats[:, cv2.CC_STAT_TOP] > 0)
    small &= stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH] < width
    small &= stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT] < height
    small[0] = False  # component 0 is the foreground here
    if count <= 1 or not small.any():
        return foreground
    return np.asarray(small.view(np.uint8)[areas] | foreground, dtype=np.uint8)


@njit(cache=True, nogil=True)
def _find(parent: NDArray[np.int32], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, nogil=True)
def _flood(relief: NDArray[np.uint8], min_depth: int, min_peak: int) -> NDArray[np.int32]:
    """Basin number (1…) of each pixel of a relief with a zero margin."""
    height, width = relief.shape
    flat = relief.ravel()
    size = flat.size

    # pixels by falling height (counting sort; equal heights in raster order)
    start = np.zeros(257, dtype=np.int64)
    for i in range(size):
        start[256 - flat[i]] += 1  # slot 256 collects the outside
    total = 0
    for level in range(257):
        n = start[level]
        start[level] = total
        total += n
    order = np.empty(start[256], dtype=np.int32)
    for i in range(size):
        if flat[i] > 0:
            slot = 256 - flat[i]
            order[start[slot]] = i
            start[slot] += 1

    # hills that stand out: union by falling height; the root of a set is its highest (first) pixel
    parent = np.full(size, -1, dtype=np.int32)
    steps = np.array([-width, -1, 1, width])
    for i in order:
        parent[i] = i
        own = i
        for step in steps:
            j = i + step
            if parent[j] < 0:
                continue
            other = _find(parent, j)
            own = _find(parent, own)
            if other == own:
                continue
            # the lower of two hills is absorbed unless it stands out; ties go to the one found first
            high, low = own, other
            if flat[other] > flat[own] or (flat[other] == flat[own] and other < own):
                high, low = other, own
            if flat[low] - flat[i] < min_depth or flat[low] < min_peak:
                parent[low] = high

    # flood from the remaining peaks: one first-in-first-out queue a height
    basins = np.zeros(size, dtype=np.int32)
    following = np.full(size, -1, dtype=np.int32)
    head = np.full(256, -1, dtype=np.int32)
    tail = np.full(256, -1, dtype=np.int32)
    n_basins = 0
    for i in order:
        if parent[i] == i:
            n_basins += 1
            basins[i] = n_basins
            level = flat[i]
            if head[level] < 0:
                head[level] = i
            else:
                following[tail[level]] = i
            tail[level] = i
    for level in range(255, 0, -1):
        i = head[level]
        while i >= 0:
            for step in steps:
                j = i + step
                if flat[j] > 0 and basins[j] == 0:
                    basins[j] = basins[i]
                    target = min(level, flat[j])
                    if head[target] < 0:
                        head[target] = j
                    else:
                        following[tail[target]] = j
                    tail[target] = j
            i = following[i]
    return basins.reshape(height, width)


@njit(cache=True, nogil=True)
def _renumber(basins: NDArray[np.int32], min_area_px: int) -> tuple[NDArray[np.uint32], NDArray[np.int64], int]:
    """Drop small basins, number the others in reading order, cut off the margin."""
    height, width = basins.shape
    n_basins = 0
    for y in range(height):
        for x in range(width):
            n_basins = max(n_basins, basins[y, x])
    areas = np.zeros(n_basins + 1, dtype=np.int64)
    for y in range(height):
        for x in range(width):
            areas[basins[y, x]] += 1
    number = np.zeros(n_basins + 1, dtype=np.uint32)
    kept_areas = np.empty(n_basins, dtype=np.int64)
    labels = np.zeros((height - 2, width - 2), dtype=np.uint32)
    n_kept = 0
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            basin = basins[y, x]
            if basin == 0 or areas[basin] < min_area_px:
                continue
            if number[basin] == 0:
                n_kept += 1
                number[basin] = n_kept
                kept_areas[n_kept - 1] = areas[basin]
            labels[y - 1, x - 1] = number[basin]
    return labels, kept_areas[:n_kept].copy(), n_basins - n_kept
