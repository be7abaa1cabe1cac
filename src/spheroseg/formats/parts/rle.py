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
from spheroseg.kernels.compilation import compiled

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
    return _count_runs(np.ascontiguousarray(mask), left, top, shape[0], shape[1])


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
    flat = np.zeros((right - left) * height, dtype=bool)
    _fill_runs(flat, starts - left * height, stops - left * height)
    mask = flat.reshape(right - left, height).T
    rows = np.flatnonzero(mask.any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return mask[top:bottom], left, top


def to_string(counts: Counts) -> str:
    """Compress run lengths to COCO's string."""
    return bytes(_compress(np.ascontiguousarray(counts, dtype=np.int64))).decode("ascii")


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


@compiled
def _count_runs(mask: Mask, left: int, top: int, height: int, width: int) -> Counts:
    """Run lengths of the image that is `mask` at (left, top) and 0 elsewhere; one pass counts, one writes."""
    n_rows, n_columns = mask.shape
    n_edges = 0
    counts = np.empty(0, dtype=np.int64)
    for writing in range(2):
        n, run_begins, value, expected = 0, 0, False, -1
        for x in range(n_columns):
            position = (left + x) * height + top
            # pixels above and below the crop are 0; without any, a run goes on in the next column
            if value and position != expected:
                if writing:
                    counts[n] = expected - run_begins
                n, run_begins, value = n + 1, expected, False
            for y in range(n_rows):
                if mask[y, x] != value:
                    if writing:
                        counts[n] = position + y - run_begins
                    n, run_begins, value = n + 1, position + y, not value
            expected = position + n_rows
        if value and expected != height * width:
            if writing:
                counts[n] = expected - run_begins
            n, run_begins = n + 1, expected
        if writing:
            counts[n] = height * width - run_begins
        else:
            n_edges = n
            counts = np.empty(n_edges + 1, dtype=np.int64)
    return counts


@compiled
def _fill_runs(flat: Mask, starts: Counts, stops: Counts) -> None:
    for i in range(len(starts)):
        flat[starts[i] : stops[i]] = True


@compiled
def _compress(counts: Counts) -> NDArray[np.uint8]:
    characters = np.empty(13 * len(counts), dtype=np.uint8)
    n = 0
    for i in range(len(counts)):
        value = counts[i] - counts[i - 2] if i > 2 else counts[i]
        more = True
        while more:
            group = value & 0x1F
            value >>= 5
            more = value != -1 if group & 0x10 else value != 0
            characters[n] = (group | 0x20 if more else group) + 48
            n += 1
    return characters[:n]
