"""Room for pixels: memory, or an unnamed file for what is too large for it."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from spheroseg.imaging.limits import SCRATCH_FROM_BYTES


def empty(shape: Sequence[int], dtype: DTypeLike) -> NDArray[Any]:
    """An array to decode into.

    From `SCRATCH_FROM_BYTES` on it lies in a file of the system's temporary folder that has no name and vanishes
    with the array; the system may page it out, so that a large compressed image does not hold memory.
    """
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    if n_bytes < SCRATCH_FROM_BYTES:
        return np.empty(tuple(shape), dtype=dtype)
    with tempfile.TemporaryFile() as stream:
        return np.memmap(stream, dtype=dtype, mode="w+", shape=tuple(shape))
