"""The plain U-Net that the benchmark compares with (Ronneberger et al. 2015, doi:10.48550/arXiv.1505.04597).

Two 3×3 convolutions a level, max-pooling, transposed convolutions, concatenated skips; with BatchNorm, as everyone
trains it today.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from spheroseg.training.resunet import SegmentationNetwork


def _two_convolutions(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for first in (inputs, outputs):
        layers += [nn.Conv2d(first, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class UNet(SegmentationNetwork):
    """A plain U-Net at full resolution with the same inputs and outputs as `ResUNet`."""

    def __init__(self, widths: tuple[int, ...], outputs: int = 3) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.encoder = nn.ModuleList(_two_convolutions(a, b) for a, b in pairwise((1, *widths)))
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in pairwise(widths))
        self.decoder = nn.ModuleList(_two_convolutions(2 * a, a) for a in widths[:-1])
        self.head = nn.Conv2d(widths[0], outputs, 1)

    @property
    def stride(self) -> int:
        """Height and width of an input must be multiples of this many pixels."""
        return int(2 ** (len(self.widths) - 1))

    def forward(self, image: Tensor) -> Tensor:
        """(n, 1, h, w) → (n, outputs, h, w) logits."""
        skips: list[Tensor] = []
        features = image
        for level, encode in enumerate(self.encoder):
            features = encode(features if level == 0 else self.pool(features))
            skips.append(features)
        for level in reversed(range(len(self.up))):
            features = self.decoder[level](torch.cat((skips[level], self.up[level](features)), 1))
        logits: Tensor = self.head(features)
        return logits
