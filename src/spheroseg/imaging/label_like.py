"""Is this a picture of something, or a mask of it?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.imaging.image import Image
from spheroseg.imaging.pairing import looks_like_mask, stem_of

_LEAST_FLAT = 0.9
_LEAST_FLAT_INSIDE = 0.85  # overexposed pictures reach 0.82, masks saved as JPEG 0.87
_MOST_VALUES_SHARE = 0.02
_MOST_FOLDERS = 4  # in which one name lies as image and masks; where it lies in more, these are plates or wells
_WORD = re.compile(
    r"(?:^|(?<=[_\-. ]))(?:masks?|labels?|lbls?|segs?|segmentations?|segmented|gt|truth|groundtruths?|annotations?|annotated"
    r"|binary|outlines?|objects?|identities|rois?|manual|targets?|stardist|cellpose|ilastik)(?=$|[_\-. \d])",
    re.IGNORECASE,
)
_FOLDER = re.compile(
    r"(?:masks?|labels?|segmentations?|lbls?|ground ?truth|annotations?)(?=[A-Z\d_\-. ]|$)", re.IGNORECASE
)


def could_be_mask(relative: PurePath) -> bool:
    """Whether a file's place or name is one of masks: in a folder "masks", or called "A01_mask" or "labels 3".

    It says only which files are worth a look: what they are, `is_label_file` tells.
    """
    return (
        looks_like_mask(relative.as_posix())
        or _WORD.search(stem_of(relative.name)) is not None
        or any(_WORD.search(part) or _FOLDER.match(part) for part in relative.parts[:-1])
    )


def masks_by_folder(images: Collection[Path]) -> set[Path]:
    """Images that lie under the same name in another folder too, where the first ones of their folder are masks.

    Whatever the folders are called ("images" and "manual"): two files of each are looked at.
    """
    places: dict[str, set[Path]] = defaultdict(set)
    for path in images:
        places[stem_of(path.name).casefold()].add(path.parent)
    shared: dict[Path, list[Path]] = defaultdict(list)
    for path in images:
        if 1 < len(places[stem_of(path.name).casefold()]) <= _MOST_FOLDERS:
            shared[path.parent].append(path)
    return {path for found in shared.values() if all(map(is_label_file, found[:2])) for path in found}


def is_label_image(image: Image) -> bool:
    """Whether an image holds labels or a binary mask: whole numbers, or colours, of few values in flat areas."""
    plane = _numbers(image)
    if plane is None:
        return False
    values, counts = np.unique(plane, return_counts=True)
    if len(values) > max(16, _MOST_VALUES_SHARE * plane.size) or plane.shape[1] < 2:
        return False
    left, right = plane[:, :-1], plane[:, 1:]
    is_same = left == right
    # in the objects of a dark fluorescence image, too, neighbours differ
    is_inside = (left != values[counts.argmax()]) & (right != values[counts.argmax()])
    return bool(
        is_same.mean() >= _LEAST_FLAT and (not is_inside.any() or is_same[is_inside].mean() >= _LEAST_FLAT_INSIDE)
    )


def _numbers(image: Image) -> NDArray[Any] | None:
    """The first plane as whole numbers, a colour as one; None where it has channels or fractions."""
    if image.is_rgb and image.data.dtype == np.uint8:
        red, green, blue = image.data[0, :3, 0].astype(np.uint32)
        return np.asarray((red << 16) | (green << 8) | blue)
    if image.is_rgb or image.n_channels > 1:
        return None
    t, z = image.preview_place
    plane = np.asarray(image.data[t, 0, z])
    if plane.dtype.kind == "f":
        return plane if np.isfinite(plane).all() and (plane == np.floor(plane)).all() else None
    return plane


def is_label_file(path: Path) -> bool:
    """As `is_label_image`; a file that cannot be read is no mask, so that its fault is told."""
    from spheroseg.imaging.read import read_image  # noqa: PLC0415 -- it is asked for suspects only

    try:
        return is_label_image(read_image(path))
    except ImageReadError:
        return False
