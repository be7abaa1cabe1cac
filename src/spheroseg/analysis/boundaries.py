"""Distances between the boundaries of pairs of objects."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def boundary_distances(
    reference: NDArray[Any],
    predicted: NDArray[Any],
    reference_labels: Ints,
    predicted_labels: Ints,
    *,
    scale_yx: tuple[float, float] = (1.0, 1.0),
) -> tuple[Floats, Floats]:
    """95 % Hausdorff and mean distance between the boundaries of each pair.

    Args:
        reference: (y, x) labels, 0 is background.
        predicted: (y, x) labels of the same shape.
        reference_labels: (m,) one a pair; each must exist in `reference`.
        predicted_labels: (m,) one a pair; each must exist in `predicted`.
        scale_yx: length of a pixel along y and x; the unit of the result.

    Returns:
        hausdorff95: (m,) the larger of the two directions' 95th percentiles.
        mean_distance: (m,) mean over the boundary pixels of both objects of the distance to the other boundary.
    """
    hausdorff95, mean_distance = np.empty(len(reference_labels)), np.empty(len(reference_labels))
    reference_points = _boundary_points(reference, reference_labels, scale_yx)
    predicted_points = _boundary_points(predicted, predicted_labels, scale_yx)
    for i, (a, b) in enumerate(zip(reference_points, predicted_points, strict=True)):
        forth, back = np.asarray(cKDTree(b).query(a)[0]), np.asarray(cKDTree(a).query(b)[0])
        hausdorff95[i] = max(np.percentile(forth, 95), np.percentile(back, 95))
        mean_distance[i] = (forth.sum() + back.sum()) / (len(forth) + len(back))
    return hausdorff95, mean_distance


def _boundary_points(labels: NDArray[Any], wanted: Ints, scale_yx: tuple[float, float]) -> list[Floats]:
    """For each wanted label the centres of its boundary pixels, (n, 2) as (y, x)."""
    if not len(wanted):
        return []
    boundary = np.zeros(labels.shape, dtype=bool)
    boundary[[0, -1], :] = True
    boundary[:, [0, -1]] = True
    differs_below = labels[1:] != labels[:-1]
    boundary[1:] |= differs_below
    boundary[:-1] |= differs_below
    differs_right = labels[:, 1:] != labels[:, :-1]
    boundary[:, 1:] |= differs_right
    boundary[:, :-1] |= differs_right
    boundary &= labels > 0
    y, x = np.nonzero(boundary)
    values = labels[y, x].astype(np.int64)
    order = np.argsort(values, kind="stable")
    values = values[order]
    points = np.stack([y[order] * scale_yx[0], x[order] * scale_yx[1]], axis=1)
    first, last = np.searchsorted(values, wanted, side="left"), np.searchsorted(values, wanted, side="right")
    return [points[a:b] for a, b in zip(first, last, strict=True)]
