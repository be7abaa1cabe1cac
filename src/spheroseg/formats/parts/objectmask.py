"""One object's outlines ↔ its own small mask, for formats that hold a mask an object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spheroseg.formats.parts.numbering import Identity
from spheroseg.geometry import Polygon, Polygons, rasterise, trace

Mask = NDArray[np.bool_]


def mask_of(polygons: Iterable[Polygon], shape: tuple[int, int]) -> tuple[Mask, int, int]:
    """One object's pixels, cropped.

    Args:
        polygons: the object's parts.
        shape: (height, width) of the image; what lies outside is cut off.

    Returns:
        mask: (h, w) boolean crop, (0, 0) where no pixel centre lies inside.
        left: column of its first column.
        top: row of its first row.
    """
    parts = list(polygons)
    rings = [ring for part in parts for ring in part.rings]
    vertices = rings[0] if len(rings) == 1 else np.concatenate(rings)
    low = np.maximum(np.floor(vertices.min(axis=0)), 0).astype(np.int64)
    high = np.minimum(np.ceil(vertices.max(axis=0)), (shape[1], shape[0])).astype(np.int64)
    if (high <= low).any():
        return np.zeros((0, 0), dtype=bool), 0, 0
    # packed here and not by Polygons.from_list: this runs once an object
    flat = Polygons(
        vertices=vertices - low,
        vertex_start=np.cumsum([0, *map(len, rings)]),
        ring_start=np.cumsum([0, *(len(part.rings) for part in parts)]),
        labels=np.ones(len(parts), dtype=np.int64),
        class_names=("",) * len(parts),
        confidences=np.empty(len(parts)),
    )
    mask = rasterise(flat, (int(high[1] - low[1]), int(high[0] - low[0])), dtype=np.uint16).astype(bool)
    if mask[0].any() and mask[-1].any() and mask[:, 0].any() and mask[:, -1].any():
        return mask, int(low[0]), int(low[1])
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return np.zeros((0, 0), dtype=bool), 0, 0
    mask = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return mask, int(low[0] + columns[0]), int(low[1] + rows[0])


def polygons_of(mask: Mask, left: int, top: int, identity: Identity) -> list[Polygon]:
    """The outlines of one object's cropped mask, in the coordinates of the whole image."""
    offset = np.array([left, top], dtype=np.float64)
    return [
        Polygon(
            part.exterior + offset,
            tuple(hole + offset for hole in part.holes),
            identity.label,
            identity.class_name,
            identity.confidence,
        )
        for part in trace(mask)
    ]


def polygons_of_all(masks: Sequence[tuple[Mask, int, int, Identity]], shape: tuple[int, int]) -> list[Polygon]:
    """`polygons_of` for all objects of an image, as fast for many as for one.

    Objects that share no pixel are drawn into one label image and traced at once (tracing one by one takes 20 times
    as long); the others are traced alone.

    Args:
        masks: (mask, left, top, identity) of each object.
        shape: (height, width) of the image.

    Returns:
        The polygons in the order of the objects.
    """
    drawn = np.zeros(shape, dtype=np.uint32)
    parts: list[list[Polygon]] = [[] for _ in masks]
    for i, (mask, left, top, identity) in enumerate(masks):
        place = drawn[top : top + mask.shape[0], left : left + mask.shape[1]]
        if place[mask].any():
            parts[i] = polygons_of(mask, left, top, identity)
        else:
            place[mask] = i + 1
    for part in trace(drawn):
        identity = masks[part.label - 1][3]
        parts[part.label - 1].append(
            replace(part, label=identity.label, class_name=identity.class_name, confidence=identity.confidence)
        )
    return [polygon for polygons in parts for polygon in polygons]
