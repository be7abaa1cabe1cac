"""Which image's outline can move the IC50 most: the order in which looking again pays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spheroseg.analysis import sigmoid
from spheroseg.analysis.dose_response import DoseResponse
from spheroseg.analysis.growth import Window
from spheroseg.analysis.observations import KEYS, Observations
from spheroseg.analysis.sizes import POWER

COLUMNS = (
    "plate",
    "cell_line",
    "compound",
    "well",
    "time_h",
    "image",
    "log10_ic50_per_ln_diameter",
    "log10_ic50_sd",
    "ic50_factor",
    "reviewed",
    "can_change",
)
OUTLINE_REACH = 1.96
WORTH_A_LOOK = 0.1
"""What the outlines can do below this share of the interval, which the wells' scatter leaves open, changes no conclusion."""

_DECIMALS = 10
_PLACE = ["plate", "cell_line", "compound", "well", "time_h"]


def image_influence(
    observations: Observations, groups: Mapping[tuple[str, str, str], pd.DataFrame], fits: Mapping[tuple[str, str, str], DoseResponse],
    *, response: str, window: Window,
) -> pd.DataFrame:  # fmt: skip
    """How far each image's outline can move the (relative) IC50.

    The IC50 follows from the wells' responses by least squares, so ∂log10 IC50/∂response is known (`sigmoid.sensitivity`);
    a well's response follows from the diameters, a diameter has the outline's standard deviation.

    Args:
        observations: the images.
        groups: each compound's wells and controls, as `conditions.compound_wells` gives them.
        fits: of these wells, in their order.
        response: of the wells: a size, or "growth-rate" over the window.
        window: of the growth rate.

    Returns:
        One row an image and compound, the most influential first: `COLUMNS`. log10_ic50_per_ln_diameter is the derivative,
        log10_ic50_sd what the outline's uncertainty makes of it (0 for reviewed images, NaN where unknown), ic50_factor
        10^(1.96·sd): the IC50 can be this factor higher or lower; `can_change`: whether this image and those after it, taken
        together, can still move the compound's IC50 by a tenth of what its interval leaves open anyway (empty where the
        interval is open): where it turns false, reviewing further changes nothing.
    """
    parts = []
    for (name, line, compound), fit in fits.items():
        if fit.curve is not None and fit.ic50_relative.relation:
            slope = _slopes(fit.curve, fit.doses.tobytes(), fit.responses.tobytes())
            group = groups[name, line, compound][[*KEYS, "response"]]  # in the order in which they were fitted
            parts.append(group.assign(slope=slope, cell_line=line, compound=compound))
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    wells = pd.concat(parts, ignore_index=True)
    power = POWER[observations.size]
    images = observations.counted[[*KEYS, "image", "total", "variance"]]
    if response != "growth-rate":  # which is made of all times
        images = images[images["time_h"].isin(wells["time_h"])]
    images = images.reset_index(drop=True)
    whole = images.groupby(KEYS)["total"].transform("sum")
    with np.errstate(invalid="ignore", divide="ignore"):
        images["share"] = images["total"] / whole
        images["diameter_sd"] = np.sqrt(images["variance"].astype(float)) / images["total"] / power
    if response == "growth-rate":
        images["per_response"] = images["share"] * power * _rate_weights(images, window)
        table = images.merge(wells.drop(columns=["time_h", "response"]), on=["plate", "well"])
    else:
        images["per_response"] = images["share"] * power
        table = images.merge(wells, on=KEYS)
        table["per_response"] *= table["response"]
    table["log10_ic50_per_ln_diameter"] = table["slope"] * table["per_response"]
    accepted = observations.images.loc[observations.images["review"] == "accepted", "image"]
    table["reviewed"] = table["image"].isin(accepted)
    sd = (table["log10_ic50_per_ln_diameter"].abs() * table["diameter_sd"]).where(~table["reviewed"], 0.0)
    table = table.assign(log10_ic50_sd=sd, ic50_factor=10 ** (OUTLINE_REACH * sd))
    # what differs by rounding alone is in the same order wherever it is concluded, whatever images are called there
    keys = {"key": sd.fillna(-1).round(_DECIMALS), "tie": table["log10_ic50_per_ln_diameter"].abs().round(_DECIMALS)}
    order = table.assign(**keys).sort_values([*keys, *_PLACE], ascending=[False] * len(keys) + [True] * len(_PLACE))
    order = order.reset_index(drop=True)
    order["can_change"] = _can_change(order, fits)
    return order[list(COLUMNS)]


# a curve is itself where its wells stayed as they are (`responses`)
@lru_cache(maxsize=1024)
def _slopes(curve: sigmoid.Sigmoid, doses: bytes, responses: bytes) -> NDArray[np.float64]:
    return sigmoid.sensitivity(curve, np.frombuffer(doses), np.frombuffer(responses))


def _can_change(order: pd.DataFrame, fits: Mapping[tuple[str, str, str], DoseResponse]) -> pd.Series[bool]:
    """For each image whether it and those after it can still move its compound's IC50 noticeably; None: nobody knows."""
    answers = pd.Series(None, index=order.index, dtype=object)
    for key, images in order.groupby(["plate", "cell_line", "compound"], sort=False):
        plate, line, compound = map(str, key)
        wide = interval_half_width(fits[plate, line, compound])
        squares = images["log10_ic50_sd"].fillna(0.0).to_numpy() ** 2
        rest = OUTLINE_REACH * np.sqrt(np.cumsum(squares[::-1])[::-1])
        if np.isfinite(wide) and images["log10_ic50_sd"].notna().any():
            answers[images.index] = [bool(reach > WORTH_A_LOOK * wide) for reach in rest]
    return answers


def interval_half_width(fit: DoseResponse) -> float:
    """Half of the relative IC50's interval in decades; NaN where it is open."""
    return float(np.log10(fit.ic50_relative.high / fit.ic50_relative.low) / 2)


def _rate_weights(images: pd.DataFrame, window: Window) -> pd.Series[float]:
    """∂(rate a day)/∂ln size of each time: (t − t̄)/Σ(t − t̄)² over the window; 0 outside."""
    days = images["time_h"] / 24
    inside = pd.Series(True, index=images.index)
    if window.start_h is not None:
        inside &= images["time_h"] >= window.start_h
    if window.end_h is not None:
        inside &= images["time_h"] <= window.end_h
    for hour in window.without_h:
        inside &= ~np.isclose(images["time_h"], hour)
    times = images.assign(days=days.where(inside)).drop_duplicates(KEYS)
    grouped = times.groupby(["plate", "well"])["days"]
    centre = grouped.mean().rename("centre").reset_index()
    merged = images[["plate", "well"]].merge(centre, on=["plate", "well"], how="left")["centre"].to_numpy()
    square = times.merge(centre, on=["plate", "well"]).assign(square=lambda t: (t["days"] - t["centre"]) ** 2)
    total = square.groupby(["plate", "well"])["square"].sum().rename("total").reset_index()
    totals = images[["plate", "well"]].merge(total, on=["plate", "well"], how="left")["total"].to_numpy()
    return pd.Series(np.where(inside & (totals > 0), (days - merged) / totals, 0.0), index=images.index)
