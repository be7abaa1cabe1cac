"""Whole spheroids → their dense cores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spheroseg.errors import ParameterError
from spheroseg.imaging.plane import check_plane
from spheroseg.kernels.scratch import allocate
from spheroseg.segmentation.prediction import Prediction
from spheroseg.segmentation.quality import confidence, edges, flags

CORE_CLASS = "core"
#: A pixel belongs to the core from a probability of one half.
CORE_FROM = 128


def cores(prediction: Prediction, plane: NDArray[Any]) -> tuple[Prediction, NDArray[np.int64]]:
    """The dense cores of spheroids: of each the largest piece of core inside of it, holes filled.

    Confidences and diameter intervals are those of the core's own probability and are not calibrated: no image with
    a core drawn by a person was at hand. Spheroids without a core are left out.

    Args:
        prediction: whole spheroids, of a model whose card has the output "core".
        plane: the plane that it was made from.

    Returns:
        The cores as objects of the class "core", and for each the label of its spheroid.

    Raises:
        ParameterError: what made the prediction knows no cores.
    """
    if prediction.core is None:
        raise ParameterError(f"{prediction.engine['name']} outlines no cores, only whole objects")
    labels, areas, numbers = core_labels(prediction.labels, prediction.core)
    statistics = edges.collect(labels, prediction.core, check_plane(plane), areas)
    confidences = confidence.stability(statistics)
    made = replace(
        prediction,
        labels=labels,
        confidences=confidences,
        diameter_intervals_px=confidence.diameter_intervals(statistics),
        flags=flags.object_flags(statistics, confidences),
        class_name=CORE_CLASS,
        calibration=(),
        diameter_rule=None,
    )
    return made, numbers


def core_labels(
    spheroids: NDArray[np.uint32], core: NDArray[np.uint8]
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """The largest piece of core of each spheroid, holes filled.

    Args:
        spheroids: (y, x) labels.
        core: (y, x) probability of the core, 255 is 1.0.

    Returns:
        (y, x) labels of the cores, 1…n in reading order of each one's first pixel; their pixels; their spheroids' labels.
    """
    found: list[tuple[tuple[int, int], int, tuple[slice, ...], NDArray[np.bool_]]] = []
    for number, box in enumerate(ndimage.find_objects(spheroids), start=1):
        own = spheroids[box] == number
        pieces, count = ndimage.label(own & (core[box] >= CORE_FROM))
        if count == 0:
            continue
        largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
        body = ndimage.binary_fill_holes(pieces == largest) & own
        y, x = divmod(int(np.argmax(body)), body.shape[1])
        found.append(((box[0].start + y, box[1].start + x), number, box, body))
    found.sort(key=lambda item: item[0])
    labels: NDArray[np.uint32] = allocate(spheroids.shape, np.uint32)
    for label, (_, _, box, body) in enumerate(found, start=1):
        labels[box][body] = label
    areas = np.array([body.sum() for *_, body in found], dtype=np.int64)
    return labels, areas, np.array([number for _, number, *_ in found], dtype=np.int64)
