"""Any order of axes → (t, c, z, y, x), and a name for every channel.

An axis means what the file says it means. What nobody knows is read as pages without times, or asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError, ParameterError
from spheroseg.imaging.image import Image

_KNOWN = "TCZYXS"
_MOST_CHANNELS_LAST = 10
_LEAST_SIDE_PX = 16

NAMED_AXES = {
    "A": "angle",
    "P": "phase",
    "H": "lifetime",
    "L": "exposure",
    "V": "event",
    "N": "rotation",
    "B": "repeat",
}
"""Letters of axes that are neither time nor channel nor depth, as files (and tifffile) have them, and what they are."""

RGB = ("red", "green", "blue")
"""Names of the channels of a colour image."""

_WORDS = {
    "t": "T", "time": "T", "times": "T", "frames": "T", "c": "C", "channel": "C", "channels": "C", "z": "Z", "slices": "Z",
    "depth": "Z",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatedAxes:
    """What a person says about the axes of a file: letters of T, C, Z, Y, X from the slowest, and sizes where given."""

    letters: str
    sizes: tuple[int, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether Y and X are among them: then they describe all stored axes, else only those of the pages."""
        return "X" in self.letters


def parse_axes(text: str) -> StatedAxes:
    """What --axes says.

    Args:
        text: "channels", "z" or "time" (what the pages are), "t12c2" (pages: 12 times of 2 channels each, the slowest
            first), or all stored axes, such as "cyx" or, with the channels last, "yxc".

    Raises:
        ParameterError: the text says nothing of the kind.
    """
    bare = re.sub(r"[\s,=_\-]", "", text.lower()).removeprefix("pages")
    if bare in _WORDS:
        return StatedAxes(_WORDS[bare])
    if re.fullmatch(r"([tcz]\d+)+", bare):
        parts = re.findall(r"([tcz])(\d+)", bare)
        letters, sizes = "".join(letter for letter, _ in parts).upper(), tuple(int(size) for _, size in parts)
        if len(set(letters)) == len(letters) and min(sizes) > 0:
            return StatedAxes(letters, sizes)
    letters = bare.upper()
    is_whole = {"Y", "X"} <= set(letters)
    if (
        letters
        and set(letters) <= set("TCZYX")
        and len(set(letters)) == len(letters)
        and (is_whole or not set("YX") & set(letters))
    ):
        return StatedAxes(letters)
    raise ParameterError(
        f"{text!r} names no axes: write what the pages are (channels, z or time), their numbers as in t12c2, "
        "or all axes as in zcyx"
    )


@dataclass(frozen=True, slots=True)
class Arranged:
    """Pixels as (t, c, z, y, x), what the frames are (see `Image.frames_are`), and notes."""

    data: NDArray[Any]
    frames_are: str = "time"
    notes: tuple[str, ...] = ()


def to_tczyx(path: Path, data: NDArray[Any], axes: str, stated: StatedAxes | None = None) -> Arranged:
    """Transposes an array to (t, c, z, y, x).

    Args:
        path: the file, for messages.
        data: pixels; a memory map stays one where no axes have to be merged out of order.
        axes: one capital letter an axis; T, C, Z, Y, X mean themselves, S are colour samples and become channels
            (after C), E (wavelength) becomes channels (within C); one other axis of more than one plane becomes frames that are
            no times.
        stated: what a person says the axes are.

    Raises:
        ImageReadError: there are two axes of unknown meaning, or what is stated does not fit.
    """
    notes: list[str] = []
    data, axes = _wavelengths_as_channels(*_without_singles(data, axes))
    if stated is not None:
        data, axes = _as_stated(path, data, axes, stated)
    elif _is_channels_last(data, axes):
        notes.append(f"stored as {data.shape[-2]} columns of {data.shape[-1]} channels: the last axis read as channels")
        axes = axes[:-3] + "YXS"
    others = [letter for letter in axes if letter not in _KNOWN]
    frames_are = "time"
    if others:
        has_times = "T" in axes
        if len(others) > 1 or has_times:
            raise ImageReadError(path, _question(data, axes))
        frames_are = NAMED_AXES.get(others[0], "page")
        axes = axes.replace(others[0], "T")
        n = data.shape[axes.index("T")]
        if frames_are == "page":
            notes.append(
                f"{n} pages of unknown meaning read one by one; say with --axes whether they are channels, z or time"
            )
        else:
            notes.append(f"{n} planes of the axis '{frames_are}' read one by one; they are no times")
    for letter in "TCZS":
        if letter not in axes:
            data, axes = data[None], letter + axes
    data = data.transpose([axes.index(letter) for letter in "TCSZYX"])
    frames, channels, samples, *rest = data.shape
    return Arranged(data.reshape(frames, channels * samples, *rest), frames_are, tuple(notes))


def _without_singles(data: NDArray[Any], axes: str) -> tuple[NDArray[Any], str]:
    for position in reversed(range(len(axes))):
        if axes[position] not in "YX" and data.shape[position] == 1:
            data = data[(slice(None),) * position + (0,)]
            axes = axes[:position] + axes[position + 1 :]
    return data, axes


def _wavelengths_as_channels(data: NDArray[Any], axes: str) -> tuple[NDArray[Any], str]:
    """Each wavelength is a channel; of a file that has both axes, the wavelengths of a channel follow each other."""
    if "E" not in axes:
        return data, axes
    if "C" not in axes:
        return data, axes.replace("E", "C")
    kept = [place for place, letter in enumerate(axes) if letter not in "CE"]
    data = data.transpose([axes.index("C"), axes.index("E"), *kept])
    return data.reshape(-1, *data.shape[2:]), "C" + "".join(axes[place] for place in kept)


def _is_channels_last(data: NDArray[Any], axes: str) -> bool:
    """96 pages of 128 × 2 pixels: nobody takes such pictures, but (y, x, channel) arrays are saved like this.

    ImageJ's way of writing calls such pages channels, slices or frames.
    """
    return (
        len(axes) >= 3
        and axes.endswith("YX")
        and axes[-3] != "S"
        and data.shape[-1] <= _MOST_CHANNELS_LAST
        and min(data.shape[-3:-1]) >= _LEAST_SIDE_PX
    )


def _as_stated(path: Path, data: NDArray[Any], axes: str, stated: StatedAxes) -> tuple[NDArray[Any], str]:
    if stated.is_whole:
        if len(stated.letters) != len(axes):
            raise ImageReadError(path, f"the axes {stated.letters.lower()} do not fit: stored are {_sizes(data, axes)}")
        return data, stated.letters
    pages = [place for place, letter in enumerate(axes) if letter not in "YXS"]
    unknown = [place for place in pages if axes[place] not in _KNOWN]
    pages = unknown or pages  # what the file knows is only renamed where nothing else can be meant
    if stated.sizes:
        shape = tuple(data.shape[place] for place in pages)
        if math.prod(stated.sizes) != math.prod(shape) or pages != list(range(len(pages))):
            raise ImageReadError(
                path, f"--axes states {math.prod(stated.sizes)} planes; stored are {_sizes(data, axes)}"
            )
        return data.reshape(*stated.sizes, *data.shape[len(pages) :]), stated.letters + axes[len(pages) :]
    if not pages:
        return data, axes  # one plane is one plane, whatever it is called
    if len(pages) != len(stated.letters):
        raise ImageReadError(path, _question(data, axes))
    letters = list(axes)
    for place, letter in zip(pages, stated.letters, strict=True):
        letters[place] = letter
    if len(set(letters)) != len(letters):
        raise ImageReadError(path, _question(data, axes))
    return data, "".join(letters)


def _sizes(data: NDArray[Any], axes: str) -> str:
    return " × ".join(f"{size} ({_called(letter)})" for size, letter in zip(data.shape, axes, strict=True))


def _called(letter: str) -> str:
    known = {"T": "time", "C": "channel", "Z": "z", "Y": "y", "X": "x", "S": "colour"}
    return known.get(letter) or NAMED_AXES.get(letter, "unknown")


def _question(data: NDArray[Any], axes: str) -> str:
    return (
        f"the meaning of its axes is not clear: {_sizes(data, axes)}; say what they are, the slowest first, "
        "as in --axes tzyx or --axes t12c2"
    )


def restate(image: Image, stated: StatedAxes) -> Image:
    """An image that a reader has arranged, with its only stack read as what a person says.

    Raises:
        ImageReadError: what is stated does not fit.
    """
    path = image.path or Path()
    stacked = [place for place in range(3) if image.data.shape[place] > 1]
    if stated.is_whole or len(stacked) != 1:
        if not stacked and not stated.is_whole:
            return image
        raise ImageReadError(
            path, "the file says what its axes are; only a single stack can be told to be another axis"
        )
    n = image.data.shape[stacked[0]]
    plane = image.data.reshape(n, 1, *image.shape) if n else image.data
    sizes = stated.sizes or (n,)
    if math.prod(sizes) != n or len(sizes) != len(stated.letters):
        raise ImageReadError(path, f"--axes states {math.prod(sizes)} planes; the file has {n}")
    arranged = to_tczyx(path, plane.reshape(*sizes, *image.shape), stated.letters + "YX")
    names = image.channel_names if arranged.data.shape[1] == len(image.channel_names) else ()
    moved = to_tczyx(path, np.arange(n).reshape(*sizes, 1, 1), stated.letters + "YX").data[..., 0, 0]
    lost = {place[stacked[0]]: why for place, why in image.unreadable.items()}
    return replace(
        image,
        data=arranged.data,
        unreadable={place: lost[int(at)] for place, at in np.ndenumerate(moved) if int(at) in lost},
        frames_are="time",
        is_rgb=False,
        channel_names=name_channels(names, arranged.data.shape[1]),
        notes=(*image.notes, f"the {n} planes are read as {stated.letters.lower()}, as stated"),
    )


def name_channels(names: Sequence[str], n_channels: int) -> tuple[str, ...]:
    """One name a channel: the file's where it has one for each, "grey" for a lone one, else "channel 1" and so on."""
    if len(names) != n_channels:
        names = ("",) * n_channels
    if n_channels == 1:
        return (names[0] or "grey",)
    return tuple(name or f"channel {index + 1}" for index, name in enumerate(names))


def frame_axis_of(letter: str) -> str:
    """What the frames of an axis are called ("phase"), by its letter; "page" where nobody knows."""
    return NAMED_AXES.get(letter, "page")
