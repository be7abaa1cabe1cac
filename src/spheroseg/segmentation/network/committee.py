"""Several networks that answer as one, by the mean of their logits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spheroseg.segmentation.network.card import Precision
from spheroseg.segmentation.network.runtime import Device, Network


class Committee:
    """A `Network` whose logits are the mean of its members'.

    Networks that learnt differently err differently (docs/explanation/model.md says what their mean is worth). Each member
    takes calls of several threads by itself, so this one does too.

    Args:
        members: two or more that answer alike and run on the same device.
    """

    def __init__(self, members: Sequence[Network]) -> None:
        self.members = tuple(members)
        first = self.members[0]
        self.runtime: str = first.runtime
        self.precision: Precision = first.precision
        self.device: Device = first.device
        self.threads: int = first.threads

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Network.run`."""
        total = np.array(self.members[0].run(batch))
        for member in self.members[1:]:
            total += member.run(batch)
        total /= np.float32(len(self.members))
        return total
