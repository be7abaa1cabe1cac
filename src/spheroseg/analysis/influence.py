"""Which image's outline can move the IC50 most: the order in which looking again pays."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from spheroseg.analysis import sigmoid
from spheroseg.analysis.conditions import compound_wells
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
)


def image_influence(
    observations: Observations, plate: pd.DataFrame, fits: Mapping[tuple[str, str, str], DoseResponse],
    *, response: str, window: Window, reviewed: Collection[str] = frozenset(),
) -> pd.DataFrame:  # fmt: skip
    """How far each image's outline can move the (relative) IC50.

    The IC50 follows from the wells' responses by least squares, so ∂log10 IC50/∂response is known (`sigmoid.sensitivity`);
    a well's response follows from the diameters, a diameter has the outline's standard deviation.

    Returns:
        One row an image and compound, the most influential first: `COLUMNS`. log10_ic50_per_ln_diameter is the derivative,
        log10_ic50_sd what the outline's uncertainty makes of it (0 for reviewed images, NaN where unknown), ic50_factor
        10^(1.96·sd): the IC50 can be this factor higher or lower.
    """
    power = POWER[observations.size]
    objects = observations.objects
    spread = (objects["size"] * objects["outline_sd"]) ** 2
    images = (
        objects[[*KEYS, "image", "size"]].assign(variance=spread)
        .groupby([*KEYS, "image"], sort=False, observed=True)
        .agg(size=("size", "sum"), variance=("variance", lambda values: values.sum(min_count=1)), n=("size", "size"))
        .reset_index()
    )  # fmt: skip
    shares = images["size"] / images.groupby(KEYS)["size"].transform("sum")
    with np.errstate(invalid="ignore", divide="ignore"):
        images["share"], images["diameter_sd"] = shares, np.sqrt(images["variance"]) / images["size"]
    rows = []
    for (name, line, compound), fit in fits.items():
        if fit.curve is None or not fit.ic50_relative.relation:
            continue
        wells = _wells_of(plate, (name, line, compound), fit)
        wells = wells.assign(slope=sigmoid.sensitivity(fit.curve, fit.doses, fit.responses))
        if response == "growth-rate":
            here = images.merge(wells[["plate", "well", "slope"]], on=["plate", "well"])
            here["per_ln_diameter"] = here["slope"] * here["share"] * power * _rate_weights(here, window)
        else:
            here = images.merge(wells[[*KEYS, "slope", "response"]], on=KEYS)
            here["per_ln_diameter"] = here["slope"] * here["response"] * here["share"] * power
        rows.append(here.assign(cell_line=line, compound=compound))
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(rows, ignore_index=True).rename(columns={"per_ln_diameter": "log10_ic50_per_ln_diameter"})
    table["reviewed"] = table["image"].isin(list(reviewed))
    sd = (table["log10_ic50_per_ln_diameter"].abs() * table["diameter_sd"]).where(~table["reviewed"], 0.0)
    table = table.assign(log10_ic50_sd=sd, ic50_factor=10 ** (1.96 * sd))
    order = table.assign(key=sd.fillna(-1), tie=table["log10_ic50_per_ln_diameter"].abs()).sort_values(
        ["key", "tie"], ascending=False
    )
    return order[list(COLUMNS)].reset_index(drop=True)


def _wells_of(plate: pd.DataFrame, key: tuple[str, str, str], fit: DoseResponse) -> pd.DataFrame:
    """The wells in the order in which they were fitted."""
    wells = next(group for found, group in compound_wells(plate) if found == key)
    assert len(wells) == len(fit.doses)
    return wells


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
