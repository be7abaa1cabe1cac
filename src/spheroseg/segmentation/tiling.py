"""A frame of any size through the network in overlapping tiles, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spheroseg.segmentation.catalogue import Model
from spheroseg.segmentation.network_frame import NetworkFrame
from spheroseg.segmentation.scratch import allocate, release

#: Longest side of a tile; frames up to this size go through in one piece.
LARGEST_TILE_PX = 1152
#: The outer part of an overlap on either side is not used at all: it is what the tile's own edge disturbs most.
UNUSED_SHARE = 0.25
TILES_PER_CUDA_BATCH = 8


@dataclass(frozen=True, slots=True)
class Axis:
    """Tiles along one axis: `count` tiles of `tile` pixels, one every `stride`, from pixel 0."""

    tile: int
    stride: int
    count: int

    @property
    def overlap(self) -> int:
        """Pixels that neighbours share."""
        return self.tile - self.stride

    def start(self, index: int) -> int:
        """First pixel of a tile in the frame."""
        return index * self.stride


def plan_axis(length: int, multiple: int, overlap: int, largest: int = LARGEST_TILE_PX) -> Axis:
    """Equal tiles that cover an axis and reach a little beyond its end.

    Tiles begin at multiples of `multiple`: the network's pooling grid then lies the same in every tiling, and
    tiled and untiled outputs can agree.

    Args:
        length: pixels of the axis.
        multiple: the tile is a multiple of this.
        overlap: pixels that neighbouring tiles share, a multiple of `multiple`.
        largest: no tile is longer than this (a multiple of `multiple`, more than twice the overlap).
    """
    if length <= largest:
        tile = -(-length // multiple) * multiple
        return Axis(tile=tile, stride=tile, count=1)
    count = -(-(length - overlap) // (largest - overlap))
    tile = -(-(length + (count - 1) * overlap) // (count * multiple)) * multiple
    return Axis(tile=tile, stride=tile - overlap, count=count)


def network_maps(
    frame: NetworkFrame, model: Model, *, accurate: bool = False, largest_tile_px: int = LARGEST_TILE_PX
) -> NDArray[np.uint8]:
    """The network's outputs over a whole frame.

    Neighbouring tiles overlap by half the receptive field at least; there the two are blended linearly, so no
    seam can be seen. The result of one tile and of many differ by what the network sees beyond the overlap.

    Args:
        frame: the plane at network scale.
        model: the network and its card.
        accurate: average the outputs over the four mirror images of each tile.
        largest_tile_px: longest side of a tile.

    Returns:
        (k, y, x) uint8 in the order of the card's outputs, 255 is 1.0; a memory map if it is large.
    """
    card = model.card
    multiple = card.size_multiple_px
    overlap = -(-(card.receptive_field_px // 2) // multiple) * multiple
    largest = max(largest_tile_px // multiple * multiple, 3 * overlap)
    rows = plan_axis(frame.shape[0], multiple, overlap, largest)
    columns = plan_axis(frame.shape[1], multiple, overlap, largest)
    maps: NDArray[np.uint8] = allocate((len(card.outputs), *frame.shape), np.uint8)
    # what the tiles above have contributed to the rows that the next row of tiles shares with them
    above = np.zeros((len(card.outputs), rows.overlap, columns.count * columns.stride + columns.overlap), np.float32)
    for i in range(rows.count):
        below = np.zeros_like(above)
        left = np.zeros((len(card.outputs), rows.tile, columns.overlap), np.float32)
        for j, outputs in enumerate(_row_of_tiles(frame, model, rows, columns, i, accurate=accurate)):
            if rows.count == columns.count == 1:
                _store(maps, outputs, 0, 0)
                return maps
            block = outputs * _ramp(rows, i)[:, None] * _ramp(columns, j)[None, :]
            block[:, :, : columns.overlap] += left
            left = block[:, :, columns.stride :].copy()
            # the last tile of a row also finishes its right edge, the last row its lower edge
            done_x = columns.tile if j == columns.count - 1 else columns.stride
            done_y = rows.tile if i == rows.count - 1 else rows.stride
            across = slice(j * columns.stride, j * columns.stride + done_x)
            block[:, : rows.overlap, :done_x] += above[:, :, across]
            below[:, :, across] = block[:, rows.stride :, :done_x]
            _store(maps, block[:, :done_y, :done_x], rows.start(i), columns.start(j))
        above = below
        release(maps)
    return maps


def _row_of_tiles(
    frame: NetworkFrame, model: Model, rows: Axis, columns: Axis, i: int, *, accurate: bool
) -> Iterator[NDArray[np.float32]]:
    """Outputs (k, tile, tile) in 0…255 of the tiles of row i, from the left."""
    at_once = TILES_PER_CUDA_BATCH if model.network.device == "cuda" else 1
    y = rows.start(i)
    for first in range(0, columns.count, at_once):
        starts = [columns.start(j) for j in range(first, min(first + at_once, columns.count))]
        batch = np.stack([frame.window(y, y + rows.tile, x, x + columns.tile) for x in starts])[:, None]
        yield from _averaged(model, batch) if accurate else _run(model, batch)


def _run(model: Model, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Outputs (n, k, h, w) in 0…255."""
    outputs = model.network.run(batch)
    # sigmoid in place; beyond ±80 it is 0 or 1 in float32 anyway, and exp must not overflow
    np.clip(outputs, -80.0, 80.0, out=outputs)
    np.negative(outputs, out=outputs)
    np.exp(outputs, out=outputs)
    outputs += 1.0
    np.divide(np.float32(255.0), outputs, out=outputs)
    return outputs


def _averaged(model: Model, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    total = _run(model, batch)
    for axes in ((2,), (3,), (2, 3)):
        total += np.flip(_run(model, np.ascontiguousarray(np.flip(batch, axes))), axes)
    total *= 0.25
    return total


def _ramp(axis: Axis, index: int) -> NDArray[np.float32]:
    """Weight of each pixel of a tile along an axis; the weights of all tiles add up to 1 everywhere."""
    weight = np.ones(axis.tile, dtype=np.float32)
    if axis.count == 1:
        return weight
    position = (np.arange(axis.overlap, dtype=np.float32) + 0.5) / axis.overlap
    rising = np.clip((position - UNUSED_SHARE) / (1.0 - 2.0 * UNUSED_SHARE), 0.0, 1.0)
    if index > 0:
        weight[: axis.overlap] = rising
    if index < axis.count - 1:
        weight[axis.stride :] = rising[::-1]
    return weight


def _store(maps: NDArray[np.uint8], block: NDArray[np.float32], y: int, x: int) -> None:
    """Round a finished block into the maps; what lies beyond the frame is cut off."""
    bottom, right = min(block.shape[1], maps.shape[1] - y), min(block.shape[2], maps.shape[2] - x)
    if bottom > 0 and right > 0:
        values = block[:, :bottom, :right] + np.float32(0.5)
        maps[:, y : y + bottom, x : x + right] = values.astype(np.uint8)
