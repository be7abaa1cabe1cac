"""Which predicted object is which reference object: overlaps of two label images, and pairs by IoU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Labels = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """Every pair of objects that shares a pixel, and all objects with their areas.

    Attributes:
        reference_labels: (r,) ascending.
        predicted_labels: (p,) ascending.
        reference_areas: (r,) pixels.
        predicted_areas: (p,) pixels.
        reference_index: (k,) index into `reference_labels`, one a pair, ascending.
        predicted_index: (k,) index into `predicted_labels`.
        pixels: (k,) pixels in both.
        iou: (k,) above 0…1.
    """

    reference_labels: Ints
    predicted_labels: Ints
    reference_areas: Ints
    predicted_areas: Ints
    reference_index: Ints
    predicted_index: Ints
    pixels: Ints
    iou: Floats


def overlaps_of(reference: Labels, predicted: Labels) -> Overlaps:
    """Count the pixels of every pair of labels (> 0) in two (y, x) label images of one shape."""
    foreground = (reference > 0) | (predicted > 0)
    r, p = reference[foreground].astype(np.uint64), predicted[foreground].astype(np.uint64)
    base = np.uint64(int(p.max(initial=0)) + 1)
    keys, pixels = np.unique(r * base + p, return_counts=True)
    r, p = keys // base, keys % base
    reference_labels, r_index = np.unique(r, return_inverse=True)
    predicted_labels, p_index = np.unique(p, return_inverse=True)
    reference_areas = np.bincount(r_index, weights=pixels, minlength=len(reference_labels)).astype(np.int64)
    predicted_areas = np.bincount(p_index, weights=pixels, minlength=len(predicted_labels)).astype(np.int64)
    in_both = (r > 0) & (p > 0)
    shared = pixels[in_both].astype(np.int64)
    iou = shared / (reference_areas[r_index] + predicted_areas[p_index] - pixels)[in_both]
    r_first, p_first = int(0 in reference_labels), int(0 in predicted_labels)
    return Overlaps(
        reference_labels=reference_labels[r_first:].astype(np.int64),
        predicted_labels=predicted_labels[p_first:].astype(np.int64),
        reference_areas=reference_areas[r_first:],
        predicted_areas=predicted_areas[p_first:],
        reference_index=r_index[in_both] - r_first,
        predicted_index=p_index[in_both] - p_first,
        pixels=shared,
        iou=iou,
    )


def match(overlaps: Overlaps, threshold: float) -> Ints:
    """Indices of the pairs that match at an IoU `threshold` ≥ 0.5, by reference label.

    No assignment problem is left at 0.5: IoU(A, P) ≥ 0.5 needs at least half of A and half of P. Two partners of A are
    then its two halves, both inside A and so without another partner: whichever is taken, the number of matches is the
    same. The lower label is taken.
    """
    candidates = np.flatnonzero(overlaps.iou >= threshold)
    _, first = np.unique(overlaps.reference_index[candidates], return_index=True)
    candidates = candidates[first]
    _, first = np.unique(overlaps.predicted_index[candidates], return_index=True)
    return np.sort(candidates[first])


def best_iou(overlaps: Overlaps) -> Floats:
    """For each reference object the largest IoU with any predicted object, 0 where none touches it; (r,)."""
    best = np.zeros(len(overlaps.reference_labels))
    np.maximum.at(best, overlaps.reference_index, overlaps.iou)
    return best
