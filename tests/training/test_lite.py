"""The encoder that begins with weights learnt on photographs."""

from dataclasses import replace

import pytest
import torch

from spheroseg.errors import ModelError
from spheroseg.training.config import TrainingConfig
from spheroseg.training.lite import LiteUNet, load_encoder
from spheroseg.training.stream import Pictures
from spheroseg.training.train import fit, load_network

WIDTHS = (8, 8, 16, 16, 16)


def photographic(network):
    """Weights as the published file holds them: layer by layer, a first layer for three colours, a classifier at the end."""
    weights = {}
    for part in (network.stem, network.stages):
        for name, value in part.state_dict(prefix=f"{len(weights)}.").items():
            weights[name] = torch.randn_like(value) if value.is_floating_point() else value
    first = next(iter(weights))
    weights[first] = torch.randn(32, 3, 3, 3)
    return weights | {"head.weight": torch.randn(1280, 320, 1, 1)}


def test_a_grey_photograph_gives_what_the_coloured_encoder_gives():
    network = LiteUNet(WIDTHS)
    weights = photographic(network)
    load_encoder(network, weights)
    grey = torch.rand(1, 1, 32, 32)
    first = next(iter(weights.values()))
    colour = torch.nn.functional.conv2d(grey.expand(1, 3, 32, 32), first, stride=2, padding=1)
    torch.testing.assert_close(network.stem[0](grey), colour)
    last = [value for name, value in weights.items() if name.endswith("running_var")][-1]
    assert torch.equal(network.stages[-1][-1].layers[-1].running_var, last)


def test_weights_of_another_network_are_refused():
    network = LiteUNet(WIDTHS)
    weights = photographic(network)
    weights[next(iter(weights))] = torch.randn(16, 3, 3, 3)
    with pytest.raises(ModelError, match="EfficientNet-Lite0"):
        load_encoder(network, weights)


def test_weights_that_end_too_early_are_refused():
    network = LiteUNet(WIDTHS)
    weights = dict(list(photographic(network).items())[:20])
    with pytest.raises(ModelError, match="EfficientNet-Lite0"):
        load_encoder(network, weights)


def test_training_begins_with_the_encoder_and_goes_on_from_a_checkpoint(tmp_path):
    weights = photographic(LiteUNet(WIDTHS))
    torch.save(weights, tmp_path / "lite0.pth")
    config = TrainingConfig(
        name="tiny", data="", output=str(tmp_path / "a"), steps=1, batch_size=2, synthetic_scenes=2, validate_every=99, workers=0,
        threads=1, widths=WIDTHS, architecture="lite", start_from=str(tmp_path / "lite0.pth"), learning_rate=1e-9,
    )  # fmt: skip
    pictures = Pictures.load(config)
    last = fit(config, pictures)
    begun = load_network(last)[0]
    torch.testing.assert_close(
        begun.stem[0].weight, next(iter(weights.values())).sum(1, keepdim=True), atol=1e-5, rtol=1e-4
    )
    again = fit(replace(config, output=str(tmp_path / "b"), start_from=str(last)), pictures)
    torch.testing.assert_close(load_network(again)[0].head[0].weight, begun.head[0].weight, atol=1e-5, rtol=1e-4)
