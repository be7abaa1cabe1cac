"""The pixels of one image of a Leica file, as far as they are there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

import liffile
import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.imaging.parts import in_any_case
from spheroseg.imaging.readers.damage import CUT_OFF, Damage, LongerFile

_PLANE_LABELS = {"Y", "X", "S"}


def read(path: Path, image: liffile.LifImage) -> tuple[NDArray[Any], dict[int, str]]:
    """Pixels as they are stored, and the planes that are not there.

    Returns:
        An array of the image's shape, and why, by the number of each plane (the first axis the slowest) that is not there.

    Raises:
        ImageReadError: none of it is there, or its planes cannot be told apart.
    """
    try:
        block = image.memory_block
    except (KeyError, IndexError):
        raise ImageReadError(path, CUT_OFF) from None
    if image.nbytes > block.size:
        raise ImageReadError(path, "the file is truncated: pixels lie beyond its end")
    if block.frames:
        return _of_frames(path, image)
    n_there = path.stat().st_size - block.offset
    if n_there >= block.size:
        # copied when written to: liffile turns blue, green, red around in place
        return image.asarray(mode="c", out="memmap"), {}
    n_planes, plane_bytes = _planes(path, image)
    damage = Damage(path, dict.fromkeys(range(max(0, n_there) // plane_bytes, n_planes), CUT_OFF))
    damage.check(n_planes)
    with liffile.LifFile(cast("BinaryIO", LongerFile(path, size=block.offset + block.size)), squeeze=False) as file:
        same = next(one for one in file.images if one.path == image.path and one.memory_block.id == block.id)
        return np.asarray(same.asarray()), damage.reasons


def _planes(path: Path, image: liffile.LifImage) -> tuple[int, int]:
    """Number of planes and bytes of each, where they lie one after the other."""
    labels = list(image.sizes)
    n_planes = int(np.prod([size for label, size in image.sizes.items() if label not in _PLANE_LABELS], dtype=int))
    tail = [label for label in labels if label in _PLANE_LABELS]
    size = image.memory_block.size
    if labels[-len(tail) :] != tail or size % n_planes:
        raise ImageReadError(path, CUT_OFF)
    return n_planes, size // n_planes


def _of_frames(path: Path, image: liffile.LifImage) -> tuple[NDArray[Any], dict[int, str]]:
    """Pixels that lie in other files, one or more of them a block."""
    block, folder = image.memory_block, Path(image.parent.dirname)
    missing = {frame.file for frame in block.frames if not in_any_case(folder, frame.file).is_file()}
    if not missing:
        try:
            return image.asarray(), {}
        except (MemoryError, ImageReadError):
            raise
        except Exception:
            if len(block.frames) < 2:
                raise
    if len(block.frames) < 2 or "S" in image.sizes or block.size != image.nbytes:
        raise ImageReadError(path, _not_there(min(missing)) if missing else "files to which it refers are damaged")
    n_planes, plane_bytes = _planes(path, image)
    stored = np.zeros(block.size, np.uint8)
    damage = Damage(path)

    def load(frame: Any) -> None:  # noqa: ANN401 -- liffile does not export their type
        if frame.file in missing:
            raise ImageReadError(path, _not_there(frame.file))
        pixels = np.ascontiguousarray(frame.imread(str(folder)))
        stored[frame.offset : frame.offset + frame.size] = pixels.reshape(-1).view(np.uint8)

    for frame in block.frames:
        alone = Damage(path)
        alone.attempt(0, partial(load, frame))
        first, end = frame.offset // plane_bytes, -(-(frame.offset + frame.size) // plane_bytes)
        damage.reasons |= {plane: why for why in alone.reasons.values() for plane in range(first, end)}
    damage.check(n_planes)
    return stored.view(image.dtype).reshape(image.shape), damage.reasons


def _not_there(file: str) -> str:
    return f"{Path(file).name}, to which it refers, is not there"
