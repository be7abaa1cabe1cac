"""What counts as a plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError


def check_plane(plane: NDArray[Any]) -> NDArray[Any]:
    """The plane itself, or a copy in a dtype that the kernels know.

    Raises:
        ParameterError: it is not a non-empty 2-D array of real numbers.
    """
    if plane.ndim != 2 or plane.size == 0:
        raise ParameterError(f"a plane has two axes (y, x) and at least one pixel; this array's shape is {plane.shape}")
    if plane.dtype.kind not in "biuf":
        raise ParameterError(f"a plane holds real numbers, not {plane.dtype}")
    if plane.dtype.kind == "b":
        return plane.view(np.uint8)
    if plane.dtype in {np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32)}:
        return plane
    return plane.astype(np.float32)
