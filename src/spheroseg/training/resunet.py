"""The shipped architecture: a residual encoder and a thin additive U-Net decoder that work at half resolution.

Pixel-unshuffle ×2 trades the expensive full-resolution layers for channels without losing detail; ReLU and
BatchNorm because both fold into int8 convolutions; nearest-neighbour upsampling because every engine runs it alike.
"""

from __future__ import annotations

from abc import abstractmethod
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 -- torch's own customary name

WIDTHS = (32, 64, 128, 192, 256)
BLOCKS = (1, 1, 2, 2, 2)


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions and the identity (He et al. 2015, doi:10.48550/arXiv.1512.03385)."""

    def __init__(self, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(width)

    def forward(self, features: Tensor) -> Tensor:
        """(n, width, h, w) → the same shape."""
        hidden = F.relu(self.first_norm(self.first(features)), inplace=True)
        return F.relu(features + self.second_norm(self.second(hidden)), inplace=True)


class SegmentationNetwork(nn.Module):
    """What training and export ask of an architecture: (n, 1, h, w) in, (n, outputs, h, w) logits out."""

    widths: tuple[int, ...]

    @property
    @abstractmethod
    def stride(self) -> int:
        """Height and width of an input must be multiples of this many pixels."""


class ResUNet(SegmentationNetwork):
    """Image to per-pixel logits at the image's own resolution.

    Args:
        widths: channels a level; level k works at 1 / 2^(k+1) of the input's resolution.
        blocks: residual blocks a level.
        outputs: logits a pixel, in the order of the model card ("foreground", "distance", "core").
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS, blocks: tuple[int, ...] = BLOCKS, outputs: int = 3) -> None:
        super().__init__()
        self.widths, self.blocks, self.outputs = tuple(widths), tuple(blocks), outputs
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(4, widths[0], 3, padding=1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
        )
        levels = [[ResidualBlock(width) for _ in range(count)] for width, count in zip(widths, blocks, strict=True)]
        if blocks[-1] > 1:  # the deepest block looks further, so that a hollow spheroid is seen whole
            levels[-1][-1] = ResidualBlock(widths[-1], dilation=2)
        self.encoder = nn.ModuleList(nn.Sequential(*level) for level in levels)
        self.down = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 2, stride=2, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True))
            for a, b in pairwise(widths)
        )
        self.up = nn.ModuleList(
            nn.Sequential(nn.Conv2d(b, a, 1, bias=False), nn.BatchNorm2d(a)) for a, b in pairwise(widths)
        )
        self.decoder = nn.ModuleList(ResidualBlock(width) for width in widths[:-1])
        self.head = nn.Sequential(nn.Conv2d(widths[0], 4 * outputs, 3, padding=1), nn.PixelShuffle(2))

    @property
    def stride(self) -> int:
        """Height and width of an input must be multiples of this many pixels."""
        return int(2 ** len(self.widths))

    def forward(self, image: Tensor) -> Tensor:
        """Logits of an image.

        Args:
            image: (n, 1, h, w) float, mostly −1…1; h and w multiples of `stride`.

        Returns:
            (n, outputs, h, w) logits.
        """
        features = self.stem(image)
        skips: list[Tensor] = []
        for level, encode in enumerate(self.encoder):
            features = encode(features)
            if level < len(self.down):
                skips.append(features)
                features = self.down[level](features)
        for level in reversed(range(len(self.up))):
            raised = F.interpolate(self.up[level](features), scale_factor=2.0, mode="nearest")
            features = self.decoder[level](F.relu(skips[level] + raised, inplace=True))
        logits: Tensor = self.head(features)
        return logits


def count_parameters(network: nn.Module) -> int:
    """Number of trained values in a network."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
