"""Two compounds together: is the effect larger than expected? Bliss, highest single agent, Loewe and ZIP.

Effects are 1 − mean/control of wells: 0 is untreated, 1 is nothing left. Excess = observed − expected, positive for
synergy. Single-agent curves are 1/(1 + (x/m)^λ)-shaped with the top at the control (dose 0).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize

from spheroseg.analysis import sigmoid
from spheroseg.analysis.sigmoid import Sigmoid
from spheroseg.analysis.sigmoid_model import unit_curve
from spheroseg.errors import ParameterError

Floats = NDArray[np.float64]


def combination(doses_a: NDArray[Any], doses_b: NDArray[Any], responses: NDArray[Any]) -> pd.DataFrame:
    """Excess of each combination of doses.

    Args:
        doses_a: (n,) one a well, 0 where the first compound is absent.
        doses_b: (n,) the same of the second.
        responses: (n,) one a well.

    Returns:
        One row a pair of doses above 0: dose_a, dose_b, n, effect, and expected and excess of each model: bliss, hsa,
        loewe (NaN where no dose of a single agent reaches the effect), zip.

    Raises:
        ParameterError: there is no control, a compound has fewer than three doses alone, or nothing is combined.
    """
    doses_a, doses_b, responses = (np.asarray(values, np.float64) for values in (doses_a, doses_b, responses))
    control = responses[(doses_a == 0) & (doses_b == 0)]
    if not len(control) or not control.mean() > 0:
        raise ParameterError("a combination needs untreated wells with a response above 0")
    both = (doses_a > 0) & (doses_b > 0)
    if not both.any():
        raise ParameterError("no well has both compounds")
    effects = 1 - responses / control.mean()
    curves = []
    for own, other, name in ((doses_a, doses_b, "first"), (doses_b, doses_a, "second")):
        alone = (other == 0) & (own > 0)
        if len(np.unique(own[alone])) < 3:
            raise ParameterError(f"the {name} compound has fewer than three doses alone")
        curves.append(sigmoid.fit(own[alone], effects[alone], top=0.0))
    table = (
        pd.DataFrame({"dose_a": doses_a[both], "dose_b": doses_b[both], "effect": effects[both]})
        .groupby(["dose_a", "dose_b"]).agg(n=("effect", "size"), effect=("effect", "mean")).reset_index()
    )  # fmt: skip
    zip_surface = _zip(table, curves[0], curves[1], doses_a, doses_b, effects)
    expected: dict[str, list[float]] = {"bliss": [], "hsa": [], "loewe": [], "zip": []}
    for a, b in zip(table["dose_a"], table["dose_b"], strict=True):
        single = [
            _mean_alone(effects, own, other, dose)
            for own, other, dose in ((doses_a, doses_b, a), (doses_b, doses_a, b))
        ]
        fitted = [float(curve(np.array([dose]))[0]) for curve, dose in zip(curves, (a, b), strict=True)]
        alone = [one if np.isfinite(one) else fit for one, fit in zip(single, fitted, strict=True)]
        expected["bliss"].append(alone[0] + alone[1] - alone[0] * alone[1])
        expected["hsa"].append(max(alone))
        expected["loewe"].append(_loewe(curves[0], curves[1], a, b))
        expected["zip"].append(fitted[0] + fitted[1] - fitted[0] * fitted[1])
    for name, values in expected.items():
        table[f"{name}_expected"] = values
        observed = zip_surface if name == "zip" else table["effect"].to_numpy()
        table[f"{name}_excess"] = observed - table[f"{name}_expected"]
    return table


def _mean_alone(effects: Floats, own: Floats, other: Floats, dose: float) -> float:
    alone = effects[(other == 0) & (own == dose)]
    return float(alone.mean()) if len(alone) else float("nan")


def _loewe(first: Sigmoid, second: Sigmoid, a: float, b: float) -> float:
    """The effect e with a/D₁(e) + b/D₂(e) = 1, D the dose of a single agent with that effect; NaN where there is none."""
    most = min(first.bottom, second.bottom)

    def sum_of_shares(effect: float) -> float:
        return a / _dose_of(first, effect) + b / _dose_of(second, effect) - 1

    if most <= 1e-9:
        return float("nan")
    low, high = 1e-9 * most, most * (1 - 1e-9)
    if sum_of_shares(high) > 0:
        return float("nan")  # even the weaker agent's largest effect is reached with less
    return float(optimize.brentq(sum_of_shares, low, high))


def _dose_of(curve: Sigmoid, effect: float) -> float:
    """Dose of an effect between 0 and the curve's bottom."""
    return float(10**curve.log10_ic50 * ((curve.bottom / effect) - 1) ** (-1 / curve.hill))


def _zip(
    table: pd.DataFrame, first: Sigmoid, second: Sigmoid, doses_a: Floats, doses_b: Floats, effects: Floats
) -> Floats:
    """Fitted effect of each pair: mean of the two curves through it, each starting at the other agent's own effect."""

    def along(
        fixed: Floats, moving: Floats, start: Callable[[float], float], at_fixed: float, at_moving: float, own: Sigmoid
    ) -> float:
        line = (fixed == at_fixed) & (moving > 0)
        x, y = moving[line], effects[line]
        top = start(at_fixed)
        if len(np.unique(x)) < 3:
            u = float(unit_curve(np.array([at_moving]), own.log10_ic50, own.hill)[0])
            return top + (1 - top) * (1 - u) if own.bottom >= 1 else float(y[x == at_moving].mean())
        return float(sigmoid.fit(x, y, top=top)(np.array([at_moving]))[0])

    values = []
    for a, b in zip(table["dose_a"], table["dose_b"], strict=True):
        over_b = along(doses_a, doses_b, lambda dose: float(first(np.array([dose]))[0]), a, b, second)
        over_a = along(doses_b, doses_a, lambda dose: float(second(np.array([dose]))[0]), b, a, first)
        values.append((over_a + over_b) / 2)
    return np.array(values)
