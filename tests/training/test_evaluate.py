import csv
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spheroseg.segmentation import load_model
from spheroseg.training.data import read_manifest
from spheroseg.training.evaluate import (
    _rising,
    by_model,
    calibrate,
    choose_rules,
    finish_card,
    note_scores,
    score,
    summary_by_source,
)
from spheroseg.training.export import export
from spheroseg.training.synthetic import render_example
from spheroseg.training.train import Pictures, TrainingConfig, fit


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Eight rendered images of two sources with their masks and a manifest."""
    folder = tmp_path_factory.mktemp("data")
    rows = []
    for number in range(8):
        image, labels, _ = render_example(number, ("several", "nuclei")[number % 2], (128, 160))
        cv2.imwrite(str(folder / f"{number}.png"), image)
        cv2.imwrite(str(folder / f"{number}_mask.png"), labels)
        rows.append(
            {
                "file": f"{number}.png", "mask": f"{number}_mask.png", "split": "train", "source": f"s{number % 2}",
                "group": f"g{number // 2}", "label_quality": "good", "licence": "CC0",
            }
        )  # fmt: skip
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.fixture
def model_folder(tmp_path):
    config = TrainingConfig(
        name="tiny", data="", output=str(tmp_path), steps=2, batch_size=2, synthetic_scenes=4, workers=0, threads=1,
        seed=1, widths=(8, 8, 8, 8, 8), blocks=(1, 1, 1, 1, 1),
    )  # fmt: skip
    export(fit(config, Pictures.load(config)), tmp_path / "model", int8=False)
    return tmp_path / "model"


def test_the_reference_agrees_with_itself_and_nothing_with_nothing(data):
    records = read_manifest(data, "train")
    same = summary_by_source(score(records, lambda _image, reference: reference))
    assert set(same) == {"s0", "s1", "all", "sources"}
    assert same["all"]["iou"] == [1, 1, 1]
    assert same["all"]["share_under_0.7"] == [0, 0, 0]
    assert same["sources"]["ap50"] == [1]
    nothing = summary_by_source(score(records, lambda _image, reference: np.zeros_like(reference)))
    assert nothing["all"]["iou"] == [0, 0, 0]
    assert nothing["sources"]["share_under_0.7"] == [1]


def test_a_finished_card_holds_rules_and_validation_scores(data, model_folder):
    card = finish_card(model_folder, data)
    assert set(card.scores["validation"]) == {"s0", "s1", "all", "sources"}
    note_scores(model_folder, "heldout", {"all": {"iou": [0.5, 0.4, 0.6]}})
    model = load_model(model_folder, precision="fp32", threads=1)
    assert model.card.scores["heldout"]["all"]["iou"] == [0.5, 0.4, 0.6]
    assert model.card.splitting == card.splitting
    assert len(score(read_manifest(data, "train")[:1], by_model(model))) == 1


def test_a_handful_of_objects_calibrates_nothing(data, model_folder):
    model = load_model(model_folder, precision="fp32", threads=1)
    assert calibrate(model, []) == ()
    assert choose_rules(model, read_manifest(data, "train")[:1]).threshold in {0.4, 0.5, 0.6}


@given(blocks=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(1, 50)), min_size=1, max_size=10))
@settings(deadline=None)
def test_pooled_points_rise_and_keep_the_mean(blocks):
    blocks = [list(block) for block in sorted(blocks)]
    points = _rising(blocks)
    assert all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(points))
    mean = sum(y * w for _, y, w in blocks) / sum(w for *_, w in blocks)
    assert min(y for _, y in points) - 1e-3 <= mean <= max(y for _, y in points) + 1e-3


def test_points_that_already_rise_stay():
    assert _rising([[0.2, 0.1, 10], [0.5, 0.6, 10], [0.9, 0.95, 10]]) == ((0.2, 0.1), (0.5, 0.6), (0.9, 0.95))
