"""How well a model does on images with masks, by the pipeline that people run; and what its confidence means.

Choices (precision, calibration, version) are made on the validation part of the train split. The heldout split is for
reports only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spheroseg.analysis import ImageAgreement, compare, summarise
from spheroseg.evaluation import Outline, compare_with_mask
from spheroseg.formats import labelmask
from spheroseg.imaging import Image, luminance, read_image
from spheroseg.pipeline import segment
from spheroseg.segmentation import Model, ModelCard, Prediction, load_model, predict, read_card, split, write_card
from spheroseg.segmentation.predict import split_rule
from spheroseg.training.calibration import confidence_points, diameter_interval, held_when_left_out, observe
from spheroseg.training.manifest import Record, read_manifest, split_by_group

MEASURES = ("iou", "dice", "ap50", "ap50_95", "mean_boundary_distance_percent", "area_bias_total", "share_under_0.7")


@dataclass(frozen=True, slots=True)
class Scored:
    """One image's agreement, with what a gallery needs to draw it."""

    record: Record
    agreement: ImageAgreement
    labels: NDArray[Any]


def by_model(model: Model, *, accurate: bool = False) -> Outline:
    """What people get from this model who state nothing else: `pipeline.segment`, the scale estimated from the image."""

    def outline(image: Image, _reference: NDArray[Any]) -> NDArray[Any]:
        return segment(image, accurate=accurate, opened=model).labels

    return outline


def with_rules_of(model: Model, card: ModelCard) -> Model:
    """The model with another card's scale, threshold and splitting, so that a comparison is one of networks."""
    names = ("target_diameter_px", "native_diameter_px_range", "threshold", "splitting")
    return replace(model, card=model.card.model_copy(update={name: getattr(card, name) for name in names}))


def score(records: Sequence[Record], outline: Outline) -> list[Scored]:
    """Agreement of every image with its mask.

    Raises:
        ImageReadError: an image or a mask cannot be read.
        ParameterError: an image and its mask differ in size.
    """
    scored = []
    for record in records:
        agreement, labels = compare_with_mask(record.image, record.mask, outline)
        scored.append(Scored(record, agreement, labels))
    return scored


def summary_by_source(scored: Sequence[Scored]) -> dict[str, dict[str, list[float]]]:
    """Mean and 95 % bootstrap interval, [mean, low, high], of each of MEASURES for each source and for "all".

    "all" weights images alike; "sources" is the plain mean over the sources, without an interval.
    """
    summary = summarise([s.agreement for s in scored], [s.record.source for s in scored])
    groups = dict(summary.groups) | {"all": summary.overall}
    table = {
        name: {
            measure: [round(float(v), 4) for v in (i.mean, i.low, i.high)]
            for measure, i in ((m, group.means[m]) for m in MEASURES)
        }
        for name, group in groups.items()
    }
    table["sources"] = {}
    for measure in MEASURES:
        known = [mean for name in summary.groups if np.isfinite(mean := table[name][measure][0])]
        table["sources"][measure] = [round(float(np.mean(known)), 4) if known else float("nan")]
    return table


SCALES = ((64.0, (28.0, 64.0)), (48.0, (24.0, 48.0)), (40.0, (24.0, 40.0)), (32.0, (20.0, 32.0)))
"""Target diameter and the range that is left alone, in network px, that `choose_rules` tries first, best outlines first.

The range ends at the target, so that a growing spheroid is never seen at two sizes at once.
"""

CHOICES: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("min_depth", (0.05, 0.1, 0.15, 0.2, 0.3)),
    ("min_peak", (0.2, 0.3, 0.4, 0.5)),
    ("min_diameter_fraction", (0.12, 0.2, 0.25)),
    ("min_certainty", (0.5, 0.7, 0.8)),
    ("threshold", (0.4, 0.5, 0.6)),
)
"""What `choose_rules` tries, one after another, each at the best of those before."""

IMAGES_A_SOURCE = 5
GAIN = 0.003
"""Less is noise of a few images, and moves nothing."""


_Cases = dict[str, list[tuple[Prediction, NDArray[Any]]]]  # source → prediction and reference of each image


def choose_rules(model: Model, records: Sequence[Record]) -> ModelCard:
    """The card with the scale, threshold and splitting rules that do best on the records.

    Best is the mean over sources of IoU plus the mean of AP50 and AP50…95. The maps are computed once a scale and cut anew for each rule.

    Args:
        model: the network and its card.
        records: validation images; at most IMAGES_A_SOURCE a source are taken, weakly labelled ones left out.
    """
    taken: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if not record.weak and len(taken[record.source]) < IMAGES_A_SOURCE:
            taken[record.source].append(record)
    best, card, cases = -1.0, model.card, _Cases()
    for target, kept in SCALES:
        tried = model.card.model_copy(update={"target_diameter_px": target, "native_diameter_px_range": kept})
        tried_cases = _predicted(replace(model, card=tried), taken)
        quality = _quality(tried, tried_cases)
        if quality > best + GAIN:
            best, card, cases = quality, tried, tried_cases
    for name, values in CHOICES:
        for value in values:
            if name == "threshold":
                tried = card.model_copy(update={"threshold": value})
            else:
                tried = card.model_copy(update={"splitting": card.splitting.model_copy(update={name: value})})
            quality = _quality(tried, cases)
            if quality > best + GAIN:
                best, card = quality, tried
    return card


def _predicted(model: Model, records: dict[str, list[Record]]) -> _Cases:
    cases = _Cases()
    for source, own in records.items():
        cases[source] = []
        for record in own:
            image = read_image(record.image)
            found = predict(luminance(image), model, pixel_size_um=image.pixel_size_um)
            cases[source].append((found, labelmask.read_labels(record.mask)))
    return cases


def _quality(card: ModelCard, cases: _Cases) -> float:
    sources = []
    for images in cases.values():
        scores = []
        for found, reference in images:
            rule = split_rule(card, found.scale, card.threshold)
            agreement = compare(reference, split(found.probability, found.distance, rule).labels)
            scores.append(agreement.iou + (agreement.ap50 + agreement.ap50_95) / 2)
        sources.append(np.mean(scores))
    return float(np.mean(sources))


def finish_card(folder: Path, data: Path) -> ModelCard:
    """Chooses rules, calibrates the confidence and notes validation scores; rewrites the folder's card.

    Args:
        folder: an exported model.
        data: folder of manifest.csv; the validation part of its train split is looked at, and for the diameter interval "ood".
    """
    records = split_by_group(read_manifest(data, "train"))[1]
    model = load_model(folder)
    blank = {"confidence_calibration": (), "diameter_interval": None}
    card = choose_rules(model, records).model_copy(update=blank)
    model = replace(model, card=card)
    scores = card.scores | {"validation": summary_by_source(score(records, by_model(model)))}
    never_seen = read_manifest(data, "ood", missing_ok=True)
    objects = [observe(model, part) for part in (records, never_seen) if part]
    card = card.model_copy(update={"confidence_calibration": confidence_points(objects[0]), "scores": scores})
    return _with_interval(folder, card, pd.concat(objects, ignore_index=True))


def set_interval(folder: Path, data: Path) -> ModelCard:
    """Sets the diameter interval by the validation part and the laboratories never seen, source by source; rewrites the card.

    What it holds of each source where the others alone made the rule is noted as `scores["interval_left_out"]`.

    Args:
        folder: an exported model.
        data: folder of manifest.csv; its "ood" split is looked at where it has one, its held-out images are not.
    """
    records = split_by_group(read_manifest(data, "train"))[1] + read_manifest(data, "ood", missing_ok=True)
    return _with_interval(folder, read_card(folder), observe(load_model(folder), records))


def _with_interval(folder: Path, card: ModelCard, objects: pd.DataFrame) -> ModelCard:
    """The card with the interval of these objects, written."""
    scores = card.scores | {"interval_left_out": held_when_left_out(objects)}
    card = card.model_copy(update={"diameter_interval": diameter_interval(objects), "scores": scores})
    write_card(card, folder)
    return card
