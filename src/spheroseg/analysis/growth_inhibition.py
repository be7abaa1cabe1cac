"""Responses that do not depend on how fast the untreated spheroids grow: GR and NDR."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.analysis import sigmoid
from spheroseg.analysis.dose_response import Estimate
from spheroseg.errors import ParameterError

Floats = NDArray[np.float64]

NDR_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "no_positive_control": "NDR needs a killing (positive) control; the layout has none",
        "positive_control_grows": "NDR needs a killing control whose spheroids shrink; these grow",
        "control_does_not_grow": "the control does not grow, so nothing is relative to its growth",
    }
)
"""Why there is no normalised drug response, by the codes of `ndr_reason`."""


@dataclass(frozen=True, slots=True)
class GrowthInhibition:
    """GR metrics (Hafner et al. 2016) of one compound.

    Attributes:
        gr50: dose where GR is ½.
        gec50: dose half-way between 1 and GR_inf.
        gr_max: mean GR at the largest dose.
        gr_inf: fitted GR far above GEC50; below 0 the spheroids shrink.
        hill: slope.
        gr_aoc: mean of 1 − GR over the tested decades of dose.
        reason: why there are none: "no_control", "control_does_not_grow", "too_few_doses", "no_inhibition"; "" where there
            are.
    """

    gr50: Estimate = Estimate()  # noqa: RUF009 -- frozen
    gec50: Estimate = Estimate()  # noqa: RUF009 -- frozen
    gr_max: float = float("nan")
    gr_inf: float = float("nan")
    hill: float = float("nan")
    gr_aoc: float = float("nan")
    reason: str = ""


def gr_values(rates: NDArray[Any], control_rates: NDArray[Any]) -> Floats:
    """GR = 2^(k/k₀) − 1: 1 grows as the control, 0 stands still, below 0 shrinks.

    Args:
        rates: (n,) growth rate of each well, or ln of its size ratio over one span of time.
        control_rates: (m,) the same of the untreated wells.

    Raises:
        ParameterError: the untreated wells do not grow.
    """
    control = float(np.mean(control_rates)) if len(control_rates) else float("nan")
    if not control > 0:
        raise ParameterError(NDR_REASONS["control_does_not_grow"])
    return np.asarray(np.exp2(np.asarray(rates) / control) - 1)


def ndr_reason(control: NDArray[Any], killing: NDArray[Any]) -> str:
    """Why wells with these controls have no NDR, a code of `NDR_REASONS`; "" where they have one.

    Args:
        control: (m,) ln of the size ratio of the untreated wells.
        killing: (k,) the same of the wells with the killing control.
    """
    if not len(killing):
        return "no_positive_control"
    if not float(np.mean(killing)) < 0:
        return "positive_control_grows"
    return "" if len(control) and float(np.mean(control)) > 0 else "control_does_not_grow"


def ndr_values(log_ratios: NDArray[Any], control: NDArray[Any], killing: NDArray[Any]) -> Floats:
    """Normalised drug response, anchored on both controls: 1 untreated, 0 no change of size, −1 the killing control.

    After Gupta et al. 2020: growth is put on the scale of the untreated control, 2^(g/g₀) − 1, and shrinking on that of
    the killing control, where the same expression is −1 by its own range.

    Args:
        log_ratios: (n,) ln of each well's size ratio over one span of time.
        control: (m,) the same of the untreated wells.
        killing: (k,) the same of the wells with the killing control.

    Raises:
        ParameterError: there is no killing control, it does not shrink, or the untreated wells do not grow.
    """
    if reason := ndr_reason(control, killing):
        raise ParameterError(NDR_REASONS[reason])
    growing = gr_values(log_ratios, control)
    lowest = float(gr_values(np.array([np.mean(killing)]), control)[0])
    return np.where(growing < 0, growing / -lowest, growing)


def growth_inhibition(doses: NDArray[Any], rates: NDArray[Any]) -> GrowthInhibition:
    """Fit GR = GR_inf + (1 − GR_inf)/(1 + (x/GEC50)^h) to the wells' GR values; the curve is 1 at dose 0.

    Args:
        doses: (n,) one a well, 0 for untreated wells.
        rates: (n,) growth rate of each well.
    """
    levels = np.unique(doses[doses > 0])
    if not (doses == 0).any():
        return GrowthInhibition(reason="no_control")
    try:
        values = gr_values(rates, rates[doses == 0])
    except ParameterError:
        return GrowthInhibition(reason="control_does_not_grow")
    means = np.array([values[doses == level].mean() for level in levels])
    at = np.log10(levels)
    area = float(np.trapezoid(1 - means, at) / (at[-1] - at[0])) if len(levels) > 1 else float("nan")
    if len(levels) < 4:
        return GrowthInhibition(gr_max=float(means[-1]), gr_aoc=area, reason="too_few_doses")
    treated = doses > 0  # the untreated wells are what GR is relative to: 1 on average by definition
    x, y = doses[treated], values[treated]
    curve = sigmoid.fit(x, y, top=1.0)
    least, most = float(levels[0]), float(levels[-1])
    if curve.bottom >= 1:
        return GrowthInhibition(
            gr_max=float(means[-1]), gr_inf=curve.bottom, hill=curve.hill, gr_aoc=area, reason="no_inhibition"
        )
    half = curve.absolute_log10_ic50()
    ends = sigmoid.profile(curve, x, y, "log10_absolute", top_is_fixed=True)
    gec = sigmoid.profile(curve, x, y, "log10_ic50", top_is_fixed=True)
    return GrowthInhibition(
        gr50=Estimate.of_log10(half if np.isfinite(half) else np.inf, (ends.low, ends.high), (least, most)),
        gec50=Estimate.of_log10(curve.log10_ic50, (gec.low, gec.high), (least, most)),
        gr_max=float(means[-1]), gr_inf=curve.bottom, hill=curve.hill, gr_aoc=area,
    )  # fmt: skip
