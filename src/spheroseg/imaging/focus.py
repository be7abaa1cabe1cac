"""Which z plane to look at: the sharpest one, or a projection."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.imaging.image import Image


def sharpness(plane: NDArray[Any]) -> float:
    """Contrast of fine detail: variance of the Laplacian over the variance of the values.

    Args:
        plane: (y, x) of any real dtype.

    Returns:
        A dimensionless number ≥ 0, larger is sharper; 0 for a constant plane.
    """
    values = np.ascontiguousarray(plane, dtype=np.float32)
    spread = float(values.var())
    if spread == 0:
        return 0.0
    # a light blur first: otherwise the noise of a dim plane counts as detail
    return float(cv2.Laplacian(cv2.GaussianBlur(values, (0, 0), 1.5), cv2.CV_32F).var()) / spread


def flatten_z(image: Image, t: int, z: int | str) -> tuple[Image, int | str]:
    """One frame with the z axis resolved.

    Args:
        image: any image.
        t: the frame.
        z: index of a plane, "sharpest" (of the channels' summed sharpness), "max" or "mean".

    Returns:
        The frame as an image of its own (one frame, one slice; raw dtype for a plane and for "max", float32 for "mean"), and
        what was used: the plane's index, or the name of the projection. One plane is index 0 whatever was asked.
        A channel whose plane (of a projection, one of whose planes) cannot be read stays unreadable; the sharpest plane is
        one of those of which most channels can be read.

    Raises:
        ParameterError: there is no such frame or plane.
    """
    if not 0 <= t < image.n_frames:
        raise ParameterError(f"t={t} is outside this image, which has t 0…{image.n_frames - 1}")
    stack = image.data[t]
    lost = {(c, k): reason for (frame, c, k), reason in image.unreadable.items() if frame == t}
    if image.n_slices == 1:
        z = 0 if isinstance(z, str) else z
    elif z == "sharpest":
        z = _sharpest(stack, set(lost))
    if isinstance(z, int):
        if not 0 <= z < image.n_slices:
            raise ParameterError(f"z={z} is outside this image, which has z 0…{image.n_slices - 1}")
        channels = stack[:, z]
        lost = {(c, k): reason for (c, k), reason in lost.items() if k == z}
    elif z == "max":
        channels = stack.max(axis=1)
    elif z == "mean":
        channels = stack.mean(axis=1, dtype=np.float32)
    else:
        raise ParameterError(f"z is the number of a plane, 'sharpest', 'max' or 'mean', not {z!r}")
    unreadable = {(0, c, 0): reason for (c, _), reason in lost.items()}
    return replace(image, data=channels[None, :, None], unreadable=unreadable), z


def _sharpest(stack: NDArray[Any], lost: set[tuple[int, int]]) -> int:
    """Index of the sharpest of the planes (c, z, y, x) of which most channels can be read."""
    channels, slices = range(stack.shape[0]), range(stack.shape[1])
    n_lost = [sum((c, z) in lost for c in channels) for z in slices]
    candidates = [z for z in slices if n_lost[z] == min(n_lost)]
    judged = [c for c in channels if not any((c, z) in lost for z in candidates)]
    return max(candidates, key=lambda z: sum(sharpness(stack[c, z]) for c in judged))
