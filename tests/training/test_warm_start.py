from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spheroseg.errors import ModelError
from spheroseg.segmentation.network.catalogue import SHIPPED_FOLDER
from spheroseg.training.config import TrainingConfig, start_folder
from spheroseg.training.export import export
from spheroseg.training.stream import CropStream, Pictures
from spheroseg.training.train import build, fit, load_network
from spheroseg.training.warm_start import load_folded

TINY = TrainingConfig(
    name="tiny", data="", output="", steps=12, batch_size=4, synthetic_scenes=8, validate_every=99, workers=0, threads=1,
    learning_rate=6e-3, seed=1, widths=(8, 8, 16, 16, 16), blocks=(1, 1, 1, 1, 2),
)  # fmt: skip


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A tiny trained network, the model folder that it was exported to, and crops."""
    config = replace(TINY, output=str(tmp_path_factory.mktemp("run")))
    pictures = Pictures.load(config)
    checkpoint = fit(config, pictures)
    folder = Path(config.output) / "model"
    export(checkpoint, folder, int8=False)
    stream = CropStream([], pictures.synthetic, config, 0)
    crops = torch.stack([stream.crop(k)[0] for k in range(16)])
    return load_network(checkpoint)[0], folder, crops, pictures


def logits(network, crops):
    with torch.inference_mode():
        return network(crops).numpy()


def test_a_network_from_a_model_folder_answers_as_the_one_that_was_exported(exported):
    network, folder, crops, _ = exported
    again = build(replace(TINY, seed=5))
    assert np.abs(logits(again.eval(), crops) - logits(network, crops)).max() > 0.1
    load_folded(folder, again, [crops])
    np.testing.assert_allclose(logits(again, crops), logits(network, crops), atol=1e-3)


def test_its_normalisation_knows_the_statistics_of_the_crops(exported):
    _, folder, crops, _ = exported
    again = build(TINY)
    load_folded(folder, again, [crops])
    at_rest = logits(again, crops)
    # a layer in training mode takes its statistics from the batch: the same crops, so the same answer
    np.testing.assert_allclose(logits(again.train(), crops), at_rest, atol=0.02 * np.abs(at_rest).max())


def test_training_goes_on_from_a_model_folder(exported, tmp_path):
    network, folder, crops, pictures = exported
    config = replace(TINY, output=str(tmp_path), start_from=str(folder), steps=1, learning_rate=1e-9, seed=3)
    checkpoint = fit(config, pictures)
    begun = load_network(checkpoint)[0]
    changed = np.abs(logits(begun, crops) - logits(network, crops)).mean()
    assert changed < 0.1 * np.abs(logits(build(config).eval(), crops) - logits(network, crops)).mean()
    card = export(checkpoint, tmp_path / "model", int8=False)
    assert card.recipe["started_from"]["trained_steps"] == TINY.steps


def test_a_shipped_model_is_named_as_everywhere():
    assert start_folder(replace(TINY, start_from="spheroid")) == SHIPPED_FOLDER / "spheroid"
    assert start_folder(TINY) is None


def test_another_architecture_is_refused(exported):
    _, folder, crops, _ = exported
    with pytest.raises(ModelError, match="widths"):
        load_folded(folder, build(replace(TINY, widths=(8, 8, 16, 16, 24))), [crops])
