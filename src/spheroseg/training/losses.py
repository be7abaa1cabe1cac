"""What the network is asked to get right: foreground, relative distance and, where it is known, the core."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 -- torch's own customary name

DISTANCE_SHARE = 0.5
CORE_SHARE = 0.3


def soft_dice(probability: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """1 − Dice of each image, averaged; all (n, h, w); smoothed so that an empty image rewards silence.

    Milletari et al. 2016, doi:10.1109/3DV.2016.79.
    """
    mask = (weight > 0.5).to(probability.dtype)
    overlap = (probability * target * mask).sum((1, 2))
    total = ((probability + target) * mask).sum((1, 2))
    smooth = 0.002 * probability[0].numel()
    return (1 - (2 * overlap + smooth) / (total + smooth)).mean()


def segmentation_loss(logits: Tensor, target: Tensor) -> dict[str, Tensor]:
    """Losses by name; "total" is the one to descend.

    Args:
        logits: (n, 3, h, w), foreground, distance, core.
        target: (n, 4, h, w): foreground 0/1, relative distance 0…1, weight of the foreground ≥ 0 (0 ignores),
            core 0/1 or −1 where unknown.
    """
    logits = logits.float()
    foreground, distance, weight, core = target.unbind(1)
    cross_entropy = F.binary_cross_entropy_with_logits(logits[:, 0], foreground, reduction="none")
    pixel = (cross_entropy * weight).sum() / weight.sum().clamp(min=1)
    dice = soft_dice(torch.sigmoid(logits[:, 0]), foreground, weight)
    # pixels of the background count a tenth: where there is no object the seed map has little to say
    importance = (foreground + 0.1) * weight * (weight > 0.5)  # heavy where neighbours meet and the map must fall
    deviation = F.smooth_l1_loss(torch.sigmoid(logits[:, 1]), distance, beta=0.1, reduction="none")
    relief = (deviation * importance).sum() / importance.sum().clamp(min=1)
    known = (core >= 0).to(logits.dtype)
    core_entropy = F.binary_cross_entropy_with_logits(logits[:, 2], core.clamp(min=0), reduction="none")
    dense = (core_entropy * known).sum() / known.sum().clamp(min=1)
    total = pixel + dice + DISTANCE_SHARE * relief * 4 + CORE_SHARE * dense
    return {"total": total, "pixel": pixel, "dice": dice, "distance": relief, "core": dense}
