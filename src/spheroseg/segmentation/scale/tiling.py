"""A frame of any size through the network in overlapping tiles, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spheroseg.kernels.scratch import allocate, release
from spheroseg.segmentation.network.batching import LARGEST_TILE_PX, TILES_PER_CUDA_BATCH
from spheroseg.segmentation.network.catalogue import Model
from spheroseg.segmentation.network.runtime import Network
from spheroseg.segmentation.scale.network_input import NetworkInput

#: The outer part of an overlap on either side is not used at all: it is what the tile's own edge disturbs most.
UNUSED_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Axis:
    """Tiles along one axis: all of `tile` pixels, beginning at `starts`."""

    tile: int
    starts: tuple[int, ...]

    @property
    def end(self) -> int:
        """First pixel that no tile reaches."""
        return self.starts[-1] + self.tile

    def overlap(self, index: int) -> int:
        """Pixels that tile `index` shares with the one before; 0 for the first."""
        return self.starts[index - 1] + self.tile - self.starts[index] if index > 0 else 0

    def finished(self, index: int) -> int:
        """Pixels of tile `index` that no later tile reaches."""
        return self.starts[index + 1] - self.starts[index] if index + 1 < len(self.starts) else self.tile


def plan_axis(length: int, multiple: int, overlap: int, largest: int = LARGEST_TILE_PX) -> Axis:
    """Equal tiles that cover an axis.

    Tiles begin at multiples of `multiple` and end where a single tile would: the network's pooling grid then lies
    the same in every tiling and the frame's edge looks the same to it, so tiled and untiled outputs can agree.

    Args:
        length: pixels of the axis.
        multiple: the tile is a multiple of this.
        overlap: pixels that neighbouring tiles share at least, a multiple of `multiple`.
        largest: no tile is longer than this (a multiple of `multiple`, more than twice the overlap).
    """
    end = -(-length // multiple) * multiple
    if end <= largest:
        return Axis(tile=end, starts=(0,))
    count = -(-(end - overlap) // (largest - overlap))
    tile = -(-(end + (count - 1) * overlap) // (count * multiple)) * multiple
    starts = tuple(i * (end - tile) // ((count - 1) * multiple) * multiple for i in range(count))
    return Axis(tile=tile, starts=starts)


def network_maps(
    frame: NetworkInput, model: Model, *, accurate: bool = False, largest_tile_px: int = LARGEST_TILE_PX
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
    card, network = model.card, model.network_for(frame.shape)
    multiple = card.size_multiple_px
    overlap = -(-(card.receptive_field_px // 2) // multiple) * multiple
    largest = max(largest_tile_px // multiple * multiple, 3 * overlap)
    rows = plan_axis(frame.shape[0], multiple, overlap, largest)
    columns = plan_axis(frame.shape[1], multiple, overlap, largest)
    maps: NDArray[np.uint8] = allocate((len(card.outputs), *frame.shape), np.uint8)
    k = len(card.outputs)
    # what the tiles above have contributed to the rows that the next row of tiles shares with them
    above = np.zeros((k, 0, columns.end), np.float32)
    for i, y in enumerate(rows.starts):
        done_y = rows.finished(i)
        below = np.zeros((k, rows.tile - done_y, columns.end), np.float32)
        left = np.zeros((k, rows.tile, 0), np.float32)
        for j, outputs in enumerate(_row_of_tiles(frame, network, y, rows, columns, accurate=accurate)):
            if len(rows.starts) == len(columns.starts) == 1:
                _store(maps, outputs, 0, 0)
                return maps
            x, done_x = columns.starts[j], columns.finished(j)
            block = outputs * _ramp(rows, i)[:, None] * _ramp(columns, j)
            block[:, :, : left.shape[2]] += left
            left = block[:, :, done_x:].copy()
            block[:, : above.shape[1], :done_x] += above[:, :, x : x + done_x]
            below[:, :, x : x + done_x] = block[:, done_y:, :done_x]
            _store(maps, block[:, :done_y, :done_x], y, x)
        above = below
        release(maps)
    return maps


def window_maps(frame: NetworkInput, network: Network, y0: int, x0: int, side: int) -> NDArray[np.uint8]:
    """A network's outputs over one window of a frame, (k, side, side) uint8; beyond the frame's edges it sees it mirrored."""
    outputs = _run(network, frame.window(y0, y0 + side, x0, x0 + side)[None, None])[0]
    return np.asarray(outputs + np.float32(0.5)).astype(np.uint8)


def _row_of_tiles(
    frame: NetworkInput, network: Network, y: int, rows: Axis, columns: Axis, *, accurate: bool
) -> Iterator[NDArray[np.float32]]:
    """Outputs (k, tile, tile) in 0…255 of the tiles that begin in row y, from the left."""
    at_once = TILES_PER_CUDA_BATCH if network.device == "cuda" else 1
    for first in range(0, len(columns.starts), at_once):
        starts = columns.starts[first : first + at_once]
        batch = np.stack([frame.window(y, y + rows.tile, x, x + columns.tile) for x in starts])[:, None]
        yield from _averaged(network, batch) if accurate else _run(network, batch)


def _run(network: Network, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Outputs (n, k, h, w) in 0…255."""
    outputs = network.run(batch)
    # sigmoid in place; beyond ±80 it is 0 or 1 in float32 anyway, and exp must not overflow
    np.clip(outputs, -80.0, 80.0, out=outputs)
    np.negative(outputs, out=outputs)
    np.exp(outputs, out=outputs)
    outputs += 1.0
    np.divide(np.float32(255.0), outputs, out=outputs)
    return outputs


def _averaged(network: Network, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    total = _run(network, batch)
    for axes in ((2,), (3,), (2, 3)):
        total += np.flip(_run(network, np.ascontiguousarray(np.flip(batch, axes))), axes)
    total *= 0.25
    return total


def _ramp(axis: Axis, index: int) -> NDArray[np.float32]:
    """Weight of each pixel of a tile along an axis; the weights of all tiles add up to 1 everywhere."""
    weight = np.ones(axis.tile, dtype=np.float32)
    before = axis.overlap(index)
    after = axis.tile - axis.finished(index)
    weight[:before] = _rise(before)
    weight[axis.tile - after :] *= _rise(after)[::-1]
    return weight


def _rise(overlap: int) -> NDArray[np.float32]:
    position = (np.arange(overlap, dtype=np.float32) + np.float32(0.5)) / np.float32(max(overlap, 1))
    rise = (position - np.float32(UNUSED_SHARE)) / np.float32(1.0 - 2.0 * UNUSED_SHARE)
    return np.asarray(np.clip(rise, 0.0, 1.0), dtype=np.float32)


def _store(maps: NDArray[np.uint8], block: NDArray[np.float32], y: int, x: int) -> None:
    """Round a finished block into the maps; what lies beyond the frame is cut off."""
    bottom, right = min(block.shape[1], maps.shape[1] - y), min(block.shape[2], maps.shape[2] - x)
    if bottom > 0 and right > 0:
        target = maps[:, y : y + bottom, x : x + right]
        # one pass: add a half, cut off the fraction
        np.add(block[:, :bottom, :right], np.float32(0.5), out=target, casting="unsafe")
