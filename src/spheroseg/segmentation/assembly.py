"""Maps at image resolution → a `Prediction`: the last step of every engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.imaging.plane import check_plane
from spheroseg.segmentation.instances.blocks import split_plane
from spheroseg.segmentation.instances.splitting import SplitRule
from spheroseg.segmentation.network.card import ModelCard
from spheroseg.segmentation.prediction import Prediction, ScaleChoice
from spheroseg.segmentation.quality import confidence, edges, flags
from spheroseg.segmentation.rules import ObjectRules, Split


@dataclass(frozen=True, slots=True)
class Calibration:
    """A card's `confidence_calibration`, `diameter_interval` and `familiar_from`."""

    confidence_points: tuple[tuple[float, float], ...] = ()
    diameter_rule: tuple[float, float] | None = None
    familiar_from: float | None = None

    @classmethod
    def of(cls, card: ModelCard) -> Calibration:
        """What a model's card says."""
        return cls(card.confidence_calibration, card.diameter_interval, card.familiar_from)


UNCALIBRATED = Calibration()


def assemble(
    plane: NDArray[Any],
    maps: dict[str, NDArray[np.uint8]],
    rule: SplitRule,
    *,
    scale: ScaleChoice,
    class_name: str,
    engine: dict[str, Any],
    expected_objects: int | None = None,
    calibration: Calibration = UNCALIBRATED,
) -> Prediction:
    """Objects, confidences and flags.

    Args:
        plane: (y, x) raw values.
        maps: "foreground", "distance" and maybe "core", each (y, x) uint8.
        rule: threshold and splitting rules.
        scale: how the maps came to their scale.
        class_name: of the objects.
        engine: what computed the maps.
        expected_objects: flags the plane when more are found.
        calibration: what the model card says about confidences and diameter intervals.
    """
    instances = split_plane(maps["foreground"], maps["distance"], rule, scale.diameter_px)
    statistics = edges.collect(instances.labels, maps["foreground"], plane, instances.areas_px)
    confidences = confidence.calibrated(confidence.stability(statistics), calibration.confidence_points)
    return Prediction(
        labels=instances.labels,
        probability=maps["foreground"],
        distance=maps["distance"],
        core=maps.get("core"),
        confidences=confidences,
        diameter_intervals_px=confidence.diameter_intervals(statistics, calibration.diameter_rule),
        flags=flags.object_flags(statistics, confidences),
        image_flags=flags.image_flags(
            plane,
            len(confidences),
            expected_objects,
            is_scale_uncertain=scale.is_uncertain,
            is_unfamiliar=_is_unfamiliar(statistics, calibration.familiar_from),
        ),
        class_name=class_name,
        scale=scale,
        rule=rule,
        n_too_small=instances.n_too_small,
        n_too_faint=instances.n_too_faint,
        engine=engine,
        expected_objects=expected_objects,
        calibration=calibration.confidence_points,
        diameter_rule=calibration.diameter_rule,
        familiar_from=calibration.familiar_from,
    )


def _is_unfamiliar(statistics: edges.EdgeStatistics, familiar_from: float | None) -> bool:
    """Whether the outlines as a whole are less sharp than those of images that the model knows."""
    low = float(statistics.area_low.sum())
    return familiar_from is not None and low > 0 and float(statistics.area_high.sum()) / low < familiar_from


def rethreshold(prediction: Prediction, plane: NDArray[Any], threshold: float) -> Prediction:
    """The prediction with another threshold, from its stored maps and without a new inference; rules are applied anew.

    Args:
        prediction: from `predict` or `classical`.
        plane: the plane that it was made from.
        threshold: foreground probability, between 0 and 1.
    """
    return _assembled_anew(prediction, check_plane(plane), replace(prediction.rule, threshold=threshold))


def apply_rules(
    prediction: Prediction,
    plane: NDArray[Any],
    rules: ObjectRules,
    pixel_size_um: tuple[float, float] | None = None,
) -> Prediction:
    """The prediction with other rules for its objects, from its stored maps and without a new inference.

    Rules follow on nothing but the maps: applying *a* and then *b* gives what *b* alone gives, and the default rules
    give everything that was found.

    Args:
        prediction: from `predict` or `classical`.
        plane: the plane that it was made from.
        rules: which objects count.
        pixel_size_um: (y, x), for a smallest diameter in µm.

    Raises:
        ParameterError: a smallest diameter in µm without a pixel size.
    """
    rules.smallest_px(pixel_size_um)  # refused before any work is done
    found = prediction
    if prediction.object_rules != ObjectRules() or rules.split != "touching":
        found = _assembled_anew(prediction, check_plane(plane), prediction.rule, rules.split)
    areas = np.bincount(found.labels.ravel(), minlength=len(found) + 1)[1:]
    keep, left_out = rules.judge(areas, found.flags, pixel_size_um)
    if not keep.all():
        numbers = np.zeros(len(keep) + 1, np.uint32)
        numbers[1:][keep] = np.arange(1, int(keep.sum()) + 1)
        codes = flags.image_flags(
            check_plane(plane),
            int(keep.sum()),
            prediction.expected_objects,
            is_scale_uncertain="scale_uncertain" in found.image_flags,
            is_unfamiliar="unfamiliar" in found.image_flags,
        )
        found = replace(
            found,
            labels=numbers[found.labels],
            confidences=found.confidences[keep],
            diameter_intervals_px=found.diameter_intervals_px[keep],
            flags=tuple(row for row, stays in zip(found.flags, keep, strict=True) if stays),
            image_flags=codes,
        )
    return replace(found, object_rules=rules, left_out=left_out)


NEVER_SPLIT_DEPTH, ALWAYS_SPLIT_DEPTH, ALWAYS_SPLIT_PEAK = 2.0, 0.06, 0.2
"""No hill is deep enough, and every one is; see `SplitRule`."""


def _assembled_anew(
    prediction: Prediction, plane: NDArray[Any], rule: SplitRule, splitting: Split = "touching"
) -> Prediction:
    """Everything that was found, from the stored maps; the prediction keeps the rule, split as it is told."""
    maps = {"foreground": prediction.probability, "distance": prediction.distance}
    if prediction.core is not None:
        maps["core"] = prediction.core
    used = rule
    if splitting == "never":
        used = replace(rule, min_depth=NEVER_SPLIT_DEPTH)
    elif splitting == "always":
        used = replace(rule, min_depth=ALWAYS_SPLIT_DEPTH, min_peak=ALWAYS_SPLIT_PEAK)
    found = assemble(
        plane,
        maps,
        used,
        scale=prediction.scale,
        class_name=prediction.class_name,
        engine=prediction.engine,
        expected_objects=prediction.expected_objects,
        calibration=Calibration(prediction.calibration, prediction.diameter_rule, prediction.familiar_from),
    )
    return replace(found, rule=rule)
