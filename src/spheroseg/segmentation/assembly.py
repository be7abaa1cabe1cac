"""Maps at image resolution → a `Prediction`: the last step of every engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.imaging.plane import check_plane
from spheroseg.segmentation.instances.blocks import split_plane
from spheroseg.segmentation.instances.splitting import SplitRule
from spheroseg.segmentation.prediction import Prediction, ScaleChoice
from spheroseg.segmentation.quality import confidence, edges, flags


@dataclass(frozen=True, slots=True)
class Calibration:
    """A card's `confidence_calibration` and `diameter_interval`."""

    confidence_points: tuple[tuple[float, float], ...] = ()
    diameter_rule: tuple[float, float] | None = None


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
        image_flags=flags.image_flags(plane, len(confidences), expected_objects),
        class_name=class_name,
        scale=scale,
        rule=rule,
        n_too_small=instances.n_too_small,
        n_too_faint=instances.n_too_faint,
        engine=engine,
        expected_objects=expected_objects,
        calibration=calibration.confidence_points,
        diameter_rule=calibration.diameter_rule,
    )


def rethreshold(prediction: Prediction, plane: NDArray[Any], threshold: float) -> Prediction:
    """The prediction with another threshold, from its stored maps and without a new inference.

    Args:
        prediction: from `predict` or `classical`.
        plane: the plane that it was made from.
        threshold: foreground probability, between 0 and 1.
    """
    maps = {"foreground": prediction.probability, "distance": prediction.distance}
    if prediction.core is not None:
        maps["core"] = prediction.core
    return assemble(
        check_plane(plane),
        maps,
        replace(prediction.rule, threshold=threshold),
        scale=prediction.scale,
        class_name=prediction.class_name,
        engine=prediction.engine,
        expected_objects=prediction.expected_objects,
        calibration=Calibration(prediction.calibration, prediction.diameter_rule),
    )
