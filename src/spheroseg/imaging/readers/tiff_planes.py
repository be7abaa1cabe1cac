"""A TIFF series of which some pages cannot be decoded: their planes fail alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.imaging import limits
from spheroseg.imaging.readers.damage import Damage
from spheroseg.kernels.scratch import allocate


def decode_each(
    path: Path, series: tifffile.TiffPageSeries, shape: tuple[int, ...], lost: dict[int, str]
) -> tuple[NDArray[Any], dict[int, str]]:
    """Decodes page by page.

    Args:
        path: the file.
        series: of it.
        shape: of its pixels.
        lost: planes that are known not to be there, with the reason.

    Returns:
        Pixels of this shape, 0 where a page is damaged, and the reason by the number of the page.

    Raises:
        ImageReadError: the pages cannot be told apart, or none can be decoded.
    """
    pages = list(series.pages)
    damage = Damage(path, dict(lost))
    n_values = int(np.prod(shape))
    if series.dataoffset is not None and lost:  # one run of pixels, which ends where the file ends
        damage.check(n_values // int(np.prod(series.keyframe.shape)))
        data = allocate(shape, series.dtype, spill_from_bytes=limits.SCRATCH_FROM_BYTES)
        stored = series.dtype.newbyteorder(series.keyframe.parent.byteorder)
        there = np.memmap(path, np.uint8, "r", offset=series.dataoffset)[: data.nbytes]
        values = there[: len(there) // stored.itemsize * stored.itemsize].view(stored)
        flat = data.reshape(-1)
        flat[: len(values)], flat[len(values) :] = values, 0
        return data, damage.reasons
    if series.transform is not None or n_values % len(pages):
        raise ImageReadError(path, next(iter(lost.values()), "its pixels are damaged"))
    damage.check(len(pages))  # before gigabytes are made for what is not there
    data = allocate(shape, series.dtype, spill_from_bytes=limits.SCRATCH_FROM_BYTES)
    planes = data.reshape(len(pages), -1)

    def decode(number: int, page: tifffile.TiffPage | tifffile.TiffFrame) -> None:
        plane = page.asarray()
        if plane.size != planes.shape[1]:
            raise ImageReadError(path, "it has another size than the other planes")
        planes[number] = plane.ravel()

    for number, page in enumerate(pages):
        if number not in lost and page is not None:
            damage.attempt(number, partial(decode, number, page))
    for number in damage.reasons:
        planes[number] = 0
    damage.check(len(pages))
    return data, damage.reasons
