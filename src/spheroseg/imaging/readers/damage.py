"""Planes that cannot be read beside planes that can: each fails alone; and files that end too early."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.imaging.image import Image
from spheroseg.imaging.readers.axes import StatedAxes, to_tczyx

Place = tuple[int, int, int]
MISSING = "the plane is missing from the file (was the acquisition stopped?)"
CUT_OFF = "its pixels lie beyond the file's end (was it copied in full?)"
_COUNTED = " (counted from 0): "
_NAMED = 5


@dataclass(slots=True)
class Damage:
    """What could not be read of one image.

    Attributes:
        path: the file.
        reasons: why, by the plane's place, or its number where the reader goes by numbers.
    """

    path: Path
    reasons: dict[Any, str] = field(default_factory=dict)

    def attempt(self, key: int | Place, read: Callable[[], None]) -> None:
        """Reads one plane; where that fails, notes why."""
        try:
            read()
        except MemoryError:
            raise
        except ImageReadError as error:
            self.reasons[key] = error.reason
        except Exception as error:  # noqa: BLE001 -- decoders raise what they like
            self.reasons[key] = f"its pixels are damaged ({' '.join(str(error).split())[:120] or type(error).__name__})"

    def check(self, n_planes: int) -> None:
        """Refuses an image of which nothing can be read.

        Raises:
            ImageReadError: all planes are damaged or missing.
        """
        if self.reasons and len(self.reasons) >= n_planes:
            raise ImageReadError(self.path, next(iter(self.reasons.values())))


def blank(data: NDArray[Any], places: Mapping[Place, str], n_samples: int = 1) -> dict[Place, str]:
    """Sets planes to 0 that could not be read; the same places with a channel for each of their samples (colours)."""
    lost = _of_samples(places, n_samples)
    for place in lost:
        data[place] = 0
    return lost


def _of_samples(places: Mapping[Place, str], n_samples: int) -> dict[Place, str]:
    """The same planes where each channel became one for each of its samples."""
    return {(t, c * n_samples + s, z): why for (t, c, z), why in places.items() for s in range(n_samples)}


def stacked(axes: Sequence[str], sizes: Sequence[int]) -> tuple[tuple[int, ...], str]:
    """Sizes and letters of the axes along which planes lie, of all stored axes."""
    kept = [(size, axis) for size, axis in zip(sizes, axes, strict=True) if axis not in "YXS"]
    return tuple(size for size, _ in kept), "".join(axis for _, axis in kept)


def places_of(
    path: Path, damaged: Mapping[int, str], planes: tuple[tuple[int, ...], str], shape: tuple[int, ...],
    stated: StatedAxes | None = None,
) -> dict[Place, str]:  # fmt: skip
    """Where planes are after `to_tczyx`.

    Args:
        path: the file.
        damaged: reasons by the number of the plane, the first axis the slowest.
        planes: see `stacked`.
        shape: (t, c, z, y, x) that they became.
        stated: what a person says the axes are.

    Raises:
        ImageReadError: the places cannot be told, so none of the planes can.
    """
    if not damaged:
        return {}
    sizes, letters = planes
    numbers = np.arange(int(np.prod(sizes, dtype=int))).reshape(*sizes, 1, 1)
    try:
        arranged = to_tczyx(path, numbers, f"{letters}YX", stated).data
    except ImageReadError:
        raise ImageReadError(path, next(iter(damaged.values()))) from None
    if arranged.shape[0] != shape[0] or arranged.shape[2] != shape[2] or shape[1] % arranged.shape[1]:
        raise ImageReadError(path, next(iter(damaged.values())))
    number_at = arranged[..., 0, 0]
    places = {
        place: damaged[int(number_at[place])]
        for place in np.ndindex(*number_at.shape)
        if int(number_at[place]) in damaged
    }
    return _of_samples(places, shape[1] // arranged.shape[1])


def within(damaged: Mapping[int, str], sizes: Mapping[str, int], place: Mapping[str, int]) -> dict[int, str]:
    """The damaged planes of one tile or stage position, numbered within it.

    Args:
        damaged: reasons by the number of the plane in the whole, the first axis the slowest.
        sizes: of the axes of the planes, by their letters.
        place: index along each axis of tiles or positions.
    """
    if not place:
        return dict(damaged)
    numbers = np.arange(int(np.prod(list(sizes.values()), dtype=int))).reshape(*sizes.values())
    of_this = numbers[tuple(place.get(axis, slice(None)) for axis in sizes)].ravel().tolist()
    return {at: damaged[number] for at, number in enumerate(of_this) if number in damaged}


def place_name(place: Place, shape: tuple[int, ...]) -> str:
    """A plane in words ("frame 2, channel 1"), by the axes of more than one; "" where there is but one plane."""
    named = (
        f"{word} {at}" for word, at, size in zip(("frame", "channel", "z"), place, shape, strict=False) if size > 1
    )
    return ", ".join(named)


def explained(image: Image) -> Image:
    """An image of which planes are missing, its reasons with their places, and a note of it.

    Raises:
        ImageReadError: nothing of it can be read.
    """
    if image.cut_off:
        image = replace(image, notes=(*image.notes, image.cut_off))
    if not image.unreadable:
        return image
    shape = image.data.shape
    if len(image.unreadable) >= int(np.prod(shape[:3])):
        raise ImageReadError(image.path or Path(), next(iter(image.unreadable.values())))
    reasons = {  # a file that we wrote has the place in its reasons already
        place: place_name(place, shape) + _COUNTED + why.rpartition(_COUNTED)[2]
        for place, why in image.unreadable.items()
    }
    return replace(image, unreadable=reasons, notes=(*image.notes, _note(image, shape)))


def _note(image: Image, shape: tuple[int, ...]) -> str:
    frames = sorted({t for t, _, _ in image.unreadable})
    n_planes = shape[1] * shape[2]
    whole = [t for t in frames if sum(place[0] == t for place in image.unreadable) == n_planes]
    if len(frames) == len(whole) and shape[0] > 1:
        return f"frames that cannot be read (the first is 0): {_some(list(map(str, frames)))} – {_why(image)}"
    names = [place_name(place, shape) for place in sorted(image.unreadable)]
    return f"planes that cannot be read (counted from 0): {_some(names, '; ')} – {_why(image)}"


def _why(image: Image) -> str:
    """The reason of the first plane that cannot be read, and how many others there are."""
    reasons = [image.unreadable[place].rpartition(_COUNTED)[2] for place in sorted(image.unreadable)]
    n_others = len(set(reasons)) - 1
    return reasons[0] + (f" (and {n_others} other reason{'s' if n_others > 1 else ''})" if n_others else "")


def _some(names: list[str], between: str = ", ") -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return between.join(names[:_NAMED]) + more


class LongerFile(io.RawIOBase):
    """A file that ends too early, read as if it went on: with some bytes, then with zeros.

    A library then reads what is there instead of nothing; whoever opens a file like this has to tell what is not there.
    Zeros fill arrays that somebody made for pixels (`readinto`, up to the stated size) and nothing else: what a damaged
    header asks for by its length ends where the file ends, or few bytes would take all memory.
    """

    def __init__(
        self,
        path: Path,
        tail: bytes = b"",
        size: int | None = None,
        changed: tuple[int, bytes] = (0, b""),
        *,
        has_zeros: bool = True,
    ) -> None:
        """Opens it.

        Args:
            path: the file.
            tail: what follows its last byte.
            size: of the whole, filled with zeros; None adds none.
            changed: a place, and bytes that stand there instead of the file's own (a pointer that leads nowhere).
            has_zeros: False where it only looks as large: what is not there cannot be read.
        """
        super().__init__()
        self.name = str(path)
        self._file = path.open("rb")
        self._n_there = path.stat().st_size
        self._tail = tail
        self._size = max(self._n_there + len(tail), size or 0)
        self._changed = changed
        self._end = self._size if has_zeros else self._n_there + len(tail)
        self._at = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """And sought in."""
        return True

    def tell(self) -> int:
        """The place where reading goes on."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Goes to a place, as files do."""
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        """What is there, and the tail, of the next bytes; all of it where no size is given."""
        left = max(0, self._n_there + len(self._tail) - self._at)
        return super().read(left if size < 0 else min(size, left)) or b""

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 -- any writable buffer
        """Fills a buffer with what is there, the tail and zeros."""
        view = memoryview(buffer).cast("B")
        n = max(0, min(len(view), self._end - self._at))
        self._file.seek(self._at)
        got = self._file.readinto(view[:n]) if self._at < self._n_there else 0
        if got < n:
            start = self._at + got - self._n_there
            rest = self._tail[start : start + n - got]
            view[got : got + len(rest)] = rest
            np.frombuffer(view[got + len(rest) : n], np.uint8)[:] = 0
        at, instead = self._changed
        first, end = max(at, self._at), min(at + len(instead), self._at + n)
        if first < end:
            view[first - self._at : end - self._at] = instead[first - at : end - at]
        self._at += n
        return n

    def close(self) -> None:
        """Closes it."""
        self._file.close()
        super().close()
