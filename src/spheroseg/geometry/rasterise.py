"""Polygons → label image."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from spheroseg.errors import GeometryError, ParameterError
from spheroseg.geometry.polygons import Polygon, Polygons


def rasterise(
    polygons: Polygons | Iterable[Polygon], shape: tuple[int, int], *, dtype: DTypeLike = np.uint32
) -> NDArray[Any]:
    """Draw polygons into a label image.

    A pixel belongs to a polygon if its centre lies inside, by the even-odd rule over the polygon's rings; a centre
    exactly on an edge belongs to the polygon on the edge's right (or below it), so polygons that share an edge share
    no pixel and leave none out. What lies outside of the image is cut off; later polygons win.

    Args:
        polygons: with labels ≥ 1, in pixel-edge coordinates, at any sub-pixel position.
        shape: (height, width) of the image.
        dtype: integer dtype that holds every label.

    Returns:
        (height, width) labels, 0 is background.

    Raises:
        ParameterError: the shape is negative, or a label is below 1 or too large for the dtype.
        GeometryError: a coordinate is not a finite number.
    """
    from spheroseg.geometry.scanline import fill_polygons  # noqa: PLC0415 -- numba loads slowly

    outlines = polygons if isinstance(polygons, Polygons) else Polygons.from_list(polygons)
    height, width = shape
    if height < 0 or width < 0:
        raise ParameterError(f"an image cannot have the shape {shape}")
    target = np.dtype(dtype)
    if target.kind not in "ui":
        raise ParameterError(f"labels are whole numbers; dtype {target} cannot hold them")
    if len(outlines) and not 1 <= outlines.labels.min() <= outlines.labels.max() <= np.iinfo(target).max:
        raise ParameterError(
            f"labels {outlines.labels.min()}…{outlines.labels.max()} do not fit 1…{np.iinfo(target).max} of {target}"
        )
    if not np.isfinite(outlines.vertices).all():
        raise GeometryError("an outline has a coordinate that is not a finite number")
    labels = np.zeros((height, width), dtype=target)
    fill_polygons(outlines.vertices, outlines.vertex_start, outlines.ring_start, outlines.labels, labels)
    return labels
