"""Images are summed up: whatever the parts in which a table comes, the sums are those of its objects."""

import numpy as np
import pandas as pd
import pytest

from spheroseg.analysis import Reading, observe, observe_sums, read_objects, well_series
from spheroseg.analysis.observations import sums_of


def crowd(seed: int = 3) -> pd.DataFrame:
    """Two wells, three times, two fields, seven objects in each image; some cut, some without a size."""
    rng = np.random.default_rng(seed)
    places = [(w, t, f, n) for w in ("A1", "B2") for t in (0, 24, 48) for f in (1, 2) for n in range(1, 8)]
    table = pd.DataFrame(places, columns=["well", "time_h", "field", "label"])
    diameter = rng.uniform(50, 90, len(table))
    diameter[rng.random(len(table)) < 0.1] = np.nan
    table["image"] = table["well"] + "_" + table["time_h"].astype(str) + "_" + table["field"].astype(str)
    return table.assign(
        diameter_um=diameter, diameter_low_um=diameter * 0.97, diameter_high_um=diameter * 1.03,
        touches_border=rng.random(len(table)) < 0.1, invasion_index=rng.random(len(table)),
    )  # fmt: skip


@pytest.mark.parametrize("per_well", ["mean", "sum", "median", "largest"])
def test_a_wells_size_is_that_of_its_objects(per_well) -> None:
    table = crowd()
    series = well_series(observe(table, Reading("diameter")), per_well=per_well)
    counts = table[~table["touches_border"]].dropna(subset=["diameter_um"])
    by_hand = counts.groupby(["well", "time_h"])["diameter_um"].agg({"largest": "max"}.get(per_well, per_well))
    np.testing.assert_allclose(series["size"], by_hand)
    if per_well == "mean":
        spread = counts.assign(square=(counts["diameter_um"] * np.log(1.03 / 0.97) / (2 * 1.6448536)) ** 2)
        grouped = spread.groupby(["well", "time_h"])
        relative = np.sqrt(grouped["square"].sum()) / grouped.size() / by_hand
        np.testing.assert_allclose(series["outline_relative_sd"], relative, rtol=1e-6)


def test_parts_of_a_table_say_what_the_whole_says(tmp_path) -> None:
    table = crowd()
    whole = observe(table, Reading("diameter"))
    reading = Reading("diameter", keep_objects=False)
    parts = observe_sums(sums_of([table[:20], table[20:21], table[21:]], list(table.columns), reading), reading)
    pd.testing.assert_frame_equal(whole.images, parts.images, check_dtype=False)
    pd.testing.assert_frame_equal(whole.exclusions, parts.exclusions, check_dtype=False)
    assert len(parts.objects) == 0
    table.to_parquet(tmp_path / "objects.parquet", row_group_size=10)
    read = read_objects(tmp_path / "objects.parquet", reading)
    pd.testing.assert_frame_equal(well_series(whole), well_series(read))


def test_a_label_that_an_image_has_twice_is_said_even_where_the_parts_are_cut_between() -> None:
    table = pd.DataFrame(
        {"well": ["A1", "A1", "B1"], "time_h": 0, "image": ["a", "a", "b"], "label": [1, 1, 1], "area_um2": [1.0, 2.0, 3.0]}
    )  # fmt: skip
    reading = Reading("area")
    seen = observe_sums(sums_of([table[:1], table[1:]], list(table.columns), reading), reading)
    assert seen.counted["well"].tolist() == ["B01"]
    assert seen.exclusions[["well", "n_objects", "reason"]].to_numpy().tolist() == [["A01", 2, "doubled_time"]]


def test_of_two_images_of_a_time_the_other_counts_when_one_was_left_out_in_the_review() -> None:
    table = pd.DataFrame(
        {"well": "A1", "time_h": 0, "image": ["a", "b"], "label": 1, "area_um2": [1.0, 2.0], "review": ["excluded", "accepted"],
         "review_reason": ["blurred", ""], "reviewed_by": ["Ada", "Ada"]}
    )  # fmt: skip
    seen = observe(table, Reading("area"))
    assert seen.counted["image"].tolist() == ["b"]
    assert seen.exclusions[["image", "detail", "by"]].to_numpy().tolist() == [["a", "blurred", "Ada"]]
