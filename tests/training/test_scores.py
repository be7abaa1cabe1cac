import csv

import cv2
import numpy as np
import pytest

from spheroseg.segmentation import load_model
from spheroseg.training.calibration import confidence_points, diameter_interval, observe
from spheroseg.training.config import TrainingConfig
from spheroseg.training.export import export
from spheroseg.training.manifest import read_manifest
from spheroseg.training.scores import (
    by_model,
    choose_rules,
    finish_card,
    score,
    summary_by_source,
)
from spheroseg.training.stream import Pictures
from spheroseg.training.synthetic import render_example
from spheroseg.training.train import fit


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
    model = load_model(model_folder, precision="fp32", threads=1)
    assert model.card.splitting == card.splitting
    assert len(score(read_manifest(data, "train")[:1], by_model(model))) == 1


def test_a_handful_of_objects_calibrates_nothing(data, model_folder):
    model = load_model(model_folder, precision="fp32", threads=1)
    assert confidence_points(observe(model, [])) == ()
    assert diameter_interval(observe(model, [])) is None
    assert choose_rules(model, read_manifest(data, "train")[:1]).threshold in {0.4, 0.5, 0.6}
