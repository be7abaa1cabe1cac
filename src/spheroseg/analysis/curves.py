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
    kept = plate.loc[~plate["status"].isin(["no_condition", "excluded"]), ["plate", "well", "condition"]]
    sizes = series[[*KEYS, "size", "relative_size"]].merge(kept, on=["plate", "well"])
    tables = [_means(sizes.rename(columns={name: "value"}), name) for name in ("size", "relative_size")]
    for name in RATIOS:
        by_well = ratio_means(observations, name)
        if len(by_well):
            tables.append(_means(by_well.merge(kept, on=["plate", "well"]), name))
    table = pd.concat(tables).sort_values(["plate", "condition", "time_h", "measure"], ignore_index=True)
    n = table["n_wells"].to_numpy()
    half = np.where(n > 1, stats.t.ppf(0.975, np.maximum(n - 1, 1)) * table["sd"] / np.sqrt(n), np.nan)
    return table.assign(low=table["mean"] - half, high=table["mean"] + half)


def _means(values: pd.DataFrame, measure: str) -> pd.DataFrame:
    grouped = values.dropna(subset=["value"]).groupby(["plate", "condition", "time_h"])["value"]
    table = grouped.agg(n_wells="size", mean="mean", sd="std").reset_index()
    table.insert(3, "measure", measure)
    return table
