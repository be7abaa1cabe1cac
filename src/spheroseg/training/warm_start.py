"""Training goes on from a model folder: the folded weights of its ONNX file become a trainable network again.

Export folds each normalisation layer into the convolution before it, and training needs it back. Each layer gets the mean
and spread that its convolution really shows on training crops, and a gain and offset that undo both, so that the network
computes what the file computes until it learns something else.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from spheroseg.errors import ModelError
from spheroseg.segmentation import read_card
from spheroseg.training.resunet import SegmentationNetwork

SMALLEST_SPREAD = 1e-4


def load_folded(folder: Path, network: SegmentationNetwork, crops: Iterable[Tensor]) -> None:
    """Fills a fresh network with the weights of a model folder.

    Args:
        folder: holds model.json and its fp32 file.
        network: of the architecture that the file was exported from; changed in place and left in evaluation mode.
        crops: batches (n, 1, h, w) of network input, on which the layers' means and spreads are measured.

    Raises:
        ModelError: there is no such model, or its layers are not the network's.
    """
    path = read_card(folder).file(folder, "fp32")
    weights = _convolutions(path)
    pairs = _layers(network)
    if [w.shape for w, _ in weights] != [conv.weight.shape for conv, _ in pairs]:
        raise ModelError(
            f"{path}: its layers are not those of the network that is to be trained; check widths and blocks"
        )
    with torch.no_grad():
        for (weight, bias), (conv, norm) in zip(weights, pairs, strict=True):
            if norm is None:
                conv.weight.copy_(weight)
                if conv.bias is not None:
                    conv.bias.copy_(bias)
                continue
            # each filter at the size that a fresh one has, which is what the learning rate is made for
            rms = weight.square().mean((1, 2, 3)).sqrt().clamp(min=1e-12)
            fresh = (3 * weight[0].numel()) ** -0.5
            conv.weight.copy_(weight * (fresh / rms)[:, None, None, None])
            _set(norm, torch.zeros_like(bias), torch.ones_like(bias), rms / fresh, bias)
        _measure(network, [(conv, norm) for conv, norm in pairs if norm is not None], crops)


def _convolutions(path: Path) -> list[tuple[Tensor, Tensor]]:
    """Weights and biases of an ONNX file's convolutions in the order in which they run."""
    graph = onnx.load(path).graph
    values = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in values:  # weights that are kept in half precision
            values[node.output[0]] = values[node.input[0]].float()
    return [(values[n.input[1]], values[n.input[2]]) for n in graph.node if n.op_type == "Conv"]


def _layers(network: SegmentationNetwork) -> list[tuple[nn.Conv2d, nn.BatchNorm2d | None]]:
    """Convolutions in the order in which they run, each with the normalisation right after it."""
    ran: list[nn.Module] = []
    kinds = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.BatchNorm2d)]
    hooks = [m.register_forward_hook(lambda module, _inputs, _output: ran.append(module)) for m in kinds]
    network.eval()
    with torch.inference_mode():
        network(torch.zeros(1, 1, network.stride, network.stride))
    for hook in hooks:
        hook.remove()
    following = [*ran[1:], None]
    return [
        (module, after if isinstance(after, nn.BatchNorm2d) else None)
        for module, after in zip(ran, following, strict=True)
        if isinstance(module, nn.Conv2d)
    ]


def _set(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor, gain: Tensor, offset: Tensor) -> None:
    """Makes a layer compute x · gain + offset, with the given statistics of x."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_(gain * (variance + norm.eps).sqrt())
    norm.bias.copy_(offset + gain * mean)


def _measure(
    network: SegmentationNetwork, pairs: list[tuple[nn.Conv2d, nn.BatchNorm2d]], crops: Iterable[Tensor]
) -> None:
    """Gives each normalisation the statistics of what reaches it; the network's answers stay."""
    sums = {norm: torch.zeros(3, norm.num_features, dtype=torch.float64) for _, norm in pairs}

    def note(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        x = inputs[0].double()
        sums[norm] += torch.stack(
            (torch.full_like(x[0, :, 0, 0], x[:, 0].numel()), x.sum((0, 2, 3)), x.square().sum((0, 2, 3)))
        )

    hooks = [norm.register_forward_pre_hook(note) for _, norm in pairs]
    for crop in crops:
        network(crop)
    for hook in hooks:
        hook.remove()
    for _, norm in pairs:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        count, total, squares = sums[norm]
        if not count.all():
            continue
        gain = norm.weight / (norm.running_var + norm.eps).sqrt()
        offset = norm.bias - gain * norm.running_mean
        mean = total / count
        variance = (squares / count - mean.square()).clamp(min=SMALLEST_SPREAD**2)
        _set(norm, mean.float(), variance.float(), gain, offset)
