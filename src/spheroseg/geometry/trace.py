"""Label image → polygons on pixel edges, lossless."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.geometry.polygons import Polygons

Confidences = Mapping[int, float] | Sequence[float] | NDArray[np.floating[Any]]


def trace(
    labels: NDArray[Any],
    *,
    class_name: str = "spheroid",
    confidences: Confidences | None = None,
) -> Polygons:
    """Outline every object of a label image along its pixel edges.

    Each 4-connected part of a label becomes one polygon: its outer ring and its holes. Pixels that meet only at
    a corner are separate parts of one object. Corners only, no vertex in a straight edge; every polygon is valid
    for GEOS; `rasterise(trace(labels), labels.shape)` gives the labels back exactly. One pass over the image;
    what is held beside it grows with the outlines' rows, not with the image's area.

    Args:
        labels: (y, x), any integer or boolean dtype, 0 is background, numbers may have gaps.
        class_name: given to every polygon.
        confidences: 0…1 for each label: a mapping from label, or a sequence whose entry i belongs to label i + 1.
            A label without one has an unknown confidence.

    Returns:
        Polygons in ascending order of label; parts of one label in raster order.

    Raises:
        ParameterError: labels are not a 2-D integer image, or some are negative.
    """
    from spheroseg.geometry.rings import group_by_part, trace_rings  # noqa: PLC0415 -- numba loads slowly
    from spheroseg.geometry.runs import linked_runs  # noqa: PLC0415 -- numba loads slowly

    image = as_label_image(labels)
    runs = linked_runs(image)
    firsts = np.flatnonzero(runs.first_run == np.arange(len(runs.first_run), dtype=np.int32))
    by_label = np.argsort(runs.label[firsts], kind="stable")
    part_of_first_run = np.zeros(len(runs.first_run), dtype=np.int32)
    part_of_first_run[firsts[by_label]] = np.arange(len(firsts), dtype=np.int32)
    part_runs, part_start = group_by_part(runs.first_run, part_of_first_run, len(firsts))
    vertices, vertex_start, ring_start = trace_rings(runs, part_runs, part_start, image.shape[1])
    part_labels = runs.label[firsts[by_label]].astype(np.int64)
    return Polygons(
        vertices=vertices,
        vertex_start=vertex_start,
        ring_start=ring_start,
        labels=part_labels,
        class_names=(class_name,) * len(part_labels),
        confidences=_confidence_of(part_labels, confidences),
    )


def as_label_image(labels: NDArray[Any]) -> NDArray[Any]:
    """A label image in one of the three dtypes that the kernels are compiled for.

    uint16 and uint32 images and signed ones of the same widths are used in place; 8-bit images become uint16;
    64-bit images become uint32 where their labels fit. Strided views are copied once.

    Args:
        labels: (y, x), any integer or boolean dtype, 0 is background.

    Returns:
        C-contiguous (y, x) uint16, uint32 or int64.

    Raises:
        ParameterError: labels are not a 2-D integer image, some are negative, or above 2⁶³ − 1.
    """
    image = np.asarray(labels)
    if image.ndim != 2:
        raise ParameterError(f"a label image has the axes (y, x); this array's shape is {image.shape}")
    if image.dtype.kind not in "uib":
        raise ParameterError(f"labels are whole numbers; this array's dtype is {image.dtype}")
    if max(image.shape) >= 2**31 - 1:
        raise ParameterError(f"a label image has at most 2³¹ − 2 rows and columns; this one's shape is {image.shape}")
    if image.dtype.kind == "i" and image.size and int(image.min()) < 0:
        raise ParameterError(f"labels are 0 (background) or positive; this image holds {int(image.min())}")
    if image.dtype.itemsize == 8:
        largest = int(image.max()) if image.size else 0
        if largest > np.iinfo(np.int64).max:
            raise ParameterError(f"labels go up to 2⁶³ − 1; this image holds {largest}")
        return np.ascontiguousarray(image, dtype=np.uint32 if largest <= np.iinfo(np.uint32).max else np.int64)
    if image.dtype.itemsize == 1:
        return np.ascontiguousarray(image, dtype=np.uint16)
    native = np.ascontiguousarray(image, dtype=image.dtype.newbyteorder("="))
    return native.view(np.uint16 if image.dtype.itemsize == 2 else np.uint32)


def _confidence_of(labels: NDArray[np.int64], confidences: Confidences | None) -> NDArray[np.float64]:
    if confidences is None:
        return np.full(len(labels), np.nan)
    if isinstance(confidences, Mapping):
        return np.array([confidences.get(int(label), np.nan) for label in labels], dtype=np.float64)
    known = np.append(np.asarray(confidences, dtype=np.float64), np.nan)
    return known[np.minimum(labels - 1, len(known) - 1)]
