import csv
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from spheroseg.errors import ParameterError
from spheroseg.segmentation.network.card import Normalisation, read_card
from spheroseg.segmentation.scale.network_input import NetworkInput
from spheroseg.training import data
from spheroseg.training.config import TrainingConfig
from spheroseg.training.data import Picture, make_crop
from spheroseg.training.export import export
from spheroseg.training.lite import LiteUNet
from spheroseg.training.losses import segmentation_loss
from spheroseg.training.resunet import ResUNet, count_parameters
from spheroseg.training.stream import CropStream, Pictures
from spheroseg.training.train import build, fit, fit_together, learning_rate, load_network, train
from spheroseg.training.unet import UNet
from spheroseg.training.validate import prepare, quick_scores

TINY = TrainingConfig(
    name="tiny", data="", output="", steps=48, batch_size=4, synthetic_scenes=16, validate_every=16, workers=0, threads=1,
    learning_rate=6e-3, seed=1, widths=(8, 8, 16, 16, 16), blocks=(1, 1, 1, 1, 2),
)  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A tiny network after 48 steps on rendered scenes alone."""
    config = replace(TINY, output=str(tmp_path_factory.mktemp("run")))
    pictures = Pictures.load(config)
    return fit(config, pictures), config, pictures


def test_the_shipped_network_fits_its_budget():
    network = ResUNet()
    assert 3e6 < count_parameters(network) < 6.2e6  # fp32 in 25 MB
    assert network.stride == 32


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 96)])
@pytest.mark.parametrize("network", [ResUNet(TINY.widths, TINY.blocks), UNet((8, 8, 8)), LiteUNet(TINY.widths)])
def test_logits_have_the_resolution_of_the_image(network, height, width):
    with torch.inference_mode():
        assert network.eval()(torch.zeros(2, 1, height, width)).shape == (2, 3, height, width)


def test_the_same_seed_gives_the_same_network():
    first, again, other = (build(replace(TINY, seed=seed)).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def perfect(target):
    sure = 20.0
    distance = torch.logit(target[:, 1].clamp(1e-4, 1 - 1e-4))
    return torch.stack((sure * (2 * target[:, 0] - 1), distance, sure * (2 * target[:, 3].clamp(min=0) - 1)), 1)


def some_target():
    target = torch.zeros(2, 4, 32, 32)
    target[:, 0, 8:24, 8:24] = 1
    target[:, 1, 8:24, 8:24] = 0.5
    target[:, 2] = 1
    target[0, 3], target[1, 3] = -1, target[1, 0]
    return target


def test_a_perfect_answer_costs_nothing_and_its_opposite_much():
    target = some_target()
    right, wrong = (segmentation_loss(sign * perfect(target), target)["total"] for sign in (1, -1))
    assert right < 0.01
    assert wrong > 10


def test_ignored_pixels_and_unknown_cores_cost_nothing():
    target = some_target()
    target[:, 2, :, :16] = 0
    logits, altered = perfect(target), perfect(target)
    altered[:, :2, :, :16] *= -1
    altered[0, 2] *= -1
    assert segmentation_loss(altered, target)["total"] == pytest.approx(
        float(segmentation_loss(logits, target)["total"])
    )


def test_the_rate_rises_and_falls():
    rates = [learning_rate(progress, 1.0) for progress in np.linspace(0, 1, 101)]
    peak = int(np.argmax(rates))
    assert peak == 3
    assert all(np.diff(rates[: peak + 1]) > 0)
    assert all(np.diff(rates[peak:]) < 0)
    assert rates[-1] == pytest.approx(0.01)


def test_the_loss_falls(trained):
    with (trained[0].parent / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [16, 32, 48]
    assert float(rows[-1]["total"]) < 0.95 * float(rows[0]["total"])


def test_a_resumed_run_continues(trained, tmp_path):
    checkpoint, config, pictures = trained
    shutil.copytree(checkpoint.parent, tmp_path / "run")
    longer = fit(replace(config, output=str(tmp_path / "run"), steps=50), pictures, resume=True)
    assert load_network(longer)[2] == 50
    before, after = ((path.parent / "curve.csv").read_text().splitlines() for path in (checkpoint, longer))
    assert after[: len(before)] == before, "it began anew"
    assert len(after) == len(before) + 1


def test_crops_do_not_depend_on_the_number_of_workers(trained):
    stream = CropStream([], trained[2].synthetic, trained[1], 0)
    batch = trained[1].batch_size
    one_by_one = [image for image, _ in (item for item, _ in zip(stream, range(3 * batch), strict=False))]
    loader = torch.utils.data.DataLoader(stream, batch, num_workers=2)
    batches = [images for (images, _), _ in zip(loader, range(3), strict=False)]
    assert torch.equal(torch.cat(batches), torch.stack(one_by_one))


def test_scores_of_the_validation_split_are_shares(trained):
    network = load_network(trained[0])[0]
    scores = quick_scores(network, trained[2].synthetic[:3])
    assert set(scores) == {"synthetic"}
    assert all(0 <= value <= 1 for value in scores["synthetic"])


def test_the_exported_network_answers_as_the_trained_one(trained, tmp_path):
    card = export(trained[0], tmp_path, version="0", int8=False)
    assert card.outputs == ("foreground", "distance", "core")
    assert card.recipe["largest_logit_difference_torch_onnx"] < 1e-3
    from spheroseg.segmentation import load_model  # noqa: PLC0415 -- opens an inference engine

    model = load_model(tmp_path, precision="fp32", threads=1)
    image = np.random.default_rng(0).uniform(-1, 1, (2, 1, 64, 96)).astype(np.float32)
    with torch.inference_mode():
        expected = load_network(trained[0])[0](torch.from_numpy(image)).numpy()
    assert np.abs(model.network.run(image) - expected).max() < 0.1  # an engine may compute in bf16


def test_the_normalisation_is_written_once_and_everything_follows(trained, tmp_path, monkeypatch):
    other = Normalisation(low_percentile=5.0, high_percentile=90.0, clip=(-0.5, 1.5), gain=1.0, offset=0.25)
    monkeypatch.setattr(data, "NORMALISATION", other)
    # training: crops, and what the curve is scored on
    labels = np.zeros((192, 192), np.uint16)
    y, x = np.mgrid[:192, :192]
    labels[np.hypot(y - 96, x - 96) <= 32] = 1
    plane = 900 + 400 * (labels > 0) + np.random.default_rng(0).normal(0, 80, labels.shape).astype(np.float32)
    picture = Picture.of(plane, labels, "a")
    np.testing.assert_allclose(np.percentile(picture.plane, (5, 90)), (0, 1), atol=1e-5)
    crop = make_crop(np.random.default_rng(1), picture)
    assert crop.image.min() >= -0.25
    assert crop.image.max() <= 1.75
    prepared, _ = prepare(picture, 32)
    # export, and inference by what is exported
    card = export(trained[0], tmp_path, version="0", int8=False)
    assert card.normalisation == other
    seen = NetworkInput(plane, plane.shape, read_card(tmp_path).normalisation).window(0, 192, 0, 192)
    np.testing.assert_allclose(prepared, seen, atol=0.01)


def test_a_misspelt_setting_is_named(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('name = "a"\ndata = ""\noutput = ""\nsteps = 1\nlearning_rat = 1\n')
    with pytest.raises(ParameterError, match="learning_rat"):
        TrainingConfig.read(path)


def test_a_run_without_a_budget_is_refused(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('name = "a"\ndata = ""\noutput = ""\n')
    with pytest.raises(ParameterError, match="budget"):
        TrainingConfig.read(path)


@pytest.mark.slow
def test_a_run_is_repeatable_and_networks_trained_together_learn_what_each_learns_alone(trained, tmp_path):
    checkpoint, config, pictures = trained
    alike = replace(config, output=str(tmp_path / "a"))
    other = replace(config, name="plain", architecture="unet", widths=(8, 8, 8), output=str(tmp_path / "b"))
    first, second = fit_together([alike, other], pictures)
    alone = load_network(checkpoint)[0].state_dict()
    beside = load_network(first)[0].state_dict()
    assert all(torch.equal(alone[name], beside[name]) for name in alone)
    assert isinstance(load_network(second)[0], UNet)


@pytest.mark.parametrize(
    ("change", "reason"), [({"batch_size": 4, "output": "b"}, "batch_size"), ({}, "output folder each")]
)
def test_networks_that_would_see_other_crops_are_not_trained_together(tmp_path, change, reason):
    paths = []
    for name, values in (("a", {}), ("b", change)):
        settings = {"name": name, "data": "", "output": "a", "steps": 1, "synthetic_scenes": 1} | values
        paths.append(tmp_path / f"{name}.toml")
        paths[-1].write_text("".join(f"{key} = {value!r}\n" for key, value in settings.items()))
    with pytest.raises(ParameterError, match=reason):
        train(paths)


def test_the_weights_that_travel_are_those_of_the_checkpoint(trained):
    whole, carried = (load_network(trained[0].with_name(name))[0].state_dict() for name in ("last.pt", "weights.pt"))
    for name, value in whole.items():
        torch.testing.assert_close(carried[name].float(), value.float(), rtol=1e-3, atol=1e-3)
