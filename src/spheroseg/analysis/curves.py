"""Mean of each condition over time with its interval; n is wells."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from spheroseg.analysis.image_sums import RATIOS
from spheroseg.analysis.observations import KEYS, Observations, ratio_means


def condition_curves(series: pd.DataFrame, plate: pd.DataFrame, observations: Observations) -> pd.DataFrame:
    """Mean and 95 % interval (Student's t over wells) of each condition at each time.

    Returns:
        plate, condition, time_h, measure ("size", "relative_size", and those of `image_sums.RATIOS` that the table has), n_wells,
        mean, low, high, sd. Intervals of one well are NaN. Wells without a condition or excluded ones are left out.
    """
    tables = [
        series[[*KEYS, name]].rename(columns={name: "value"}).assign(measure=name) for name in ("size", "relative_size")
    ]
    for name in RATIOS:
        by_well = ratio_means(observations, name)
        if len(by_well):
            tables.append(by_well.assign(measure=name))
    kept = plate.loc[~plate["status"].isin(["no_condition", "excluded"]), ["plate", "well", "condition"]]
    values = pd.concat(tables, ignore_index=True).merge(kept, on=["plate", "well"]).dropna(subset=["value"])
    grouped = values.groupby(["plate", "condition", "time_h", "measure"], sort=True)["value"]
    table = grouped.agg(n_wells="size", mean="mean", sd="std").reset_index()
    n = table["n_wells"].to_numpy()
    half = np.where(n > 1, stats.t.ppf(0.975, np.maximum(n - 1, 1)) * table["sd"] / np.sqrt(n), np.nan)
    return table.assign(low=table["mean"] - half, high=table["mean"] + half)
