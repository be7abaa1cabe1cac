"""Networks that become one: the mean of weights, the mean of logits."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spheroseg.errors import ModelError
from spheroseg.segmentation import load_model, read_card, write_card
from spheroseg.training.committee import mean_weights, write_committee
from spheroseg.training.config import TrainingConfig
from spheroseg.training.export import export
from spheroseg.training.stream import Pictures
from spheroseg.training.train import fit, load_network

TINY = TrainingConfig(
    name="tiny", data="", output="", steps=2, batch_size=2, synthetic_scenes=2, validate_every=99, workers=0, threads=1, seed=1,
    widths=(8, 8, 32, 32, 48), blocks=(1, 1, 1, 1, 2),
)  # fmt: skip


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """Two tiny networks of different architectures: their checkpoints and the folders that they were exported to."""
    folder = tmp_path_factory.mktemp("members")
    pictures = Pictures.load(TINY)
    first = fit(replace(TINY, output=str(folder / "a")), pictures)
    second = fit(replace(TINY, output=str(folder / "b"), architecture="lite", widths=(8, 8, 16, 16, 16)), pictures)
    export(first, folder / "first", version="1", int8=False)
    export(second, folder / "second", version="2", int8=False)
    return folder, first, second


def test_a_committee_answers_with_the_mean_of_its_members(members, tmp_path):
    folder, first, second = members
    card = write_committee([folder / "first", folder / "second"], tmp_path, "3")
    model = load_model(tmp_path, precision="fp32", threads=1)
    image = np.random.default_rng(0).uniform(-1, 1, (2, 1, 64, 96)).astype(np.float32)
    found = model.network.run(image)
    with torch.inference_mode():
        expected = sum(load_network(path)[0](torch.from_numpy(image)).numpy() for path in (first, second)) / 2
    np.testing.assert_allclose(found, expected, atol=0.02)  # weights are kept in half precision
    assert np.abs(found - expected).mean() < 1e-3
    assert model.card == card


def test_its_card_names_what_every_member_learnt_from(members, tmp_path):
    folder, *_ = members
    card = write_committee([folder / "first", folder / "second"], tmp_path, "3")
    assert card.version == "3"
    assert [recipe["architecture"] for recipe in card.recipe["mean_of"]] == ["resunet", "lite"]
    assert card.licence == "BSD-3-Clause AND Apache-2.0"
    assert [source.licence for source in card.data] == ["BSD-3-Clause", "Apache-2.0"]


def test_networks_that_see_something_else_are_no_committee(members, tmp_path):
    folder, *_ = members
    other = read_card(folder / "second")
    (tmp_path / "odd").mkdir()
    for file in (folder / "second").iterdir():
        (tmp_path / "odd" / file.name).write_bytes(file.read_bytes())
    changed = other.model_copy(update={"normalisation": other.normalisation.model_copy(update={"gain": 1.0})})
    write_card(changed, tmp_path / "odd")
    with pytest.raises(ModelError, match="cannot be one"):
        write_committee([folder / "first", tmp_path / "odd"], tmp_path / "out", "3")


def test_the_mean_of_weights_lies_half_way(members, tmp_path):
    _, first, _ = members
    weights = first.with_name("weights.pt")
    moved = torch.load(weights, weights_only=True)
    for value in moved["average"].values():
        if value.is_floating_point():
            value.add_(1)
    torch.save(moved, tmp_path / "moved.pt")
    for shares, raised in ((None, 0.5), ((7, 3), 0.3)):
        target = mean_weights([weights, tmp_path / "moved.pt"], tmp_path / "mean.pt", shares)
        mean = load_network(target)[0].state_dict()
        for name, value in load_network(weights)[0].state_dict().items():
            if value.is_floating_point():
                torch.testing.assert_close(mean[name], value + raised, atol=4e-3, rtol=1e-3)


def test_different_architectures_have_no_mean_of_weights(members, tmp_path):
    _, first, second = members
    with pytest.raises(ModelError, match="different architectures"):
        mean_weights([first, second], tmp_path / "mean.pt")
