"""Is the plate fit to conclude from? Z′ of the controls, and whether wells at the plate's edge differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spheroseg.analysis.plate import smallest_plate

Floats = NDArray[np.float64]
_MAD_TO_SD = 1.4826  # of a normal distribution


@dataclass(frozen=True, slots=True)
class AssayQuality:
    """Separation of the controls; n is wells, never objects.

    Attributes:
        z_prime: 1 − 3(σp + σn)/|μp − μn| (Zhang et al. 1999), σ with n − 1; NaN with fewer than two wells of a control.
        robust_z_prime: the same of medians and 1.4826·MAD.
        n_negative: untreated wells.
        n_positive: killing wells.
        reason: why there is no value: "no_negative_control", "no_positive_control", "too_few_wells", "no_difference", "".
    """

    z_prime: float
    robust_z_prime: float
    n_negative: int
    n_positive: int
    reason: str


def z_prime(negative: Sequence[float] | Floats, positive: Sequence[float] | Floats) -> AssayQuality:
    """Z′ and robust Z′ of the wells of the two controls."""
    n, p = np.asarray(negative, np.float64), np.asarray(positive, np.float64)
    reason = "no_negative_control" if not len(n) else "no_positive_control" if not len(p) else ""
    if not reason and min(len(n), len(p)) < 2:
        reason = "too_few_wells"
    if not reason and n.mean() == p.mean():
        reason = "no_difference"
    if reason:
        return AssayQuality(float("nan"), float("nan"), len(n), len(p), reason)
    plain = 1 - 3 * (n.std(ddof=1) + p.std(ddof=1)) / abs(n.mean() - p.mean())
    spread = _MAD_TO_SD * (_mad(n) + _mad(p))
    apart = abs(np.median(n) - np.median(p))
    return AssayQuality(float(plain), float(1 - 3 * spread / apart) if apart else float("nan"), len(n), len(p), "")


def _mad(values: Floats) -> float:
    return float(np.median(np.abs(values - np.median(values))))


@dataclass(frozen=True, slots=True)
class EdgeEffect:
    """Wells of the outermost ring against inner wells of the same condition.

    Attributes:
        ratio: geometric mean of (edge well/mean of the inner wells of its condition); 1 is no effect.
        low: of its 95 % interval.
        high: of its 95 % interval.
        p: of Welch's t test on the logarithms.
        n_edge: wells at the edge whose condition has inner wells too.
        n_inner: those inner wells.
        reason: "not_comparable" where no condition lies on both; "".
    """

    ratio: float
    low: float
    high: float
    p: float
    n_edge: int
    n_inner: int
    reason: str


def edge_effect(wells: Sequence[str], conditions: Sequence[str], values: Sequence[float] | Floats) -> EdgeEffect:
    """Compare edge and inner wells within conditions.

    Args:
        wells: (n,) names.
        conditions: (n,) what is in each; "" for wells that no layout names, which are left out.
        values: (n,) sizes; those not above 0 are left out.
    """
    plate = smallest_plate(wells) if len(wells) else None
    edge_logs: list[float] = []
    inner_logs: list[float] = []
    by_condition: dict[str, tuple[list[float], list[float]]] = {}
    for well, condition, value in zip(wells, conditions, values, strict=True):
        if plate is not None and condition and value > 0:
            by_condition.setdefault(condition, ([], []))[0 if plate.ring(well) == 0 else 1].append(float(np.log(value)))
    for edge, inner in by_condition.values():
        if edge and len(inner) > 1:
            edge_logs += [value - float(np.mean(inner)) for value in edge]
            inner_logs += [value - float(np.mean(inner)) for value in inner]
    if len(edge_logs) < 2 or len(inner_logs) < 2:
        nothing = float("nan")
        return EdgeEffect(nothing, nothing, nothing, nothing, len(edge_logs), len(inner_logs), "not_comparable")
    test = stats.ttest_ind(edge_logs, inner_logs, equal_var=False)
    interval = test.confidence_interval(0.95)
    ratio = float(np.exp(np.mean(edge_logs) - np.mean(inner_logs)))
    return EdgeEffect(
        ratio,
        float(np.exp(interval.low)),
        float(np.exp(interval.high)),
        float(test.pvalue),
        len(edge_logs),
        len(inner_logs),
        "",
    )
