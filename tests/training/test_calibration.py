from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spheroseg.segmentation.quality.confidence import diameter_intervals
from spheroseg.segmentation.quality.edges import EdgeStatistics
from spheroseg.training.calibration import by_confidence, confidence_points, diameter_interval, reliability, rising


def objects(count=400, *, spread=0.05, seed=0):
    """Objects of which a share of `confidence` is right, and whose diameters are off by `spread` (log, one σ)."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0, 1, count)
    reference = rng.uniform(20, 80, count)
    diameter = reference * np.exp(rng.normal(0, spread, count))
    return pd.DataFrame(
        {
            "source": np.where(np.arange(count) % 4, "a", "b"),
            "confidence": confidence,
            "iou": np.where(rng.uniform(0, 1, count) < confidence, 0.9, 0.6),
            "diameter": diameter,
            "diameter_low": diameter * 0.98,
            "diameter_high": diameter / 0.98,
            "reference": reference,
            "weight": 1.0,
        }
    )


@given(
    blocks=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(1, 50)), min_size=1, max_size=10),
)
@settings(deadline=None)
def test_pooled_points_rise_and_keep_the_mean(blocks):
    blocks = [list(block) for block in sorted(blocks)]
    points = rising(blocks)
    assert all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(points))
    mean = sum(y * w for _, y, w in blocks) / sum(w for *_, w in blocks)
    assert min(y for _, y in points) - 1e-3 <= mean <= max(y for _, y in points) + 1e-3


def test_points_that_already_rise_stay():
    assert rising([[0.2, 0.1, 10], [0.5, 0.6, 10], [0.9, 0.95, 10]]) == ((0.2, 0.1), (0.5, 0.6), (0.9, 0.95))


def test_confidence_becomes_the_share_that_is_right():
    points = confidence_points(objects(4000).assign(confidence=lambda t: t["confidence"] ** 2))
    x, y = np.array(points).T
    np.testing.assert_allclose(y, np.sqrt(x), atol=0.06)


def test_the_interval_holds_nine_of_ten_reference_diameters():
    known = objects(3000)
    stretch, floor = diameter_interval(known)
    half = np.log(1 / 0.98)
    evidence = EdgeStatistics(
        area=np.pi / 4 * known["diameter"].to_numpy() ** 2,
        area_low=np.pi / 4 * known["diameter_high"].to_numpy() ** 2,
        area_high=np.pi / 4 * known["diameter_low"].to_numpy() ** 2,
        on_border=np.zeros(len(known), bool),
        saturated=np.zeros(len(known), np.int64),
        edges=np.zeros((len(known), 6)),
    )
    low, high = diameter_intervals(evidence, (stretch, floor)).T
    assert ((low <= known["reference"]) & (known["reference"] <= high)).mean() == pytest.approx(0.9, abs=0.01)
    assert stretch * (half + floor) == pytest.approx(1.645 * 0.05, rel=0.1)
    fresh = reliability(objects(3000, seed=1).assign(diameter_low=low, diameter_high=high))
    assert set(fresh) == {"a", "b", "all", "sources"}


def test_reliability_counts_what_is_promised_and_what_is_kept():
    table = objects(2000)
    kept = reliability(table)["all"]
    assert kept["confidence"] == pytest.approx(kept["right"], abs=0.03)
    wide = reliability(table.assign(diameter_low=0.0, diameter_high=1e9))["all"]
    assert wide["covered"] == 1
    assert kept["covered"] < 0.5
    assert sum(row["objects"] for row in by_confidence(table)) == 2000
