"""How sure the outlines are: stabilities, calibrated confidences, diameter intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spheroseg.segmentation.quality.edges import EdgeStatistics

#: An object that touches smaller ones may be one body with them. Its diameter is then larger by this factor at most, the square root
#: of two: a body of which it is less than half is another object.
TOGETHER_AT_MOST = float(np.sqrt(2.0))


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

    Whether bodies that touch are one or several is a reader's decision, which no sharpness of an outline shows. The upper end is
    therefore counted from the diameter of the object together with those that touch it and are no larger (at most TOGETHER_AT_MOST
    times its own).

    Args:
        statistics: of the objects.
        rule: the card's `diameter_interval`; None gives the diameters at the higher and the lower threshold.
    """
    if rule is None:
        areas = np.stack([statistics.area_high, statistics.area_low], axis=1)
        return np.asarray(2.0 * np.sqrt(areas / np.pi), dtype=np.float64)
    stretch, floor = rule
    diameters = 2.0 * np.sqrt(statistics.area / np.pi)
    together, blur = evidence(statistics)
    factor = np.exp(stretch * (blur + floor))
    return np.stack([diameters / factor, together * factor], axis=1)


def evidence(statistics: EdgeStatistics) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What the diameter interval is made of.

    Returns:
        (n,) px, the diameter of each object and those that touch it, as far as the interval reaches for them; and (n,) half the
        logarithm of the ratio of the diameters at the lower and the higher threshold.
    """
    outer, inner, own, together = (
        2.0 * np.sqrt(area / np.pi)
        for area in (statistics.area_low, statistics.area_high, statistics.area, statistics.area_together)
    )
    # a faint object may reach the higher threshold nowhere
    blur = np.log(outer / np.maximum(inner, 0.5 * own)) / 2.0
    return np.minimum(together, TOGETHER_AT_MOST * own), np.asarray(blur, np.float64)
