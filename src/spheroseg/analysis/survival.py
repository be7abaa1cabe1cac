"""Spheroid control: the share of spheroids that have not grown back, over time (Kaplan and Meier)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from spheroseg.errors import ParameterError


def regrowth_times(
    series: pd.DataFrame, factor: float, treatment_h: Mapping[tuple[str, str], float] | None = None
) -> pd.DataFrame:
    """When each well's spheroid reached `factor` times its size at treatment, or until when it was seen not to.

    Args:
        series: as `well_series` gives it, with `relative_size` to the treatment.
        factor: above 1.
        treatment_h: hours by (plate, well); 0 where none is given.

    Returns:
        One row a well: plate, well, time_h (hours after treatment), regrown (false: controlled until then, censored).

    Raises:
        ParameterError: the factor is not above 1, or no well has a size after its treatment.
    """
    if not 1 < factor < np.inf:
        raise ParameterError(f"a spheroid has grown back at more than 1 time its size; got {factor:g}")
    rows = []
    for (plate, well), times in series.groupby(["plate", "well"], sort=False):
        start = (treatment_h or {}).get((str(plate), str(well)), 0.0)
        after = times[(times["time_h"] > start) & times["relative_size"].notna()].sort_values("time_h")
        if after.empty:
            continue
        grown = after[after["relative_size"] >= factor]
        last = float((grown if len(grown) else after)["time_h"].iloc[0 if len(grown) else -1])
        rows.append({"plate": plate, "well": well, "time_h": last - start, "regrown": bool(len(grown))})
    if not rows:
        raise ParameterError("no well has a size after its treatment")
    return pd.DataFrame(rows)


def spheroid_control(time_h: NDArray[np.float64], regrown: NDArray[np.bool_]) -> pd.DataFrame:
    """The Kaplan–Meier curve of wells that stay controlled.

    Returns:
        One row a time of regrowth, after a first row at 0: time_h, controlled (share), low, high (95 %, log-log;
        NaN at 0 and where the share is 0), at_risk.

    Raises:
        ParameterError: there is no well.
    """
    if not len(time_h):
        raise ParameterError("there is no well")
    if not regrown.any():
        return pd.DataFrame([{"time_h": 0.0, "controlled": 1.0, "low": np.nan, "high": np.nan, "at_risk": len(time_h)}])
    sample = stats.CensoredData(uncensored=time_h[regrown], right=time_h[~regrown])
    function = stats.ecdf(sample).sf
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The confidence interval is undefined", RuntimeWarning)  # NaN says so
        ends: Any = function.confidence_interval(0.95, method="log-log")
    at = np.isin(function.quantiles, time_h[regrown])
    times = function.quantiles[at]
    rows = pd.DataFrame(
        {"time_h": times, "controlled": function.probabilities[at], "low": ends.low.probabilities[at],
         "high": ends.high.probabilities[at], "at_risk": [(time_h >= time).sum() for time in times]}
    )  # fmt: skip
    first = pd.DataFrame([{"time_h": 0.0, "controlled": 1.0, "low": np.nan, "high": np.nan, "at_risk": len(time_h)}])
    return pd.concat([first, rows], ignore_index=True)


def median_control_h(curve: pd.DataFrame) -> float:
    """First time at which half of the spheroids or fewer are controlled; NaN where more always are."""
    reached = curve[curve["controlled"] <= 0.5]
    return float(reached["time_h"].iloc[0]) if len(reached) else float("nan")


def compare_control(time_h: NDArray[np.float64], regrown: NDArray[np.bool_], treated: NDArray[np.bool_]) -> float:
    """P value of the log-rank test of treated against other wells; NaN where a group is empty or none grew back."""
    if not regrown.any() or treated.all() or not treated.any():
        return float("nan")
    groups = [
        stats.CensoredData(uncensored=time_h[group & regrown], right=time_h[group & ~regrown])
        for group in (treated, ~treated)
    ]
    return float(stats.logrank(groups[0], groups[1]).pvalue)
