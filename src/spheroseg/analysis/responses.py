"""One compound of one plate: its row of the dose–response table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from spheroseg.analysis.dose_response import DoseResponse, Estimate, dose_response
from spheroseg.analysis.growth_inhibition import GrowthInhibition, growth_inhibition, ndr_reason, ndr_values

Place = tuple[str, str]


# a person who looks at a plate changes a well at a time: the other compounds' curves stay as they are
@lru_cache(maxsize=1024)
def _fit(doses: bytes, responses: bytes) -> DoseResponse:
    return dose_response(np.frombuffer(doses), np.frombuffer(responses))


@lru_cache(maxsize=1024)
def _inhibition(doses: bytes, rates: bytes) -> GrowthInhibition:
    return growth_inhibition(np.frombuffer(doses), np.frombuffer(rates))


def compound_response(
    group: pd.DataFrame, plate: pd.DataFrame, key: tuple[str, str, str]
) -> tuple[DoseResponse, dict[str, Any]]:
    """The fit and the row of a compound.

    Args:
        group: the compound's wells and controls: well, dose (0 for controls), response, dose_unit, gr_rate_per_day.
        plate: all wells, for the killing controls.
        key: (plate, cell line, compound).
    """
    fit = _fit(group["dose"].to_numpy(np.float64).tobytes(), group["response"].to_numpy(np.float64).tobytes())
    fit = replace(fit, wells=tuple(group["well"].astype(str)))
    units = group.loc[group["dose"] > 0, "dose_unit"]
    inhibition, ndr = _growth_metrics(group, plate, key)
    row: dict[str, Any] = {
        "plate": key[0], "cell_line": key[1], "compound": key[2], "dose_unit": units.iloc[0] if len(units) else "",
        "model": fit.model, "n_wells": len(group), "n_doses": fit.n_doses, "n_controls": fit.n_controls,
        **_columns("ic50_relative", fit.ic50_relative, relation=True), **_columns("ic50_absolute", fit.ic50_absolute, relation=True),
        **_columns("hill", fit.hill), **_columns("top", fit.top), **_columns("bottom", fit.bottom),
        **_columns("auc", fit.auc), **_columns("activity_area", fit.activity_area), **_columns("emax", fit.emax),
        "flags": ";".join(fit.flags), "p_effect": fit.p_effect,
        "aicc_4pl": fit.aicc.get("4PL", np.nan), "aicc_5pl": fit.aicc.get("5PL", np.nan),
        **_columns("gr50", inhibition.gr50, relation=True), "gr_max": inhibition.gr_max, "gr_inf": inhibition.gr_inf,
        "gr_aoc": inhibition.gr_aoc, "gr_reason": inhibition.reason, **ndr,
    }  # fmt: skip
    return fit, row


def _columns(name: str, estimate: Estimate, *, relation: bool = False) -> dict[str, Any]:
    columns: dict[str, Any] = {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return columns | {f"{name}_relation": estimate.relation} if relation else columns


def log_ratios(series: pd.DataFrame, wells: pd.DataFrame, treatment_h: Mapping[Place, float]) -> pd.Series[float]:
    """ln(size at the response's time / size at treatment or first time), a day; NaN where a well lacks either."""
    times = series[series["size"] > 0]
    start = times[["plate", "well"]].merge(
        pd.DataFrame([(*place, hour) for place, hour in treatment_h.items()], columns=["plate", "well", "start_h"]),
        on=["plate", "well"], how="left",
    )["start_h"].fillna(-np.inf)  # fmt: skip
    counted = times[times["time_h"].to_numpy() >= start.to_numpy(np.float64)]
    grouped = counted.sort_values("time_h").groupby(["plate", "well"], sort=False)
    first = grouped[["time_h", "size"]].first().add_prefix("first_")
    merged = wells[["plate", "well", "time_h"]].merge(first.reset_index(), on=["plate", "well"], how="left")
    last = grouped[["time_h", "size"]].last().add_prefix("last_").reset_index()
    at = counted[["plate", "well", "time_h", "size"]]
    merged = merged.merge(at, on=["plate", "well", "time_h"], how="left").merge(last, on=["plate", "well"], how="left")
    end_h = merged["time_h"].where(merged["time_h"].notna(), merged["last_time_h"])
    end = merged["size"].where(merged["time_h"].notna(), merged["last_size"])
    days = (end_h - merged["first_time_h"]) / 24
    ratio = np.log(end / merged["first_size"]) / days.where(days > 0)
    return pd.Series(ratio.to_numpy(), index=wells.index)


def _growth_metrics(
    group: pd.DataFrame, plate: pd.DataFrame, key: tuple[str, str, str]
) -> tuple[GrowthInhibition, dict[str, Any]]:
    rates = group["gr_rate_per_day"]
    known = rates.notna()
    if not known.any() or not (group.loc[known, "dose"] > 0).any():
        return GrowthInhibition(reason="one_time"), {"ndr_at_largest_dose": np.nan, "ndr_reason": "one_time"}
    doses, values = group.loc[known, "dose"].to_numpy(np.float64), rates[known].to_numpy(np.float64)
    lines = plate["cell_line"].to_numpy(object)
    killing = (plate["control"].to_numpy(object) == "positive") & (plate["status"].to_numpy(object) == "used")
    killing &= plate["plate"].to_numpy(object) == key[0]
    if len(set(lines) - {""}) > 1:
        killing &= lines == key[1]
    inhibition = _inhibition(doses.tobytes(), values.tobytes())
    control, killed = values[doses == 0], plate["gr_rate_per_day"][killing].dropna().to_numpy(np.float64)
    if reason := ndr_reason(control, killed):
        return inhibition, {"ndr_at_largest_dose": np.nan, "ndr_reason": reason}
    ndr = ndr_values(values, control, killed)
    return inhibition, {"ndr_at_largest_dose": float(ndr[doses == doses.max()].mean()), "ndr_reason": ""}
