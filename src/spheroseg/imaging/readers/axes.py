"""Any order of axes → (t, c, z, y, x), and a name for every channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ORDER = "TCZYX"

RGB = ("red", "green", "blue")
"""Names of the channels of a colour image."""


def to_tczyx(data: NDArray[Any], axes: str) -> tuple[NDArray[Any], list[str]]:
    """Transposes an array to (t, c, z, y, x).

    Args:
        data: pixels; a memory map stays one where no axes have to be merged out of order.
        axes: one capital letter an axis; T, C, Z, Y, X mean themselves, S are colour samples and become
            channels (after C), any other letter of more than one plane becomes time points (before T).

    Returns:
        The array, and notes on axes that were read as time points.
    """
    notes = []
    for position in reversed(range(len(axes))):
        if axes[position] not in _ORDER and data.shape[position] == 1:
            data = data[(slice(None),) * position + (0,)]
            axes = axes[:position] + axes[position + 1 :]
    others = "".join(letter for letter in axes if letter not in "TCZYXS")
    if others:
        notes.append(f"planes of unknown meaning (axis {', '.join(others)}) read as time points")
    for letter in "TCZS":
        if letter not in axes:
            data = data[None]
            axes = letter + axes
    data = data.transpose([axes.index(letter) for letter in others + "TCSZYX"])
    n_others = len(others)
    frames = int(np.prod(data.shape[: n_others + 1]))
    channels = data.shape[n_others + 1] * data.shape[n_others + 2]
    return data.reshape(frames, channels, *data.shape[n_others + 3 :]), notes


def name_channels(names: Sequence[str], n_channels: int) -> tuple[str, ...]:
    """One name a channel: the file's where it has one for each, "grey" for a lone one, else "channel 1" and so on."""
    if len(names) != n_channels:
        names = ("",) * n_channels
    if n_channels == 1:
        return (names[0] or "grey",)
    return tuple(name or f"channel {index + 1}" for index, name in enumerate(names))
