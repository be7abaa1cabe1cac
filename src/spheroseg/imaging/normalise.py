"""Raw values → the scale that networks and screens want. Raw values are never clipped to 8 bit first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.imaging.image import Image

EXACT_UP_TO_PX = 4_000_000
"""Planes up to this size have exact percentiles; larger ones are sampled on a regular grid of about as many pixels."""

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601-7, section 2.5.1
_ROWS_AT_A_TIME = 64  # the parts stay in the cache: twice as fast as whole planes


def luminance(image: Image, t: int = 0, z: int = 0, c: int | None = None) -> NDArray[Any]:
    """The one grey plane that is segmented.

    Args:
        image: any image.
        t: frame.
        z: slice.
        c: channel; None is the luma of a colour image and channel 0 of any other.

    Returns:
        (y, x) plane: the raw dtype for a channel (a view where the data allow it), float32 for the luma
        (Rec. 601: 0.299 R + 0.587 G + 0.114 B, in the image's own units).

    Raises:
        ParameterError: there is no such frame, channel or slice.
    """
    if c is not None or not image.is_rgb:
        return image.plane(t, c or 0, z)
    red, green, blue = (image.plane(t, colour, z) for colour in range(3))
    luma = np.empty(image.shape, dtype=np.float32)
    for top in range(0, image.shape[0], _ROWS_AT_A_TIME):
        rows = slice(top, top + _ROWS_AT_A_TIME)
        part = luma[rows]
        part[...] = red[rows]
        part *= np.float32(_LUMA[0])
        for plane, weight in ((green, _LUMA[1]), (blue, _LUMA[2])):
            weighted = plane[rows].astype(np.float32)
            weighted *= np.float32(weight)
            part += weighted
    return luma


def percentile_range(plane: NDArray[Any], low: float, high: float) -> tuple[float, float]:
    """The values below which `low` and `high` percent of the pixels lie.

    Same numbers as `np.percentile` (linear interpolation) up to `EXACT_UP_TO_PX` pixels, from a histogram where
    the values are 8 or 16 bit integers; larger planes are sampled on a regular grid. NaN and infinite values
    are left out.

    Args:
        plane: (y, x), any real dtype.
        low: 0…100.
        high: low…100.

    Returns:
        (value at low, value at high); (0, 0) for a plane without a finite value.

    Raises:
        ParameterError: low and high are not 0 ≤ low ≤ high ≤ 100, or the plane is empty.
    """
    if not 0 <= low <= high <= 100:
        raise ParameterError(f"percentiles must be 0 ≤ low ≤ high ≤ 100, not {low} and {high}")
    if plane.size == 0:
        raise ParameterError("an empty plane has no percentiles")
    if plane.size > EXACT_UP_TO_PX:
        step = int(np.ceil(np.sqrt(plane.size / EXACT_UP_TO_PX)))
        plane = plane[::step, ::step]
    if plane.dtype.kind in "ub" and plane.dtype.itemsize <= 2:
        return _histogram_range(plane, low, high)
    values = plane.ravel()
    if plane.dtype.kind == "f":
        values = values[np.isfinite(values)]
        if values.size == 0:
            return 0.0, 0.0
    lowest, highest = np.percentile(values, (low, high))
    return float(lowest), float(highest)


def _histogram_range(plane: NDArray[Any], low: float, high: float) -> tuple[float, float]:
    counts = np.bincount(plane.ravel())
    ends = np.cumsum(counts)

    def value_at(percent: float) -> float:
        position = percent / 100 * (plane.size - 1)
        below = int(np.floor(position))
        first = int(np.searchsorted(ends, below, side="right"))
        second = int(np.searchsorted(ends, min(below + 1, plane.size - 1), side="right"))
        return first + (second - first) * (position - below)

    return value_at(low), value_at(high)


def normalise(plane: NDArray[Any], low_percentile: float = 0.1, high_percentile: float = 99.9) -> NDArray[np.float32]:
    """(value − low) / (high − low), not clipped: 0 and 1 are the two percentiles of the whole plane.

    A plane whose two percentiles coincide (a few bright pixels on nothing) uses its lowest and highest value
    instead, and a constant plane is 0 everywhere. NaN and −∞ become 0, +∞ becomes 1.

    Args:
        plane: (y, x), any real dtype; not modified.
        low_percentile: 0…100.
        high_percentile: low_percentile…100.

    Returns:
        (y, x) float32.

    Raises:
        ParameterError: the percentiles make no sense, or the plane is empty.
    """
    low, high = percentile_range(plane, low_percentile, high_percentile)
    if high <= low:
        low, high = percentile_range(plane, 0, 100)
    if high <= low:
        return np.zeros(plane.shape, dtype=np.float32)
    scale = 1 / (high - low)
    if plane.dtype.kind in "iu" and plane.dtype.itemsize <= 2:
        scaled = plane.astype(np.float32)
        scaled -= np.float32(low)
        scaled *= np.float32(scale)
        return scaled
    # wide integers and float64 lose digits in float32 before the offset is gone
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = ((plane.astype(np.float64) - low) * scale).astype(np.float32)
    if plane.dtype.kind == "f":
        np.nan_to_num(scaled, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
    return scaled
