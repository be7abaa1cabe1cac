"""What looks wrong in a label image that somebody else made, in sentences: read as it is, but said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from spheroseg.geometry.trace import as_label_image

#: so many labels are named, the others counted
NAMED = 3
#: a mask has smoothed edges if more than this share of its labels are lines between others
MAX_LINE_SHARE = 0.5


def doubts_about(labels: NDArray[Any]) -> list[str]:
    """One sentence for each doubt: labels in several pieces, edges that look smoothed.

    Args:
        labels: (y, x) whole numbers, 0 is background.
    """
    image = as_label_image(labels)
    numbers, pieces = _pieces(image)
    found = []
    lines = _lines_between_others(image, numbers)
    if len(lines) > MAX_LINE_SHARE * len(numbers):
        found.append(
            f"its edges look smoothed: {len(lines)} of its {len(numbers)} labels are only lines along others; it was "
            "probably resized or drawn with soft edges, and each shade became an object"
        )
        return found
    torn = numbers[pieces > 1]
    if len(torn) == 1:
        found.append(f"label {torn[0]} lies in {pieces[pieces > 1][0]} separate pieces; it stays one object")
    elif len(torn):
        listed = ", ".join(str(number) for number in torn[:NAMED]) + (" …" if len(torn) > NAMED else "")
        found.append(f"{len(torn)} labels lie in several separate pieces ({listed}); each stays one object")
    return found


def _pieces(image: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Every label, and in how many 8-connected pieces it lies."""
    from spheroseg.geometry.runs import linked_runs  # noqa: PLC0415 -- numba loads slowly

    runs = linked_runs(image)
    firsts = np.flatnonzero(runs.first_run == np.arange(len(runs.first_run)))
    label_of_part = runs.label[firsts]
    if len(runs.touches):  # parts that meet at a corner are one piece
        pairs = np.searchsorted(firsts, runs.first_run[runs.touches]).reshape(-1, 2)
        ones = np.ones(len(pairs), dtype=np.bool_)
        n_pieces, piece_of = connected_components(coo_array((ones, pairs.T), shape=(len(firsts),) * 2), directed=False)
        label_of_piece = np.zeros(n_pieces, dtype=label_of_part.dtype)
        label_of_piece[piece_of] = label_of_part
    else:
        label_of_piece = label_of_part
    numbers, counts = np.unique(label_of_piece, return_counts=True)
    return numbers, counts.astype(np.int64)


def _lines_between_others(image: NDArray[Any], numbers: NDArray[Any]) -> NDArray[Any]:
    """Labels that nowhere fill a block of 2 × 2 pixels, and touch another label."""
    if len(numbers) < 3 or min(image.shape) < 2:
        return numbers[:0]
    corner = image[:-1, :-1]
    is_block = (corner == image[:-1, 1:]) & (corner == image[1:, :-1]) & (corner == image[1:, 1:])
    thin = np.setdiff1d(numbers, pd.unique(corner[is_block]), assume_unique=True)
    if len(thin) <= MAX_LINE_SHARE * len(numbers):
        return thin[:0]
    beside = [
        pd.unique(one[(one != other) & (one > 0) & (other > 0)])
        for a, b in ((image[:, :-1], image[:, 1:]), (image[:-1], image[1:]))
        for one, other in ((a, b), (b, a))
    ]
    return np.intersect1d(thin, np.concatenate(beside))
