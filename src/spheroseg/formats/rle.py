"""COCO's run-length encoding of a mask: column by column, the lengths of runs of 0, 1, 0, 1 …, beginning with 0.

The compressed string is COCO's own: from the fourth count on the difference to the count two places before, in groups of
five bits, lowest first, bit 6 says that more follow, bit 5 of the last group is the sign, plus 48 to be printable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


def encode_mask(mask: Mask, shape: tuple[int, int], left: int = 0, top: int = 0) -> Counts:
    """Run lengths of a mask that lies in a larger image.

    Args:
        mask: (h, w) boolean crop.
        shape: (height, width) of the whole image.
        left: column of the crop's first column.
        top: row of the crop's first row.

    Returns:
        Counts that sum to height · width; their number is odd or even as COCO's own, without a last 0.
    """
    height, width = shape
    columns = np.zeros((mask.shape[1], mask.shape[0] + 2), dtype=np.int8)
    columns[:, 1:-1] = mask.T
    steps = np.diff(columns, axis=1)
    column, row = np.nonzero(steps)
    edges = (column.astype(np.int64) + left) * height + top + row
    # a run that ends at the bottom of one column and goes on at the top of the next is one run
    goes_on = np.flatnonzero(edges[1:-1:2] == edges[2::2]) * 2 + 1
    edges = np.delete(edges, np.concatenate([goes_on, goes_on + 1]))
    if len(edges) == 0 or edges[-1] != height * width:
        edges = np.append(edges, height * width)
    counts: Counts = np.diff(edges, prepend=0)
    return counts


def decode_mask(counts: Sequence[int] | Counts, shape: tuple[int, int]) -> tuple[Mask, int, int]:
    """The mask of run lengths, cropped to its bounding box.

    Args:
        counts: as COCO writes them.
        shape: (height, width) of the whole image.

    Returns:
        mask: (h, w) boolean crop, (0, 0) where nothing is set.
        left: column of its first column.
        top: row of its first row.

    Raises:
        ParameterError: a count is negative or the counts do not sum to height · width.
    """
    height, width = shape
    lengths = np.asarray(counts, dtype=np.int64)
    if lengths.ndim != 1 or (lengths < 0).any():
        raise ParameterError("a run length is negative or no number")
    if int(lengths.sum()) != height * width:
        raise ParameterError(f"the run lengths sum to {int(lengths.sum())}, the image has {width} × {height} pixels")
    ends = np.cumsum(lengths)
    starts, stops = ends[:-1:2], ends[1::2]
    starts, stops = starts[stops > starts], stops[stops > starts]
    if len(starts) == 0:
        return np.zeros((0, 0), dtype=bool), 0, 0
    left, right = int(starts[0] // height), int((stops[-1] - 1) // height) + 1
    # +1 where a run begins, −1 where it ends: the running sum is the mask
    steps = np.zeros((right - left) * height + 1, dtype=np.int8)
    np.add.at(steps, starts - left * height, 1)
    np.add.at(steps, stops - left * height, -1)
    mask = np.cumsum(steps[:-1], dtype=np.int8).reshape(right - left, height).T.astype(bool)
    rows = np.flatnonzero(mask.any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return mask[top:bottom], left, top


def to_string(counts: Counts) -> str:
    """Compress run lengths to COCO's string."""
    values = counts.astype(np.int64)
    values[3:] -= counts[1:-2]
    groups, kept = [], []
    more = np.ones(len(values), dtype=bool)
    while more.any():
        group = values & 0x1F
        values >>= 5
        kept.append(more)
        more = more & np.where(group & 0x10, values != -1, values != 0)
        groups.append(group | np.where(more, 0x20, 0))
    characters = (np.stack(groups, axis=1) + 48)[np.stack(kept, axis=1)]
    return bytes(characters.astype(np.uint8)).decode("ascii")


def from_string(text: str | bytes) -> Counts:
    """Run lengths of COCO's string.

    Raises:
        ParameterError: the string holds other characters or ends within a number.
    """
    data = text.encode("utf-8") if isinstance(text, str) else text
    groups = np.frombuffer(data, dtype=np.uint8).astype(np.int64) - 48
    if len(groups) == 0:
        raise ParameterError("the string of run lengths is empty")
    if (groups < 0).any() or (groups > 0x3F).any():
        raise ParameterError("the string of run lengths holds a character that cannot be in one")
    if groups[-1] & 0x20:
        raise ParameterError("the string of run lengths is cut off")
    last = (groups & 0x20) == 0
    first_of_value = np.concatenate([[0], np.flatnonzero(last)[:-1] + 1])
    value_of_group = np.cumsum(last) - last
    place = np.arange(len(groups)) - first_of_value[value_of_group]
    if place.max() > 11:
        raise ParameterError("the string of run lengths holds a number beyond 60 bits")
    values = np.add.reduceat((groups & 0x1F) << (5 * place), first_of_value)
    n_bits = 5 * (place[last] + 1)
    values = np.where(groups[last] & 0x10, values - (np.int64(1) << n_bits), values)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values


def parse_counts(counts: Any) -> Counts:  # noqa: ANN401 -- what a file holds is not known before it is looked at
    """Run lengths as a list of numbers or as COCO's string, from a file.

    Raises:
        ParameterError: it is neither.
    """
    if isinstance(counts, (str, bytes)):
        return from_string(counts)
    try:
        return np.asarray(counts, dtype=np.int64)
    except (TypeError, ValueError, OverflowError):
        raise ParameterError("the run lengths are neither whole numbers nor a string") from None
