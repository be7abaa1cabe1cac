"""How well predicted objects agree with a reference: one image, then many with bootstrap intervals.

An object is all pixels of one label > 0. Definitions, with R the reference and P the predicted objects:

* Foreground IoU and Dice compare the unions of all objects.
* A pair matches at threshold t when its IoU ≥ t. At t ≥ 0.5 an object has at most one such partner, except at
  exactly 0.5, where an object may be cut into two halves; then one of them counts, the other does not.
* AP(t) = TP / (TP + FP + FN), as StarDist and the Data Science Bowl 2018 define it. It is not COCO's area under
  a precision–recall curve.
* PQ = SQ · RQ (Kirillov 2019): SQ is the mean IoU of the pairs matched at 0.5, RQ = TP / (TP + FP/2 + FN/2).
* Distances run between the boundaries of matched pairs. A boundary is the object's pixels that have a 4-neighbour
  outside the object or lie on the image's edge. The 95 % Hausdorff distance is the larger of the two directions' 95th
  percentiles; the mean boundary distance is the mean over all boundary pixels of both.
* Bias is signed: (predicted − reference) / reference, positive where the prediction is too large.

Both images empty is full agreement: IoU, Dice, AP, precision, recall, F1, PQ and RQ are 1. What has no value is NaN: the
precision of no prediction, the recall of no reference, everything about matched pairs where there are none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.analysis.boundaries import boundary_distances
from spheroseg.analysis.matching import best_iou, match, overlaps_of
from spheroseg.errors import ParameterError
from spheroseg.records import check_pixel_size

IOU_THRESHOLDS = tuple(round(0.5 + 0.05 * i, 2) for i in range(10))
FAILURE_IOU = 0.7

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Labels = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The pairs of one image that match at IoU 0.5, one entry a pair in each array, by reference label.

    Attributes:
        reference_labels: (m,) int64.
        predicted_labels: (m,) int64.
        iou: (m,) 0.5…1.
        reference_areas_px: (m,) pixels.
        predicted_areas_px: (m,) pixels.
        hausdorff95_px: (m,) in pixels.
        mean_boundary_distance_px: (m,) in pixels.
    """

    reference_labels: Ints
    predicted_labels: Ints
    iou: Floats
    reference_areas_px: Floats
    predicted_areas_px: Floats
    hausdorff95_px: Floats
    mean_boundary_distance_px: Floats


@dataclass(frozen=True, slots=True, eq=False)
class ImageAgreement:
    """The agreement of one image. Ratios are 0…1, biases are signed fractions, NaN is "has no value".

    Attributes:
        iou: foreground IoU, the unions of all objects.
        dice: foreground Dice.
        object_iou: mean over the reference objects of the largest IoU that any predicted object has with it.
        matched_iou: mean IoU of the pairs matched at 0.5 (the SQ of PQ).
        n_reference: number of reference objects.
        n_predicted: number of predicted objects.
        true_positives: matched pairs at each of `IOU_THRESHOLDS`.
        ap: TP / (TP + FP + FN) at each of `IOU_THRESHOLDS`.
        precision: TP / (TP + FP) at IoU 0.5.
        recall: TP / (TP + FN) at IoU 0.5.
        f1: 2 TP / (2 TP + FP + FN) at IoU 0.5.
        pq: panoptic quality.
        rq: recognition quality; the same number as `f1`.
        hausdorff95_px: mean over matched pairs, pixels.
        hausdorff95_um: the same in µm; NaN without a pixel size.
        mean_boundary_distance_px: mean over matched pairs, pixels.
        mean_boundary_distance_um: the same in µm; NaN without a pixel size.
        mean_boundary_distance_percent: the same as percent of the reference object's equivalent diameter.
        area_bias_matched: mean over matched pairs of the signed relative error of the area.
        diameter_bias_matched: the same of the equivalent diameter √(4A/π).
        area_bias_total: signed relative error of the summed area of all objects.
        diameter_bias_mean: signed relative error of the mean equivalent diameter over all objects.
        matches: the matched pairs.
    """

    iou: float
    dice: float
    object_iou: float
    matched_iou: float
    n_reference: int
    n_predicted: int
    true_positives: tuple[int, ...]
    ap: tuple[float, ...]
    precision: float
    recall: float
    f1: float
    pq: float
    rq: float
    hausdorff95_px: float
    hausdorff95_um: float
    mean_boundary_distance_px: float
    mean_boundary_distance_um: float
    mean_boundary_distance_percent: float
    area_bias_matched: float
    diameter_bias_matched: float
    area_bias_total: float
    diameter_bias_mean: float
    matches: Matches

    @property
    def ap50(self) -> float:
        """AP at IoU 0.5."""
        return self.ap[0]

    @property
    def ap75(self) -> float:
        """AP at IoU 0.75."""
        return self.ap[5]

    @property
    def ap50_95(self) -> float:
        """Mean of AP over IoU 0.5, 0.55 … 0.95."""
        return float(np.mean(self.ap))

    def as_row(self) -> dict[str, float]:
        """The plain numbers by name, for a table or JSON; see `SCALARS`."""
        return {name: getattr(self, name) for name in SCALARS}


SCALARS = (
    "iou", "dice", "object_iou", "matched_iou", "n_reference", "n_predicted", "ap50", "ap75", "ap50_95",
    "precision", "recall", "f1", "pq", "rq", "hausdorff95_px", "hausdorff95_um",
    "mean_boundary_distance_px", "mean_boundary_distance_um", "mean_boundary_distance_percent",
    "area_bias_matched", "diameter_bias_matched", "area_bias_total", "diameter_bias_mean",
)  # fmt: skip


def compare(
    reference: Labels, predicted: Labels, *, pixel_size_um: float | tuple[float, float] | None = None
) -> ImageAgreement:
    """Compare two label images of one field.

    Args:
        reference: (y, x) integers or booleans, 0 is background, one object a label.
        predicted: the same shape and kind.
        pixel_size_um: µm per pixel, one number or (y, x); None leaves the µm values NaN.

    Raises:
        ParameterError: the shapes differ, are not (y, x), or the values are no labels.
    """
    reference, predicted = _as_labels(reference, "reference"), _as_labels(predicted, "predicted")
    if reference.shape != predicted.shape:
        raise ParameterError(
            f"the reference is {reference.shape}, the prediction {predicted.shape}; sizes must be equal"
        )
    scale_um = check_pixel_size(pixel_size_um)
    overlaps = overlaps_of(reference, predicted)
    in_both = int(overlaps.pixels.sum())
    in_any = int(overlaps.reference_areas.sum() + overlaps.predicted_areas.sum()) - in_both
    chosen = match(overlaps, IOU_THRESHOLDS[0])
    n_reference, n_predicted = len(overlaps.reference_labels), len(overlaps.predicted_labels)
    iou = overlaps.iou[chosen]
    true_positives = tuple(int(np.count_nonzero(iou >= threshold)) for threshold in IOU_THRESHOLDS)
    pairs = (
        overlaps.reference_labels[overlaps.reference_index[chosen]],
        overlaps.predicted_labels[overlaps.predicted_index[chosen]],
    )
    reference_areas = overlaps.reference_areas[overlaps.reference_index[chosen]].astype(np.float64)
    predicted_areas = overlaps.predicted_areas[overlaps.predicted_index[chosen]].astype(np.float64)
    hausdorff_px, distance_px = boundary_distances(reference, predicted, *pairs)
    if scale_um is None:
        hausdorff_um = distance_um = np.full_like(distance_px, np.nan)
        percent = 100 * distance_px / _diameter(reference_areas)
    else:
        hausdorff_um, distance_um = boundary_distances(reference, predicted, *pairs, scale_yx=scale_um)
        percent = 100 * distance_um / _diameter(reference_areas * scale_um[0] * scale_um[1])
    tp, fp, fn = true_positives[0], n_predicted - true_positives[0], n_reference - true_positives[0]
    nothing_anywhere = n_reference == n_predicted == 0
    rq = 1.0 if nothing_anywhere else 2 * tp / (2 * tp + fp + fn)
    return ImageAgreement(
        iou=1.0 if nothing_anywhere else in_both / in_any,
        dice=1.0 if nothing_anywhere else 2 * in_both / (in_any + in_both),
        object_iou=_mean(best_iou(overlaps)),
        matched_iou=_mean(iou),
        n_reference=n_reference,
        n_predicted=n_predicted,
        true_positives=true_positives,
        ap=tuple(1.0 if nothing_anywhere else n / (n_reference + n_predicted - n) for n in true_positives),
        precision=1.0 if nothing_anywhere else _ratio(tp, n_predicted),
        recall=1.0 if nothing_anywhere else _ratio(tp, n_reference),
        f1=rq,
        pq=(float(iou.mean()) if tp else 1.0) * rq,
        rq=rq,
        hausdorff95_px=_mean(hausdorff_px),
        hausdorff95_um=_mean(hausdorff_um),
        mean_boundary_distance_px=_mean(distance_px),
        mean_boundary_distance_um=_mean(distance_um),
        mean_boundary_distance_percent=_mean(percent),
        area_bias_matched=_mean(predicted_areas / reference_areas - 1),
        diameter_bias_matched=_mean(np.sqrt(predicted_areas / reference_areas) - 1),
        area_bias_total=_ratio(
            overlaps.predicted_areas.sum() - overlaps.reference_areas.sum(), overlaps.reference_areas.sum()
        ),
        diameter_bias_mean=_ratio(
            _mean(_diameter(overlaps.predicted_areas)), _mean(_diameter(overlaps.reference_areas))
        )
        - 1,
        matches=Matches(*pairs, iou, reference_areas, predicted_areas, hausdorff_px, distance_px),
    )


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over images and its 95 % bootstrap interval.

    Attributes:
        mean: over the images where the quantity has a value; NaN where none has.
        low: 2.5th percentile of the resampled means; NaN with fewer than two images.
        high: 97.5th percentile.
        n: images where the quantity has a value.
    """

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """Agreement over the images of one group.

    Attributes:
        n_images: images in the group.
        n_reference: reference objects in all of them.
        n_predicted: predicted objects in all of them.
        means: an interval for each name of `SCALARS`, and "share_under_0.7": the share of images whose foreground
            IoU is under 0.7.
    """

    n_images: int
    n_reference: int
    n_predicted: int
    means: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Summary:
    """Agreement over many images, of all together and of each group by name."""

    overall: GroupSummary
    groups: Mapping[str, GroupSummary]


def summarise(
    results: Sequence[ImageAgreement], groups: Sequence[str] | None = None, n_bootstrap: int = 2000, seed: int = 0
) -> Summary:
    """Mean over images of every quantity with a 95 % percentile-bootstrap interval, images being resampled.

    Args:
        results: one an image.
        groups: the group of each image (folder, plate, instrument); None for no groups.
        n_bootstrap: resamples.
        seed: of the resampling; the same seed gives the same interval.

    Raises:
        ParameterError: there are no results, or not one group an image.
    """
    if not results:
        raise ParameterError("there is no image to summarise")
    if groups is not None and len(groups) != len(results):
        raise ParameterError(f"{len(results)} images but {len(groups)} groups were given")
    names = sorted(set(groups or ()))
    members = {
        name: [result for result, group in zip(results, groups or (), strict=True) if group == name] for name in names
    }
    return Summary(
        overall=_summarise_group(results, n_bootstrap, seed),
        groups={name: _summarise_group(members[name], n_bootstrap, seed) for name in names},
    )


def _summarise_group(results: Sequence[ImageAgreement], n_bootstrap: int, seed: int) -> GroupSummary:
    columns = {name: np.array([getattr(result, name) for result in results], dtype=np.float64) for name in SCALARS}
    columns[f"share_under_{FAILURE_IOU}"] = (columns["iou"] < FAILURE_IOU).astype(np.float64)
    means = _bootstrap(np.stack(list(columns.values()), axis=1), n_bootstrap, seed)
    return GroupSummary(
        n_images=len(results),
        n_reference=int(columns["n_reference"].sum()),
        n_predicted=int(columns["n_predicted"].sum()),
        means=dict(zip(columns, means, strict=True)),
    )


def _bootstrap(values: Floats, n_bootstrap: int, seed: int) -> list[Interval]:
    """One interval a column of (images, columns) values; NaN entries are left out of their column's means."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    generator = np.random.default_rng(seed)
    n_images = len(values)
    rows_at_once = max(1, 4_000_000 // n_images)
    resampled = []
    for first in range(0, n_bootstrap, rows_at_once):
        n_rows = min(rows_at_once, n_bootstrap - first)
        # how often each image is drawn: the same as drawing indices, and a matrix product instead of a gather
        counts = generator.multinomial(n_images, np.full(n_images, 1 / n_images), size=n_rows).astype(np.float64)
        weights = counts @ known
        resampled.append(np.divide(counts @ filled, weights, out=np.full_like(weights, np.nan), where=weights > 0))
    means = np.concatenate(resampled) if resampled else np.empty((0, values.shape[1]))
    intervals = []
    for column in range(values.shape[1]):
        n = int(known[:, column].sum())
        drawn = means[:, column]
        drawn = drawn[np.isfinite(drawn)]
        low, high = np.percentile(drawn, (2.5, 97.5)) if n > 1 and len(drawn) else (np.nan, np.nan)
        intervals.append(Interval(_mean(values[known[:, column], column]), float(low), float(high), n))
    return intervals


def _as_labels(labels: Labels, name: str) -> Labels:
    labels = np.asarray(labels)
    if labels.ndim != 2:
        raise ParameterError(f"the {name} must be a (y, x) label image; its shape is {labels.shape}")
    if labels.dtype.kind not in "bui":
        raise ParameterError(f"the {name} must hold whole numbers, one a label; its type is {labels.dtype}")
    if labels.size and labels.min() < 0:
        raise ParameterError(f"the {name} holds negative labels")
    if labels.size and int(labels.max()) >= 2**32:
        raise ParameterError(f"the {name} holds labels beyond 32 bits")
    return labels


def _diameter(areas: NDArray[Any]) -> Floats:
    return np.sqrt(4 * areas / np.pi)


def _mean(values: Floats) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _ratio(numerator: float, denominator: float) -> float:
    return float(numerator / denominator) if denominator else float("nan")
