"""Arrays that may be larger than memory: plain where they fit, in an unnamed temporary file where they do not."""

from __future__ import annotations

import math
import mmap
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

#: Arrays from this size live in a temporary file (folder: the environment's TMPDIR), which vanishes with the array.
IN_MEMORY_BYTES = 256 << 20


def allocate(shape: Sequence[int], dtype: DTypeLike, *, spill_from_bytes: int = IN_MEMORY_BYTES) -> NDArray[Any]:
    """An array of zeros in memory, or in a temporary file where it is large.

    The file has no name and vanishes with the array; the system may page it out, so that a large array does not hold memory.

    Args:
        shape: of the array.
        dtype: of the array.
        spill_from_bytes: arrays of this size and larger are a memory map of such a file.
    """
    if math.prod(shape) * np.dtype(dtype).itemsize < spill_from_bytes:
        return np.zeros(tuple(shape), dtype=dtype)
    with tempfile.TemporaryFile(prefix="spheroseg-") as file:
        return np.memmap(file, dtype=dtype, mode="w+", shape=tuple(shape))


def release(array: NDArray[Any]) -> None:
    """Give a memory map's pages back to the system; nothing for plain arrays.

    Pages that were read or written count as the process's memory until somebody else needs it; a run that states
    its peak memory hands them back itself. What was written stays: it is the file's.
    """
    base: Any = array
    while type(base) is np.ndarray:
        base = base.base  # views lead to the map that they look into
    # dropping the pages of a copy-on-write map would undo what its owner wrote
    if isinstance(base, np.memmap) and base.mode != "c" and hasattr(mmap, "MADV_DONTNEED"):
        mapping: Any = base
        while isinstance(mapping, np.ndarray):
            mapping = mapping.base
        if isinstance(mapping, mmap.mmap):
            mapping.madvise(mmap.MADV_DONTNEED)
