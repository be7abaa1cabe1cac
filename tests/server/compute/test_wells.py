"""Mean and SD by well, from parts, are those of all objects at once."""

import numpy as np
import pandas as pd
import pytest

from spheroseg.server.compute.wells import WellSummary


def test_parts_sum_up_to_the_whole():
    random = np.random.default_rng(1)
    parts = [pd.DataFrame({"class_name": "cell", "area_um2": random.normal(1e6, 1, n)}) for n in (1, 7, 40)]
    summary = WellSummary()
    for part in parts:
        summary.add(part, {"well": "A01", "plate": "P"})
    (row,) = summary.table().to_dict("records")
    every = pd.concat(parts)["area_um2"]
    assert (row["n_images"], row["n_objects"], row["area_um2_n"]) == (3, 48, 48)
    assert row["area_um2_mean"] == pytest.approx(every.mean(), rel=1e-12)
    assert row["area_um2_sd"] == pytest.approx(every.std(), rel=1e-6)


def test_what_is_not_known_counts_for_nothing_and_classes_stand_apart():
    objects = pd.DataFrame({"class_name": ["core", "cell", "cell"], "area_um2": [5.0, np.nan, 3.0], "label": [1, 2, 3]})
    summary = WellSummary()
    summary.add(objects, {"well": "A01", "frame_time_s": 7200})
    summary.add(objects, {})  # without a well
    table = summary.table().set_index("class_name")
    assert table.loc["cell", ["n_objects", "area_um2_n", "area_um2_mean", "time_h"]].tolist() == [2, 1, 3.0, 2.0]
    assert table.loc["core", "n_objects"] == 1
    assert not [name for name in table.columns if name.startswith("label")]


def test_what_a_row_is_named_by_is_not_averaged():
    objects = pd.DataFrame({"class_name": ["cell"] * 2, "time_h": [2.0, 2.0], "area_um2": [1.0, 3.0]})
    summary = WellSummary()
    summary.add(objects, {"well": "A01", "time_h": 2.0})
    columns = list(summary.table().columns)
    assert [name for name in columns if name.startswith("time_h")] == ["time_h"]
    assert "area_um2_mean" in columns


def test_a_well_in_which_nothing_was_found_is_a_row():
    summary = WellSummary()
    summary.add(pd.DataFrame({"class_name": [], "area_um2": []}), {"well": "H12"})
    (row,) = summary.table().to_dict("records")
    assert (row["well"], row["n_images"], row["n_objects"]) == ("H12", 1, 0)
