"""The size of a pixel: (y, x) in µm, checked here and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from spheroseg.errors import ParameterError

#: (y, x) µm per pixel, the order of an array's axes
PixelSize = tuple[float, float]

#: A pixel of a centimetre is none of a microscope.
LARGEST_UM = 1e4


def check_pixel_size(pixel_size_um: float | Iterable[Any] | None) -> PixelSize | None:
    """(y, x) in µm from one number for square pixels or from two; None stays None.

    Raises:
        ParameterError: it is not positive, not finite, larger than a centimetre, or not one number or two.
    """
    if pixel_size_um is None:
        return None
    try:
        sizes = tuple(pixel_size_um) if isinstance(pixel_size_um, Iterable) else (pixel_size_um, pixel_size_um)
        y, x = (math.nan if isinstance(size, str) else float(size) for size in sizes)
    except (TypeError, ValueError):
        y = x = math.nan
    if not (0.0 < y <= LARGEST_UM and 0.0 < x <= LARGEST_UM):
        raise ParameterError(
            f"a pixel size is a positive number of µm up to {LARGEST_UM:g}, or two (y, x); not {pixel_size_um}"
        )
    return y, x
