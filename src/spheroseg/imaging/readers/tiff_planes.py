"""A TIFF series of which some pages cannot be decoded: the frames they belong to fail alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from spheroseg.imaging import limits
from spheroseg.imaging.readers.tiff_series import Part
from spheroseg.kernels.scratch import allocate

_PLANE_AXES = "YXS"


def decode_each(series: tifffile.TiffPageSeries, shape: tuple[int, ...]) -> tuple[NDArray[Any], dict[int, str]] | None:
    """Decodes page by page.

    Returns:
        Pixels of this shape, 0 where a page is damaged, and the reason by page; None where the pages cannot be told apart, or
        none can be decoded.
    """
    pages = [page for page in series.pages if page is not None]
    n_values = int(np.prod(shape))
    if series.transform is not None or len(pages) < 2 or len(pages) < len(series.pages) or n_values % len(pages):
        return None
    data = allocate(shape, series.dtype, spill_from_bytes=limits.SCRATCH_FROM_BYTES)
    planes = data.reshape(len(pages), -1)
    damaged: dict[int, str] = {}
    for number, page in enumerate(pages):
        try:
            plane = page.asarray()
            if plane.size != planes.shape[1]:
                return None
            planes[number] = plane.ravel()
        except Exception as error:  # noqa: BLE001 -- decoders raise what they like
            planes[number] = 0
            damaged[number] = f"its pixels are damaged ({' '.join(str(error).split())[:120]})"
    return None if len(damaged) == len(pages) else (data, damaged)


def frames_of(part: Part, shape: tuple[int, ...], damaged: dict[int, str]) -> dict[int, str] | None:
    """Which frames of a part damaged pages belong to, each with its reason; None where no frame is whole."""
    axes = part.series.get_axes(squeeze=False)
    stacked = [(size, axis) for size, axis in zip(shape, axes, strict=True) if axis not in _PLANE_AXES]
    numbers = np.full(int(np.prod([size for size, _ in stacked])), -1)
    numbers[list(damaged)] = list(damaged)
    numbers = numbers.reshape([size for size, _ in stacked])
    numbers = numbers[tuple(part.place.get(axis, slice(None)) for _, axis in stacked)]
    left = [(size, axis) for size, axis in stacked if axis not in part.place]
    frames = [place for place, (size, axis) in enumerate(left) if size > 1 and axis not in "CZE"]
    if len(frames) != 1:
        return None
    by_frame = np.moveaxis(numbers, frames[0], 0).reshape(left[frames[0]][0], -1).max(axis=1)
    found = {frame: damaged[int(number)] for frame, number in enumerate(by_frame) if number >= 0}
    return found if len(found) < len(by_frame) else None
