"""Is this a picture of something, or a mask of it?"""

from __future__ import annotations

from pathlib import Path, PurePath

import numpy as np

from spheroseg.errors import ImageReadError
from spheroseg.imaging.image import Image
from spheroseg.imaging.pairing import looks_like_mask

_LEAST_FLAT = 0.9
_MOST_VALUES_SHARE = 0.02


def could_be_mask(relative: PurePath) -> bool:
    """Whether a file's place or name is one of masks: in a folder "masks", or called "A01_mask"."""
    return looks_like_mask(relative.as_posix())


def is_label_image(image: Image) -> bool:
    """Whether an image holds labels or a binary mask: whole numbers of few values in flat areas on a background of 0."""
    if image.is_rgb or image.n_channels > 1 or image.data.dtype.kind not in "iub":
        return False
    plane = image.plane()
    values = np.unique(plane)
    if len(values) < 2 or values[0] != 0:
        return len(values) == 1 and values[0] == 0  # nothing was found in that image
    flat = float((plane[:, 1:] == plane[:, :-1]).mean()) if plane.shape[1] > 1 else 0.0
    return flat >= _LEAST_FLAT and len(values) <= max(16, _MOST_VALUES_SHARE * plane.size)


def is_label_file(path: Path) -> bool:
    """As `is_label_image`; a file that cannot be read is no mask, so that its fault is told."""
    from spheroseg.imaging.read import read_image  # noqa: PLC0415 -- it is asked for suspects only

    try:
        return is_label_image(read_image(path))
    except ImageReadError:
        return False
