"""Objects of a plane too large to be split in one piece.

Each block is split together with a halo around it. Where blocks meet, an object of one block and an object of the
other are the same if they cover each other in what both blocks saw. An object no larger than the halo is seen
whole by every block that it reaches, so the result is the one that the whole plane would have given; of a larger
object each block sees a part, and the parts are joined by that rule.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spheroseg.kernels.compilation import compiled
from spheroseg.kernels.scratch import allocate, release
from spheroseg.segmentation.instances.splitting import Instances, SplitRule, split

#: Up to this many pixels a plane is split in one piece (about 25 bytes a pixel at the peak).
IN_ONE_PIECE_PX = 1 << 24
BLOCK_PX = 2048
SMALLEST_HALO_PX = 128
LARGEST_HALO_PX = 640


def halo_for(diameter_px: float | None) -> int:
    """Halo width for objects of a typical diameter: one and a half diameters, within bounds."""
    return int(np.clip(1.5 * (diameter_px or 0.0), SMALLEST_HALO_PX, LARGEST_HALO_PX))


def split_plane(
    probability: NDArray[np.uint8], distance: NDArray[np.uint8], rule: SplitRule, diameter_px: float | None
) -> Instances:
    """Objects of a plane of any size; see `instances.split`.

    Args:
        probability: (y, x) uint8, may be a memory map.
        distance: (y, x) uint8, may be a memory map.
        rule: threshold and splitting rules.
        diameter_px: typical object diameter, which sets the halo of the blocks; None if unknown.
    """
    if probability.size <= IN_ONE_PIECE_PX:
        return split(probability, distance, rule)
    return split_in_blocks(probability, distance, rule, block_px=BLOCK_PX, halo_px=halo_for(diameter_px))


def split_in_blocks(
    probability: NDArray[np.uint8], distance: NDArray[np.uint8], rule: SplitRule, *, block_px: int, halo_px: int
) -> Instances:
    """Objects of a plane, block by block, in bounded memory; see `split_plane`."""
    height, width = probability.shape
    labels: NDArray[np.uint32] = allocate(probability.shape, np.uint32)
    everything = replace(rule, min_area_px=1, min_certainty=0.0)  # a part of an object may be small or faint
    pieces = _Pieces()
    for y0 in range(0, height, block_px):
        y1, top, bottom = min(y0 + block_px, height), max(0, y0 - halo_px), min(y0 + block_px + halo_px, height)
        for x0 in range(0, width, block_px):
            x1, left, right = min(x0 + block_px, width), max(0, x0 - halo_px), min(x0 + block_px + halo_px, width)
            seen = split(
                np.ascontiguousarray(probability[top:bottom, left:right]),
                np.ascontiguousarray(distance[top:bottom, left:right]),
                everything,
            )
            inner = seen.labels[y0 - top : y1 - top, x0 - left : x1 - left]
            certain = probability[y0:y1, x0:x1] >= rule.certain_level
            names = pieces.name(_extent(inner, certain, len(seen.areas_px)), y0 * width + x0, width)
            # what the blocks above and the block to the left have already written into this block's halo
            above = _overlaps(labels[top:y0, left:right], seen.labels[: y0 - top])
            beside = _overlaps(labels[y0:y1, left:x0], seen.labels[y0 - top : y1 - top, : x0 - left])
            for before, now in _same(np.concatenate([above, beside]), names):
                pieces.join(before, now)
            labels[y0:y1, x0:x1] = names[inner]
        release(labels)
        release(probability)
        release(distance)
    final, areas, n_too_small, n_too_faint = pieces.finish(rule.min_area_px)
    for y0 in range(0, height, block_px):
        labels[y0 : y0 + block_px] = final[labels[y0 : y0 + block_px]]
        release(labels)
    return Instances(labels=labels, areas_px=areas, n_too_small=n_too_small, n_too_faint=n_too_faint)


class _Pieces:
    """The parts of objects that lie in each block, and which of them are one object."""

    def __init__(self) -> None:
        self._parent: list[int] = [0]
        self._areas: list[int] = [0]
        self._first: list[int] = [0]
        self._certain: list[bool] = [False]

    def name(self, extent: NDArray[np.int64], offset: int, row_length: int) -> NDArray[np.uint32]:
        """New names of a block's objects 0…n (rows of `_extent`); 0 for those without a pixel in the block itself.

        The block begins at raster index `offset` of a plane with rows of `row_length`.
        """
        areas, y, x, certain = extent.T
        first = offset + y * row_length + x
        names = np.zeros(len(extent), dtype=np.uint32)
        present = np.flatnonzero(areas)
        names[present] = len(self._parent) + np.arange(len(present))
        self._parent.extend(range(len(self._parent), len(self._parent) + len(present)))
        self._areas.extend(areas[present].tolist())
        self._first.extend(first[present].tolist())
        self._certain.extend((certain[present] > 0).tolist())
        return names

    def root(self, i: int) -> int:
        while self._parent[i] != i:
            self._parent[i] = self._parent[self._parent[i]]
            i = self._parent[i]
        return i

    def join(self, a: int, b: int) -> None:
        a, b = self.root(a), self.root(b)
        self._parent[max(a, b)] = min(a, b)

    def finish(self, min_area_px: int) -> tuple[NDArray[np.uint32], NDArray[np.int64], int, int]:
        """Final label of each piece, areas of the final labels, numbers of objects too small and too faint."""
        roots = np.array([self.root(i) for i in range(len(self._parent))], dtype=np.int64)
        areas = np.zeros(len(roots), dtype=np.int64)
        np.add.at(areas, roots, np.array(self._areas, dtype=np.int64))
        first = np.full(len(roots), np.iinfo(np.int64).max)
        np.minimum.at(first, roots, np.array(self._first, dtype=np.int64))
        certain = np.zeros(len(roots), dtype=bool)
        np.logical_or.at(certain, roots, np.array(self._certain))
        objects = np.unique(roots[1:])
        large = objects[areas[objects] >= min_area_px]
        kept = large[certain[large]]
        kept = kept[np.argsort(first[kept])]
        final = np.zeros(len(roots), dtype=np.uint32)
        final[kept] = np.arange(1, len(kept) + 1)
        return final[roots], areas[kept], len(objects) - len(large), len(large) - len(kept)


def _same(overlaps: NDArray[np.int64], names: NDArray[np.uint32]) -> list[tuple[int, int]]:
    """Pairs of names of which one covers more than half of the other where both blocks looked.

    Args:
        overlaps: rows of (name that was written, label of this block, pixels).
        names: name of each label of this block; 0 for those that are not in the block itself.
    """
    size_before: Counter[int] = Counter()
    size_now: Counter[int] = Counter()
    shared: Counter[tuple[int, int]] = Counter()
    for before, label, count in overlaps.tolist():
        now = int(names[label])
        size_before[before] += count
        size_now[now] += count
        if before and now:
            shared[before, now] += count
    return [(a, b) for (a, b), count in shared.items() if 2 * count > min(size_before[a], size_now[b])]


@compiled
def _overlaps(before: NDArray[np.uint32], now: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Runs along the rows of one pair of values: rows of (before, now, length), background pairs left out."""
    n_runs = 0
    runs = np.empty((1024, 3), dtype=np.int64)
    for y in range(before.shape[0]):
        x = 0
        while x < before.shape[1]:
            a, b, start = before[y, x], now[y, x], x
            while x < before.shape[1] and before[y, x] == a and now[y, x] == b:
                x += 1
            if a == 0 and b == 0:
                continue
            if n_runs == len(runs):
                runs = np.concatenate((runs, np.empty_like(runs)))
            runs[n_runs, 0], runs[n_runs, 1], runs[n_runs, 2] = a, b, x - start
            n_runs += 1
    return runs[:n_runs]


@compiled
def _extent(inner: NDArray[np.uint32], certain: NDArray[np.bool_], n: int) -> NDArray[np.int64]:
    """Rows (area, y and x of the first pixel, number of certain pixels) of the labels 0…n."""
    extent = np.zeros((n + 1, 4), dtype=np.int64)
    for y in range(inner.shape[0]):
        for x in range(inner.shape[1]):
            label = inner[y, x]
            if label == 0:
                continue
            if extent[label, 0] == 0:
                extent[label, 1], extent[label, 2] = y, x
            extent[label, 0] += 1
            extent[label, 3] += certain[y, x]
    return extent
