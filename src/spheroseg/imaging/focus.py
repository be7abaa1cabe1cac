"""Which z plane to look at: the sharpest one, or a projection."""

from __future__ import annotations

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


def flatten_z(image: Image, t: int, z: int | str) -> tuple[NDArray[Any], int | str]:
    """The channels of one frame with the z axis resolved.

    Args:
        image: any image.
        t: the frame.
        z: index of a plane, "sharpest" (of the channels' summed sharpness), "max" or "mean".

    Returns:
        (c, y, x) values — raw dtype for a plane and for "max", float32 for "mean" — and what was used:
        the plane's index, or the name of the projection. One plane is index 0 whatever was asked.

    Raises:
        ParameterError: there is no such frame or plane.
        ImageReadError: the frame's pixels are damaged.
    """
    if not 0 <= t < image.n_frames:
        raise ParameterError(f"t={t} is outside this image, which has t 0…{image.n_frames - 1}")
    image.check_frame(t)
    stack = image.data[t]
    if image.n_slices == 1:
        z = 0 if isinstance(z, str) else z
    elif z == "sharpest":
        z = int(np.argmax([sum(sharpness(plane) for plane in stack[:, k]) for k in range(image.n_slices)]))
    if isinstance(z, int):
        if not 0 <= z < image.n_slices:
            raise ParameterError(f"z={z} is outside this image, which has z 0…{image.n_slices - 1}")
        return stack[:, z], z
    if z == "max":
        return stack.max(axis=1), z
    if z == "mean":
        return stack.mean(axis=1, dtype=np.float32), z
    raise ParameterError(f"z is the number of a plane, 'sharpest', 'max' or 'mean', not {z!r}")
