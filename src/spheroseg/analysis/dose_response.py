"""Dose → response of one compound: curve, IC50s with intervals, areas and flags. The unit of observation is the well.

The wells' values are fitted as they are, not as percent of the control; wells of dose 0 (the controls) lie on the curve's
Top. Definitions: docs/reference/analysis.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spheroseg.analysis import sigmoid
from spheroseg.analysis.sigmoid import Sigmoid
from spheroseg.analysis.sigmoid_model import HILL_RANGE, unit_curve
from spheroseg.analysis.spread import relative_variances
from spheroseg.errors import ParameterError

Floats = NDArray[np.float64]
Relation = Literal["=", "<", ">", ""]

FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "no_control": "no well of dose 0 or negative control: nothing tells the untreated response; no absolute IC50, AUC or Emax",
        "too_few_doses": "fewer than four doses above 0: a curve of four parameters cannot be told from them",
        "too_few_wells": "not more wells than the curve has parameters: no interval",
        "all_zero": "every response is 0",
        "no_variation": "every response is the same",
        "no_response": "the curve is no better than no effect at all (F test, 5 %): no IC50",
        "stimulating": "the response rises with the dose: there is no inhibition, so no IC50",
        "open_bottom": "the largest dose has less than 82 % of the fitted effect: the lower plateau is extrapolated",
        "open_top": "there is no control, and the smallest dose has more than 18 % of the fitted effect",
        "steep": "Hill slope above 4: the IC50 lies between two doses and the slope is a guess",
        "slope_at_limit": "the Hill slope reached the limit of what is searched",
        "relative_outside": "the half-way dose lies outside the tested doses",
        "absolute_outside": "half of the control's response lies outside the tested doses or is never reached",
        "interval_open": "the data set no lower or no upper end to the IC50's interval",
        "lack_of_fit": "the doses' means scatter about the curve more than wells of one dose do (F test, 5 %)",
        "control_not_positive": "the control's mean response is not above 0: nothing can be relative to it",
        "one_dose": "one dose only: no area under the curve",
    }
)
_BEND = 0.824  # share of the effect at a bend point of the logistic curve (Sebaugh and McCray 2003)
_STEEP_HILL = 4.0
_WORTH_A_PARAMETER = 2.0  # of AICc; below that the two fit alike (Burnham and Anderson 2002)
_RULED_OUT = 10.0  # of AICc; a curve that is worse by this much has no support (ibid.)
_ROUNDING = 1e-9  # decades
_PERFECT = 1e-12
"""Share of the responses' sum of squares: what a curve leaves below it is rounding."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval; NaN is "has no value".

    Attributes:
        value: the estimate, or the end of the tested range where `relation` is "<" or ">".
        low: lower end; NaN where the data set none.
        high: upper end; NaN where the data set none.
        relation: "=" for an estimate inside the tested range, "<" or ">" for a bound, "" for no value.
    """

    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    relation: Relation = ""

    @classmethod
    def of_log10(cls, log10_dose: float, ends: tuple[float, float], tested: tuple[float, float]) -> Estimate:
        """A dose, or the end of the tested range beyond which it lies; ends are log10, NaN where open."""
        low, high = (float(10**end) if np.isfinite(end) else float("nan") for end in ends)
        if log10_dose > np.log10(tested[1]) + _ROUNDING:
            return cls(tested[1], low, high, ">")
        if log10_dose < np.log10(tested[0]) - _ROUNDING:
            return cls(tested[0], low, high, "<")
        return cls(float(10**log10_dose), low, high, "=")

    def __str__(self) -> str:
        if self.relation in {"<", ">"}:
            return f"{self.relation} {self.value:.3g}"
        if not np.isfinite(self.value):
            return "NA"
        ends = [f"{end:.3g}" if np.isfinite(end) else "open" for end in (self.low, self.high)]
        return f"{self.value:.3g} [{ends[0]}, {ends[1]}]"


@dataclass(frozen=True, slots=True, eq=False)
class DoseResponse:
    """What a compound does.

    Attributes:
        doses: (n,) dose of each well, 0 for controls.
        responses: (n,) response of each well.
        curve: the fitted curve; None where none can be fitted.
        model: "4PL", "5PL" or "".
        ic50_relative: dose half-way between the plateaus.
        ic50_absolute: dose where half of the untreated response is left.
        hill: slope.
        top: fitted untreated response.
        bottom: fitted response far above the IC50.
        auc: mean relative response over the tested decades of dose (trapezoids of the doses' means; 1 is no effect).
        activity_area: area between the control's level and the means: decades × relative effect.
        emax: relative effect at the largest dose, 1 − mean/control.
        flags: keys of `FLAGS`.
        aicc: AICc of each model that was fitted.
        p_effect: p value of the F test of the curve against no effect.
        wells: names of the wells, in the same order; empty where nobody gave them.
    """

    doses: Floats
    responses: Floats
    curve: Sigmoid | None
    model: str
    ic50_relative: Estimate
    ic50_absolute: Estimate
    hill: Estimate
    top: Estimate
    bottom: Estimate
    auc: Estimate
    activity_area: Estimate
    emax: Estimate
    flags: tuple[str, ...]
    aicc: Mapping[str, float]
    p_effect: float
    wells: tuple[str, ...] = ()

    @property
    def n_doses(self) -> int:
        """Different doses above 0."""
        return len(np.unique(self.doses[self.doses > 0]))

    @property
    def n_controls(self) -> int:
        """Wells of dose 0."""
        return int((self.doses == 0).sum())


def dose_response(doses: NDArray[Any], responses: NDArray[Any]) -> DoseResponse:
    """Fit one compound.

    Args:
        doses: (n,) one a well, ≥ 0; 0 is a control.
        responses: (n,) one a well: mean size, relative size, growth rate; in any unit.

    Raises:
        ParameterError: the lists differ in length, nothing is left, a value is not finite or a dose is negative.
    """
    doses, responses = np.asarray(doses, np.float64), np.asarray(responses, np.float64)
    if doses.ndim != 1 or doses.shape != responses.shape:
        raise ParameterError(f"one dose and one response a well are needed; got {doses.shape} and {responses.shape}")
    if not len(doses):
        raise ParameterError("there is no well")
    if not (np.isfinite(doses).all() and np.isfinite(responses).all()):
        raise ParameterError("a dose or a response is not a number; leave these wells out first")
    if (doses < 0).any():
        raise ParameterError(f"a dose is negative ({doses.min():g})")
    if not (doses > 0).any():
        raise ParameterError("there is no dose above 0")
    flags: list[str] = []
    levels = np.unique(doses[doses > 0])
    if not (doses == 0).any():
        flags.append("no_control")
    auc, area, emax = _areas(doses, responses, flags)
    if (responses == 0).all():
        flags.append("all_zero")
    elif np.ptp(responses) == 0:
        flags.append("no_variation")
    if len(levels) < 4:
        flags.append("too_few_doses")
    if {"all_zero", "no_variation", "too_few_doses"} & set(flags):
        nothing, bound = Estimate(), _bound_by_effect(doses, emax, flags)
        return DoseResponse(
            doses,
            responses,
            None,
            "",
            nothing,
            bound,
            nothing,
            nothing,
            nothing,
            auc,
            area,
            emax,
            tuple(flags),
            {},
            float("nan"),
        )
    fitted, aicc = _choose(doses, responses, len(levels))
    curve, model = fitted[0], "4PL" if fitted[0].asymmetry == 1 else "5PL"
    p_effect = _p_effect(curve, responses)
    relative, absolute = _ic50s(fitted, doses, responses, p_effect, emax, flags)
    _flag_shape(curve, doses, responses, flags)
    slopes = _interval(fitted, doses, responses, "hill")
    hill = Estimate(curve.hill, *slopes, "=")
    top, bottom = (_plateau(curve, doses, responses, name) for name in ("top", "bottom"))
    return DoseResponse(
        doses,
        responses,
        curve,
        model,
        relative,
        absolute,
        hill,
        top,
        bottom,
        auc,
        area,
        emax,
        tuple(flags),
        aicc,
        p_effect,
    )


def _choose(doses: Floats, responses: Floats, n_levels: int) -> tuple[list[Sigmoid], dict[str, float]]:
    """The curve of the smaller AICc (the fifth parameter has to be worth a difference of 2), then any other not ruled out."""
    four = sigmoid.fit(doses, responses)
    aicc = {"4PL": four.aicc}
    is_perfect = four.rss <= _PERFECT * float(((responses - responses.mean()) ** 2).sum())
    if n_levels >= 5 and len(responses) > 7 and not is_perfect:
        five = sigmoid.fit(doses, responses, asymmetric=True)
        aicc["5PL"] = five.aicc
        if five.aicc < four.aicc - _WORTH_A_PARAMETER:
            return [five] if five.aicc < four.aicc - _RULED_OUT else [five, four], aicc
    return [four], aicc


def _interval(
    fitted: Sequence[Sigmoid], doses: Floats, responses: Floats, parameter: sigmoid.Parameter
) -> tuple[float, float]:
    """What every curve that the data leave possible holds; NaN where one is open.

    A curve that was chosen for fitting best looks surer than it is; where the simpler one is not ruled out, its interval
    belongs to the answer.
    """
    ends = [sigmoid.profile(curve, doses, responses, parameter) for curve in fitted]
    first = ends[0]
    # a curve that never gets half-way down says nothing of where that would be
    rest = [other for other in ends[1:] if np.isfinite([other.low, other.high]).any()]
    low, high = min((e.low for e in rest), default=first.low), max((e.high for e in rest), default=first.high)
    return (
        min(first.low, low) if np.isfinite([first.low, low]).all() else np.nan,
        max(first.high, high) if np.isfinite([first.high, high]).all() else np.nan,
    )


def _p_effect(curve: Sigmoid, responses: Floats) -> float:
    free = curve.n - curve.n_parameters
    if free <= 0:
        return float("nan")
    total = float(((responses - responses.mean()) ** 2).sum())
    if curve.rss <= _PERFECT * total:
        return 0.0
    return float(
        stats.f.sf((total - curve.rss) / (curve.n_parameters - 1) / (curve.rss / free), curve.n_parameters - 1, free)
    )


def _ic50s(
    fitted: Sequence[Sigmoid], doses: Floats, responses: Floats, p_effect: float, emax: Estimate, flags: list[str]
) -> tuple[Estimate, Estimate]:
    curve = fitted[0]
    if curve.n <= curve.n_parameters:
        flags.append("too_few_wells")
    if np.isfinite(p_effect) and p_effect > 0.05:
        flags.append("no_response")
        return Estimate(), _bound_by_effect(doses, emax, flags)
    if curve.bottom > curve.top:
        flags.append("stimulating")
        return Estimate(), Estimate()
    tested = float(doses[doses > 0].min()), float(doses.max())
    ends = _interval(fitted, doses, responses, "log10_ic50")
    relative = Estimate.of_log10(curve.log10_ic50, ends, tested)
    if relative.relation != "=":
        flags.append("relative_outside")
    absolute = Estimate()
    if "no_control" not in flags and "control_not_positive" not in flags:
        at = curve.absolute_log10_ic50()
        ends = _interval(fitted, doses, responses, "log10_absolute")
        absolute = Estimate.of_log10(at if np.isfinite(at) else np.inf, ends, tested)
        if absolute.relation != "=":
            flags.append("absolute_outside")
    for estimate in (relative, absolute):
        if (
            estimate.relation == "="
            and not np.isfinite([estimate.low, estimate.high]).all()
            and "interval_open" not in flags
        ):
            flags.append("interval_open")
    return relative, absolute


def _bound_by_effect(doses: Floats, emax: Estimate, flags: list[str]) -> Estimate:
    """Without a curve: the absolute IC50 lies above the doses where more than half of the response is surely left."""
    if not emax.high < 0.5:
        return Estimate()
    flags.append("absolute_outside")
    return Estimate(float(doses.max()), relation=">")


def _plateau(curve: Sigmoid, doses: Floats, responses: Floats, name: Literal["top", "bottom"]) -> Estimate:
    """A plateau with the interval of the linearised model; the plateaus are linear in it."""
    value = getattr(curve, name)
    free = curve.n - curve.n_parameters
    error = sigmoid.standard_error(curve, doses, responses, name) if free > 0 else float("nan")
    half = float(stats.t.ppf(0.975, free)) * error if free > 0 else float("nan")
    return Estimate(value, value - half, value + half, "=")


def _flag_shape(curve: Sigmoid, doses: Floats, responses: Floats, flags: list[str]) -> None:
    given = doses[doses > 0]
    u_least, u_most = unit_curve(np.array([given.min(), given.max()]), curve.log10_ic50, curve.hill, curve.asymmetry)
    if 1 - u_most < _BEND:
        flags.append("open_bottom")
    if "no_control" in flags and u_least < _BEND:
        flags.append("open_top")
    if curve.hill > _STEEP_HILL:
        flags.append("steep")
    if not HILL_RANGE[0] * 1.001 < curve.hill < HILL_RANGE[1] * 0.999:
        flags.append("slope_at_limit")
    levels, inverse = np.unique(doses, return_inverse=True)
    means = np.bincount(inverse, responses) / np.bincount(inverse)
    within = float(((responses - means[inverse]) ** 2).sum())
    lack_free, pure_free = len(levels) - curve.n_parameters, len(doses) - len(levels)
    if lack_free > 0 and pure_free > 0 and within > 0:
        statistic = max(curve.rss - within, 0.0) / lack_free / (within / pure_free)
        if stats.f.sf(statistic, lack_free, pure_free) < 0.05:
            flags.append("lack_of_fit")


def _areas(doses: Floats, responses: Floats, flags: list[str]) -> tuple[Estimate, Estimate, Estimate]:
    """AUC, activity area and Emax with intervals by the pooled spread of wells of one dose (delta method)."""
    levels, inverse = np.unique(doses, return_inverse=True)
    counts = np.bincount(inverse)
    means = np.bincount(inverse, responses) / counts
    if levels[0] != 0:
        return Estimate(), Estimate(), Estimate()
    control = float(means[0])
    if control <= 0:
        flags.append("control_not_positive")
        return Estimate(), Estimate(), Estimate()
    free = len(doses) - len(levels)
    within = responses - means[inverse]
    variances = np.full(len(levels), np.nan)
    if free > 0:
        relative = relative_variances(means[inverse], within)
        expected = float(relative @ (1 - 1 / counts[inverse]))  # of the sum of squares, in units of the mean variance
        variances[inverse] = relative * float((within**2).sum()) / expected
    quantile = float(stats.t.ppf(0.975, free)) if free > 0 else np.nan

    def ratio(weights: Floats) -> tuple[float, float]:
        """Σ w·mean/control over the doses above 0, and half its interval."""
        value = float(weights @ means[1:]) / control
        of_means = variances / counts
        error = np.sqrt(float(weights**2 @ of_means[1:]) + value**2 * of_means[0]) / control
        return value, float(quantile * error)

    last = np.zeros(len(levels) - 1)
    last[-1] = 1
    left, half = ratio(last)
    emax = Estimate(1 - left, 1 - left - half, 1 - left + half, "=")
    if len(levels) < 3:
        flags.append("one_dose")
        return Estimate(), Estimate(), emax
    at = np.log10(levels[1:])
    decades = float(at[-1] - at[0])
    weights = np.zeros(len(at))
    weights[:-1] += np.diff(at) / 2
    weights[1:] += np.diff(at) / 2
    value, half = ratio(weights / decades)
    auc = Estimate(value, value - half, value + half, "=")
    area = Estimate((1 - value) * decades, (1 - value - half) * decades, (1 - value + half) * decades, "=")
    return auc, area, emax
