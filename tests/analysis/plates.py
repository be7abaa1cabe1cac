"""Rendered plates: tables of a time course whose truth is known."""

import numpy as np
import pandas as pd

from spheroseg.analysis import well_name

DOSES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
IC50_UM = {"alpha": 0.5, "beta": 3.0}


def layout_table(**changes: object) -> pd.DataFrame:
    """Untreated wells in column 1, killing control in column 12, two compounds at eight doses in three rows each."""
    rows = []
    for row in range(1, 7):
        for column in range(1, 13):
            compound = {1: "", 12: "", 10: "", 11: ""}.get(column, "alpha" if row <= 3 else "beta")
            if column in {10, 11}:
                continue
            rows.append(
                {
                    "well": well_name(row, column),
                    "compound": compound,
                    "dose": DOSES[column - 2] if compound else "",
                    "dose_unit": "µM" if compound else "",
                    "cell_line": "HT-29",
                    "replicate": row,
                    "control": {1: "negative", 12: "positive"}.get(column, ""),
                }
            )
    return pd.DataFrame(rows).assign(**changes)


def objects_table(layout: pd.DataFrame | None = None, times_h=(0, 24, 48, 72, 96), noise=0.01, seed=0) -> pd.DataFrame:
    """One spheroid a well; the untreated grow by 0.6 a day in volume, treated ones at half of that at the IC50."""
    rng = np.random.default_rng(seed)
    rows = []
    for well in (layout_table() if layout is None else layout).to_dict("records"):
        dose = float(well["dose"] or 0)
        rate = 0.6 / (1 + dose / IC50_UM[well["compound"]]) if dose else 0.6
        rate = -0.5 if well["control"] == "positive" else rate
        for time_h in times_h:
            diameter = 300 * np.exp(rate * time_h / 72) * np.exp(rng.normal(0, noise))
            rows.append(
                {
                    "image": f"{well['well']}_t{time_h:03d}h",
                    "well": well["well"],
                    "time_h": time_h,
                    "label": 1,
                    "equivalent_diameter_um": diameter,
                    "area_um2": np.pi / 4 * diameter**2,
                    "volume_sphere_um3": np.pi / 6 * diameter**3,
                    "equivalent_diameter_low_um": diameter * 0.98,
                    "equivalent_diameter_high_um": diameter * 1.02,
                }
            )
    return pd.DataFrame(rows)
