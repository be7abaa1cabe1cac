"""What a person should look at: reason codes of objects and of planes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.segmentation.quality.edges import EdgeStatistics

#: Reason codes of an object → what they mean.
OBJECT_FLAGS = {
    "touches_border": "the object reaches the edge of the image, so its size is a lower limit",
    "uncertain": "the outline moves a lot with the threshold",
    "low_contrast": "inside and surroundings hardly differ in brightness, compared with the noise around them",
    "out_of_focus": "the edge is blurred over a good part of the object's radius",
    "saturated": "a good part of the object has the highest or lowest value of the image's pixel type",
    "debris": "much smaller than the other objects, and uncertain",
}
#: Reason codes of an image → what they mean.
IMAGE_FLAGS = {
    "empty": "no object was found",
    "no_contrast": "all pixels have the same value",
    "several_objects": "more objects than the caller expects",
    "scale_uncertain": "at other scales the model sees something else; state the diameter of the objects",
    "unfamiliar": "the model is unsure of the outlines as a whole, as it is of images unlike those that it knows",
    "missing_values": "the image has pixels without a value (NaN or infinite)",
}
UNCERTAIN_BELOW = 0.5
SATURATED_SHARE = 0.1
DEBRIS_DIAMETER_FRACTION = 0.35
#: Difference of inside and outside, in standard deviations of the outside, below which the contrast is low.
LOW_CONTRAST_BELOW = 0.5
#: An edge is blurred if it is wider than this share of the object's radius, and than so many pixels.
BLURRED_RADIUS_SHARE = 0.25
BLURRED_PX = 6.0


def object_flags(statistics: EdgeStatistics, confidences: NDArray[np.float64]) -> tuple[tuple[str, ...], ...]:
    """Reason codes of each object, in the order of `OBJECT_FLAGS`."""
    n = len(statistics.area)
    if n == 0:
        return ()
    count, height, absolute_height, step, outside, outside_squared = statistics.edges.T
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_height = np.abs(height) / count
        variance = outside_squared / count - (outside / count) ** 2
        contrast = mean_height / np.sqrt(np.maximum(variance, 1e-12))
        edge_width = 2.0 * absolute_height / step
    diameters = 2.0 * np.sqrt(statistics.area / np.pi)
    # the diameter that half of the outlined area belongs to objects above of
    order = np.argsort(diameters)
    middle = diameters[order][np.searchsorted(np.cumsum(statistics.area[order]), statistics.area.sum() / 2)]
    uncertain = confidences < UNCERTAIN_BELOW
    low_contrast = contrast < LOW_CONTRAST_BELOW
    found = {
        "touches_border": statistics.on_border,
        "uncertain": uncertain,
        "low_contrast": low_contrast,
        "out_of_focus": (edge_width > np.maximum(BLURRED_PX, BLURRED_RADIUS_SHARE * diameters / 2.0)) & ~low_contrast,
        "saturated": statistics.saturated > SATURATED_SHARE * statistics.area,
        "debris": uncertain & (diameters < DEBRIS_DIAMETER_FRACTION * middle),
    }
    return tuple(tuple(name for name in OBJECT_FLAGS if found[name][i]) for i in range(n))


def image_flags(
    plane: NDArray[Any],
    n_objects: int,
    expected_objects: int | None,
    *,
    is_scale_uncertain: bool = False,
    is_unfamiliar: bool = False,
) -> tuple[str, ...]:
    """Reason codes of the plane, in the order of `IMAGE_FLAGS`."""
    missing = plane.dtype.kind == "f" and not np.isfinite(plane).all()
    finite = plane[np.isfinite(plane)] if missing else plane
    found = {
        "empty": n_objects == 0,
        "no_contrast": finite.size == 0 or finite.min() == finite.max(),
        "several_objects": expected_objects is not None and n_objects > expected_objects,
        "scale_uncertain": is_scale_uncertain,
        "unfamiliar": is_unfamiliar,
        "missing_values": missing,
    }
    return tuple(name for name in IMAGE_FLAGS if found[name])
