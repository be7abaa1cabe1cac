"""What a segmentation engine returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spheroseg.segmentation.instances.splitting import SplitRule
from spheroseg.segmentation.rules import ObjectRules


@dataclass(frozen=True, slots=True)
class ScaleChoice:
    """How the image was brought to the network's scale.

    Attributes:
        factor: (y, x) network pixels an image pixel; differs between the axes where the pixel size does.
        diameter_px: object diameter that the choice rests on, in image pixels (geometric mean of the two axes
            where they differ); None where nothing was found to estimate it from.
        source: "stated" by the caller, "estimated" from the image, or "none": nothing was found and the image
            was taken as it is.
        reason: the choice in one sentence.
        is_uncertain: looks at other scales contradict each other; the plane is flagged `scale_uncertain`.
    """

    factor: tuple[float, float] = (1.0, 1.0)
    diameter_px: float | None = None
    source: Literal["stated", "estimated", "none"] = "none"
    reason: str = ""
    is_uncertain: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Objects of one plane.

    Arrays may be memory maps of unnamed temporary files when the plane is huge; `scratch.release` gives their
    pages back between blocks.

    Attributes:
        labels: (y, x) uint32, 0 is background, 1…n in reading order of each object's first pixel.
        probability: (y, x) uint8, foreground probability, 255 is 1.0.
        distance: (y, x) uint8, distance to the object's own boundary, 255 at its deepest point.
        core: (y, x) uint8 probability of the dense core, or None where the model does not know it.
        confidences: (n,) float64 0…1 of object i + 1. A stability (area above the higher over area above the lower
            of two thresholds) unless the model's card calibrates it.
        diameter_intervals_px: (n, 2) float64 equivalent diameters between which the true one lies in 9 of 10 objects of a
            laboratory never seen; the upper one counts smaller objects that touch this one, for they may be parts of it. Without a
            card's `diameter_interval` those at the higher and the lower threshold: how far the answer depends on where the line is
            drawn.
        flags: reason codes of object i + 1, see `quality.flags.OBJECT_FLAGS`.
        image_flags: reason codes of the plane, see `quality.flags.IMAGE_FLAGS`.
        class_name: "spheroid", "cell", …
        scale: how the network's scale was chosen.
        rule: threshold and splitting rules that made the labels.
        n_too_small: objects that were found and left out because they were too small.
        n_too_faint: … because their probability nowhere rose far enough above the threshold.
        engine: what computed it, for the run card (plain values).
        expected_objects: how many objects the caller expected at most, or None.
        calibration: the points that turned stabilities into confidences; empty if there were none.
        diameter_rule: the card's `diameter_interval` that made the diameter intervals; None if there was none.
        familiar_from: the card's `familiar_from`.
        object_rules: which of the found objects are kept.
        left_out: how many objects each of these rules left out, by the name of its field.
    """

    labels: NDArray[np.uint32]
    probability: NDArray[np.uint8]
    distance: NDArray[np.uint8]
    core: NDArray[np.uint8] | None
    confidences: NDArray[np.float64]
    diameter_intervals_px: NDArray[np.float64]
    flags: tuple[tuple[str, ...], ...]
    image_flags: tuple[str, ...]
    class_name: str
    scale: ScaleChoice
    rule: SplitRule
    n_too_small: int
    n_too_faint: int
    engine: dict[str, Any] = field(default_factory=dict)
    expected_objects: int | None = None
    calibration: tuple[tuple[float, float], ...] = ()
    diameter_rule: tuple[float, float] | None = None
    familiar_from: float | None = None
    object_rules: ObjectRules = field(default_factory=ObjectRules)
    left_out: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of objects."""
        return len(self.confidences)

    def annotate(self, table: pd.DataFrame, pixel_size_um: tuple[float, float] | None = None) -> pd.DataFrame:
        """A copy of a table of objects with what the segmentation knows about each.

        Args:
            table: one row an object, with a column `label` (1…n).
            pixel_size_um: (y, x); with it the diameter interval is in µm, else in px.

        Returns:
            The table and the columns `confidence` (0…1), `equivalent_diameter_low_*`,
            `equivalent_diameter_high_*` (µm or px) and `flags` (codes joined by ";").
        """
        rows = table["label"].to_numpy(dtype=np.int64) - 1
        unit, factor = ("px", 1.0) if pixel_size_um is None else ("um", float(np.sqrt(np.prod(pixel_size_um))))
        intervals = self.diameter_intervals_px[rows] * factor
        return table.assign(
            confidence=self.confidences[rows],
            **{
                f"equivalent_diameter_low_{unit}": intervals[:, 0],
                f"equivalent_diameter_high_{unit}": intervals[:, 1],
            },
            flags=[";".join(self.flags[row]) for row in rows],
        )
