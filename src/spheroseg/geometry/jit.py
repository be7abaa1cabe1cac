"""How the array kernels are compiled: once per machine, kept on disk where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel to machine code at its first call; later processes load it from numba's cache.

    The kernel releases the GIL, so threads of a server run side by side. Division by zero gives inf or NaN as
    in NumPy, never an exception in the middle of an array.
    """
    try:
        kernel: Callable[P, R] = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # neither the package's folder nor the user's cache folder can be written
        kernel = numba.njit(nogil=True, error_model="numpy")(function)
    return kernel
