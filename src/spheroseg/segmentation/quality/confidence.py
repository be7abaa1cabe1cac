"""How sure the outlines are: stabilities, calibrated confidences, diameter intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spheroseg.segmentation.quality.edges import EdgeStatistics


def stability(statistics: EdgeStatistics) -> NDArray[np.float64]:
    """Area above the higher over area above the lower threshold, (n,) 0…1: 1 is an outline as sharp as can be."""
    return np.asarray(statistics.area_high / np.maximum(statistics.area_low, 1), dtype=np.float64)


def calibrated(stabilities: NDArray[np.float64], points: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """Confidences by the card's calibration points (straight lines between them); unchanged if there are none."""
    if not points:
        return stabilities
    x, y = np.array(points, dtype=np.float64).T
    return np.asarray(np.interp(stabilities, x, y), dtype=np.float64)


def diameter_intervals(statistics: EdgeStatistics, rule: tuple[float, float] | None = None) -> NDArray[np.float64]:
    """Equivalent diameters between which the true one probably lies, (n, 2) px.

    Args:
        statistics: of the objects.
        rule: the card's `diameter_interval`; None gives the diameters at the higher and the lower threshold.
    """
    areas = np.stack([statistics.area_high, statistics.area_low], axis=1)
    at_thresholds = np.asarray(2.0 * np.sqrt(areas / np.pi), dtype=np.float64)
    if rule is None:
        return at_thresholds
    stretch, floor = rule
    diameters = 2.0 * np.sqrt(statistics.area / np.pi)
    inner = np.maximum(at_thresholds[:, 0], 0.5 * diameters)  # a faint object may reach the higher threshold nowhere
    factor = np.exp(stretch * (np.log(at_thresholds[:, 1] / inner) / 2.0 + floor))
    return np.stack([diameters / factor, diameters * factor], axis=1)
