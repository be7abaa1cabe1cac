"""What a model's confidence and diameter interval are worth: fitted on the validation part, checked on any records.

An object is right if it reaches IoU 0.7 with a reference object. A source counts by the root of its objects, so that thousands
of nuclei do not speak alone for a few spheroids. Weakly labelled images are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.stats import t as student

from spheroseg.analysis import compare
from spheroseg.formats import labelmask
from spheroseg.imaging import luminance, read_image
from spheroseg.segmentation import Model, predict
from spheroseg.segmentation.quality import confidence, edges
from spheroseg.training.manifest import Record

Values = NDArray[np.float64]

RIGHT_FROM_IOU = 0.7
CALIBRATION_BINS = 8
SMALLEST_BIN = 25
NEAREST_POINTS = 0.001
COVERAGE = 0.9
"""Share of matched objects whose reference diameter the interval is to hold."""
INTERVAL_FLOOR = 0.01
"""Added to half the logarithm of the ratio of the diameters at the two thresholds, so that a sharp edge is no certainty."""
MATCHED_FROM_IOU = 0.5
SMALLEST_SOURCE = 9
"""Of fewer objects nine tenths cannot be told: the quantile of the tenth would be beyond them all."""
LEAST_STRETCH = 0.1
COLUMNS = [
    "source", "confidence", "iou", "diameter", "diameter_low", "diameter_high", "together", "blur", "reference", "weight"
]  # fmt: skip


def observe(model: Model, records: Sequence[Record]) -> pd.DataFrame:
    """One row an object that the model finds.

    Returns:
        Columns: source; confidence; iou with its reference object (0: none); diameter, diameter_low, diameter_high (px) of the
        object; together (px), that of the object and those that touch it, as far as the interval reaches for them; blur, half the
        logarithm of the ratio of the diameters at the two thresholds; reference (px), the reference object's diameter, NaN without one of IoU ≥ 0.5; weight.
    """
    parts = []
    for record in records:
        if record.weak:
            continue
        image, reference = read_image(record.image), labelmask.read_labels(record.mask)
        plane = luminance(image)
        found = predict(plane, model, pixel_size_um=image.pixel_size_um)
        diameters, truths = (_diameters(labels, n) for labels, n in ((found.labels, len(found)), (reference, 0)))
        matches = compare(reference, found.labels).matches
        rows = matches.predicted_labels.astype(int) - 1
        iou = np.zeros(len(found))
        iou[rows] = matches.iou
        known = np.full(len(found), np.nan)
        known[rows] = truths[matches.reference_labels.astype(int) - 1]
        known[iou < MATCHED_FROM_IOU] = np.nan
        areas = np.bincount(found.labels.ravel(), minlength=len(found) + 1)[1:]
        together, blur = confidence.evidence(edges.collect(found.labels, found.probability, plane, areas))
        parts.append(
            pd.DataFrame(
                {
                    "source": record.source,
                    "confidence": found.confidences,
                    "iou": iou,
                    "diameter": diameters,
                    "diameter_low": found.diameter_intervals_px[:, 0],
                    "diameter_high": found.diameter_intervals_px[:, 1],
                    "together": together,
                    "blur": blur,
                    "reference": known,
                }
            )
        )
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(parts, ignore_index=True)
    return table.assign(weight=table.groupby("source")["iou"].transform("size") ** -0.5)


def _diameters(labels: NDArray[Any], least: int) -> NDArray[np.float64]:
    """Equivalent diameter (px) of label 1…n, n at least `least`."""
    return np.asarray(np.sqrt(4 / np.pi * np.bincount(labels.ravel(), minlength=least + 1)[1:]))


def confidence_points(objects: pd.DataFrame) -> tuple[tuple[float, float], ...]:
    """Share of objects that are right by their stability: points for the card.

    Objects are pooled in bins of equal counts; the shares are made to rise by pooling neighbours that do not
    (Ayer et al. 1955, doi:10.1214/aoms/1177728423).

    Args:
        objects: from `observe`, by a model whose card holds no points yet, so that its confidences are stabilities.

    Returns:
        The points; empty where there are too few objects.
    """
    if len(objects) < 2 * SMALLEST_BIN:
        return ()
    bins = min(CALIBRATION_BINS, len(objects) // SMALLEST_BIN)
    ordered = objects.sort_values("confidence", kind="stable")
    blocks = []
    for part in np.array_split(np.arange(len(ordered)), bins):
        rows = ordered.iloc[part]
        weight = rows["weight"].to_numpy()
        x, y = (float(np.average(v, weights=weight)) for v in (rows["confidence"], rows["iou"] >= RIGHT_FROM_IOU))
        blocks.append([x, y, float(weight.sum())])
    return rising(blocks)


def rising(blocks: list[list[float]]) -> tuple[tuple[float, float], ...]:
    """Points of [x, y, weight] blocks in order of x, of which neighbours are pooled until y rises; nearly equal x are one."""
    x, y, weight = np.array(blocks, dtype=np.float64).T
    groups = np.cumsum(np.diff(x, prepend=x[0]) >= NEAREST_POINTS)
    x, y, weight = _pooled(x, y, weight, groups)
    fit = isotonic_regression(y, weights=weight)
    x, y, _ = _pooled(x, fit.x, weight, np.repeat(np.arange(len(fit.blocks) - 1), np.diff(fit.blocks)))
    return tuple((round(float(a), 4), round(float(b), 4)) for a, b in zip(x, y, strict=True))


def _pooled(x: Values, y: Values, weight: Values, groups: NDArray[np.integer[Any]]) -> tuple[Values, Values, Values]:
    """Weighted means of x and y, and the weight, of each group."""
    total = np.bincount(groups, weights=weight).astype(np.float64)
    return np.bincount(groups, weights=x * weight) / total, np.bincount(groups, weights=y * weight) / total, total


def diameter_interval(objects: pd.DataFrame) -> tuple[float, float] | None:
    """Stretch and floor (see the card's `diameter_interval`) with which a source never seen has COVERAGE of its diameters held.

    Objects of one laboratory err alike, so that what all objects together need says little of the next laboratory. The stretch
    that each source needs is taken instead (the conformal quantile of its objects; Vovk et al. 2005, doi:10.1007/b106715), and of
    these the upper end of a one-sided prediction interval for one more source (Student's t of their logarithms).

    Args:
        objects: from `observe`.

    Returns:
        The pair; None where too few objects have a reference. With one source that is large enough it is that source's own need.
    """
    known = objects[objects["reference"].notna()]
    if len(known) < SMALLEST_BIN:
        return None
    needs = list(stretch_needed(known).values()) or [_quantile(_needed(known))]
    return round(stretch_of_another(needs), 3), INTERVAL_FLOOR


def stretch_of_another(needs: Sequence[float]) -> float:
    """The upper end of a one-sided prediction interval (COVERAGE) for the stretch that one more source needs."""
    logs = np.log(needs)
    if len(logs) == 1:
        return float(needs[0])
    margin = student.ppf(COVERAGE, len(logs) - 1) * logs.std(ddof=1) * np.sqrt(1 + 1 / len(logs))
    return float(np.exp(logs.mean() + margin))


def stretch_needed(objects: pd.DataFrame) -> dict[str, float]:
    """The stretch that holds COVERAGE of the reference diameters of each source that has SMALLEST_SOURCE of them."""
    known = objects[objects["reference"].notna()]
    return {
        str(name): _quantile(_needed(part)) for name, part in known.groupby("source") if len(part) >= SMALLEST_SOURCE
    }


def _needed(known: pd.DataFrame) -> Values:
    """The stretch that holds each object's reference diameter."""
    above = np.log(known["reference"] / known["together"])
    below = np.log(known["diameter"] / known["reference"])
    return np.asarray(np.maximum(np.maximum(above, below), 0.0) / (known["blur"] + INTERVAL_FLOOR), np.float64)


def _quantile(needed: Values) -> float:
    """The conformal quantile: of n values the ⌈COVERAGE · (n + 1)⌉-th."""
    rank = min(int(np.ceil(COVERAGE * (len(needed) + 1))), len(needed))
    return max(float(np.sort(needed)[rank - 1]), LEAST_STRETCH)


def held_when_left_out(objects: pd.DataFrame) -> dict[str, dict[str, float]]:
    """What the interval keeps of its word in each source where the rule was made without that source.

    Returns:
        Of each source with reference objects: their number, the stretch from all other sources, the share that is covered, the
        mean half width relative to the diameter, and the stretch that it needed itself where it has objects enough to tell.
    """
    rows: dict[str, dict[str, float]] = {}
    needed = stretch_needed(objects)
    for name, part in objects[objects["reference"].notna()].groupby("source"):
        rule = diameter_interval(objects[objects["source"] != name])
        if rule is None:
            continue
        factor = np.exp(rule[0] * (part["blur"] + rule[1]))
        low, high = part["diameter"] / factor, part["together"] * factor
        rows[str(name)] = {
            "objects": float(len(part)),
            "stretch": rule[0],
            "covered": round(float(part["reference"].between(low, high).mean()), 4),
            "half_width": round(float(((high - low) / (2 * part["diameter"])).mean()), 4),
        }
        if name in needed:
            rows[str(name)]["needed"] = round(needed[str(name)], 4)
    return rows


def reliability(objects: pd.DataFrame) -> dict[str, dict[str, float]]:
    """How well confidence and interval keep their word, for each source, "all" (objects alike) and "sources" (their mean).

    Returns:
        A row each of: objects; confidence (mean) beside right (share with IoU ≥ 0.7); covered, the share of matched objects
        whose interval holds the reference diameter, and its mean relative half width.
    """
    rows = {str(name): _reliability_of(part) for name, part in objects.groupby("source")}
    means = pd.DataFrame(rows).T.mean(skipna=True).round(4).to_dict()
    return rows | {"all": _reliability_of(objects), "sources": {str(name): float(mean) for name, mean in means.items()}}


def _reliability_of(objects: pd.DataFrame) -> dict[str, float]:
    known = objects[objects["reference"].notna()]
    inside = known["reference"].between(known["diameter_low"], known["diameter_high"])
    width = (known["diameter_high"] - known["diameter_low"]) / (2 * known["diameter"])
    return {
        "objects": float(len(objects)),
        "confidence": round(float(objects["confidence"].mean()), 4),
        "right": round(float((objects["iou"] >= RIGHT_FROM_IOU).mean()), 4),
        "covered": round(float(inside.mean()), 4),
        "half_width": round(float(width.mean()), 4),
    }


def by_confidence(objects: pd.DataFrame) -> list[dict[str, float]]:
    """Objects in fifths of the confidence scale: how many, their mean confidence, the share that is right."""
    fifth = np.minimum((objects["confidence"].to_numpy() * 5).astype(int), 4)
    return [
        {
            "from": k / 5,
            "objects": int((fifth == k).sum()),
            "confidence": round(float(objects["confidence"][fifth == k].mean()), 4),
            "right": round(float((objects["iou"][fifth == k] >= RIGHT_FROM_IOU).mean()), 4),
        }
        for k in range(5)
        if (fifth == k).any()
    ]
