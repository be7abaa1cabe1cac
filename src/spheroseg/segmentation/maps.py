"""An engine's maps of a plane and what makes objects of them: what is kept with a run, so that no inference is needed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.imaging.plane import check_plane
from spheroseg.segmentation.assembly import Calibration, apply_rules, assemble
from spheroseg.segmentation.instances.splitting import SplitRule
from spheroseg.segmentation.prediction import Prediction, ScaleChoice
from spheroseg.segmentation.rules import ObjectRules


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """What an engine says of a plane, at image resolution.

    Attributes:
        probability: (y, x) uint8 foreground probability, 255 is 1.0.
        distance: (y, x) uint8 distance to the object's own boundary, 255 at its deepest point.
        core: (y, x) uint8 probability of the dense core, or None where the model does not know it.
        rule: threshold and splitting rules that the model's card states for this plane.
        scale: how the network's scale was chosen.
        class_name: of the objects.
        engine: what computed the maps, plain values.
        calibration: what the model's card says of confidences and diameter intervals.
    """

    probability: NDArray[np.uint8]
    distance: NDArray[np.uint8]
    core: NDArray[np.uint8] | None
    rule: SplitRule
    scale: ScaleChoice
    class_name: str
    engine: dict[str, Any]
    calibration: Calibration

    @classmethod
    def of(cls, prediction: Prediction) -> Maps:
        """The maps that a prediction was made from."""
        return cls(
            prediction.probability,
            prediction.distance,
            prediction.core,
            prediction.rule,
            prediction.scale,
            prediction.class_name,
            prediction.engine,
            Calibration(prediction.calibration, prediction.diameter_rule, prediction.familiar_from),
        )

    @classmethod
    def from_parts(cls, about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Maps:
        """The opposite of `about` and `arrays`."""
        return cls(
            probability=arrays["probability"],
            distance=arrays["distance"],
            core=arrays.get("core"),
            rule=SplitRule(**about["rule"]),
            scale=ScaleChoice(**{**about["scale"], "factor": tuple(about["scale"]["factor"])}),
            class_name=about["class_name"],
            engine=about["engine"],
            calibration=Calibration(
                tuple((float(x), float(y)) for x, y in about["calibration"]),
                tuple(about["diameter_rule"]) if about.get("diameter_rule") else None,
                about.get("familiar_from"),
            ),
        )

    @property
    def about(self) -> dict[str, Any]:
        """Everything but the arrays, as plain values."""
        return {
            "rule": asdict(self.rule),
            "scale": asdict(self.scale),
            "class_name": self.class_name,
            "engine": self.engine,
            "calibration": self.calibration.confidence_points,
            "diameter_rule": self.calibration.diameter_rule,
            "familiar_from": self.calibration.familiar_from,
        }

    @property
    def arrays(self) -> dict[str, NDArray[np.uint8]]:
        """The maps by name."""
        maps = {"probability": np.asarray(self.probability), "distance": np.asarray(self.distance)}
        return maps if self.core is None else maps | {"core": np.asarray(self.core)}


def objects_from(
    maps: Maps,
    plane: NDArray[Any],
    *,
    threshold: float | None = None,
    expected_objects: int | None = None,
    rules: ObjectRules | None = None,
    pixel_size_um: tuple[float, float] | None = None,
) -> Prediction:
    """The objects of a plane, from its maps.

    Args:
        maps: of the plane.
        plane: (y, x) raw values.
        threshold: foreground probability, between 0 and 1; None takes the maps' own.
        expected_objects: flags the plane `several_objects` when more are found.
        rules: which objects count; None: all.
        pixel_size_um: (y, x), for a smallest diameter in µm.

    Raises:
        ParameterError: a threshold outside of 0…1, or a smallest diameter in µm without a pixel size.
    """
    by_name = {"foreground": maps.probability, "distance": maps.distance}
    found = assemble(
        check_plane(plane),
        by_name if maps.core is None else by_name | {"core": maps.core},
        maps.rule if threshold is None else replace(maps.rule, threshold=threshold),
        scale=maps.scale,
        class_name=maps.class_name,
        engine=maps.engine,
        expected_objects=expected_objects,
        calibration=maps.calibration,
    )
    return found if rules is None else apply_rules(found, plane, rules, pixel_size_um)
