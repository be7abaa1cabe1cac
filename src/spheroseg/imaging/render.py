"""Image → what a screen shows: 8-bit planes, thumbnails, tiles with a window a channel, encoded pictures.

OpenCV is imported on first use: the server imports this module, and it must start without OpenCV.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.imaging.image import Image
from spheroseg.imaging.normalise import percentile_range

DISPLAY_PERCENTILES = (0.1, 99.9)
"""Percentiles of a plane that become black and white where nobody chose a window."""

_WHITE = (255, 255, 255)
# additive colours for the channels of a fluorescence image, the first alone is shown white
_CHANNEL_COLOURS = ((0, 255, 255), (255, 0, 255), (255, 255, 0), (0, 255, 0), (255, 64, 64), (96, 96, 255))
_EXACT_UP_TO = 8  # a reduction by more pixels a side samples rows and columns first

Window = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ChannelView:
    """How one channel is shown.

    Attributes:
        channel: index of the channel.
        window: (black, white) in raw values; None takes `default_window` of the plane.
        colour: (red, green, blue) 0…255 of white; channels add up.
    """

    channel: int
    window: Window | None = None
    colour: tuple[int, int, int] = _WHITE


def default_window(plane: NDArray[Any]) -> Window:
    """(black, white) in raw values: the 0.1 and 99.9 percentiles, or lowest and highest where these coincide."""
    low, high = percentile_range(plane, *DISPLAY_PERCENTILES)
    if high <= low:
        low, high = percentile_range(plane, 0, 100)
    return low, high


def to_display(plane: NDArray[Any], window: Window | None = None) -> NDArray[np.uint8]:
    """Raw values → 0…255 on a screen: window[0] and below is 0, window[1] and above 255, linear and rounded between.

    Args:
        plane: array of any shape and real dtype; NaN becomes 0.
        window: (black, white) in raw values; None takes `default_window` of the plane.

    Returns:
        uint8 array of the same shape; all 0 where the window has no width.

    Raises:
        ParameterError: the window's black is above its white.
    """
    low, high = default_window(plane) if window is None else window
    if low > high:
        raise ParameterError(f"a display window must be (black, white) with black ≤ white, not ({low}, {high})")
    if plane.dtype.kind == "u" and plane.dtype.itemsize <= 2:
        # one look-up a pixel is several times faster than arithmetic in floats
        table = _scaled(np.arange(np.iinfo(plane.dtype).max + 1, dtype=np.float32), low, high)
        toned: NDArray[np.uint8] = table[plane]
        return toned
    return _scaled(plane.astype(np.float64 if plane.dtype.itemsize > 4 else np.float32), low, high)


def _scaled(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Overwrites `values`."""
    if high <= low:
        return np.zeros(values.shape, dtype=np.uint8)
    with np.errstate(over="ignore", invalid="ignore"):
        values -= values.dtype.type(low)
        values *= values.dtype.type(255 / (high - low))
    np.nan_to_num(values, copy=False, nan=0.0, posinf=255.0, neginf=0.0)
    np.clip(values, 0, 255, out=values)
    np.rint(values, out=values)
    return values.astype(np.uint8)


def default_views(image: Image, t: int = 0, z: int = 0) -> tuple[ChannelView, ...]:
    """How an image is shown where nobody chose: colours as they are, one channel in grey, several in colours.

    A channel whose plane cannot be read has no window of its own; `thumbnail` leaves it out.

    Raises:
        ParameterError: there is no such frame or slice.
    """
    if image.is_rgb:
        planes = [image.plane(t, c, z) for c in range(3)]
        if image.data.dtype == np.uint8:
            window: Window = (0.0, 255.0)
        else:
            windows = [default_window(plane) for plane in planes]  # one window for all three keeps the hue
            window = (min(low for low, _ in windows), max(high for _, high in windows))
        return tuple(ChannelView(c, window, colour) for c, colour in enumerate(((255, 0, 0), (0, 255, 0), (0, 0, 255))))
    return tuple(
        ChannelView(
            c,
            (0.0, 1.0) if (t, c, z) in image.unreadable else default_window(image.plane(t, c, z)),
            _WHITE if image.n_channels == 1 else _CHANNEL_COLOURS[c % len(_CHANNEL_COLOURS)],
        )
        for c in range(image.n_channels)
    )


def n_levels(image: Image, size_px: int = 256) -> int:
    """Levels of the tile pyramid: level 0 is full resolution, each next half of it, the last fits into one tile."""
    return max(0, int(np.ceil(np.log2(max(1.0, max(image.shape) / size_px))))) + 1


def raw_tile(plane: NDArray[Any], level: int, column: int, row: int, *, size_px: int = 256) -> NDArray[Any]:
    """One tile of a plane in raw values, reduced by area averaging.

    Args:
        plane: (y, x).
        level: 0 is full resolution; a tile of level n covers size_px · 2ⁿ pixels a side.
        column: from the left, from 0.
        row: from the top, from 0.
        size_px: side of a tile.

    Returns:
        (h, w) of the plane's dtype, h and w ≤ size_px; tiles at the right and lower edge are smaller, and blocks
        that reach over the edge repeat its last pixels. From level 4 on a pixel averages 8 × 8 to 16 × 16 samples
        of its 2ⁿ × 2ⁿ block.

    Raises:
        ParameterError: there is no such tile.
    """
    if level < 0 or column < 0 or row < 0 or size_px < 1:
        raise ParameterError(f"there is no tile {level}/{column}/{row}")
    step = 2**level
    top, left = row * size_px * step, column * size_px * step
    region = plane[top : top + size_px * step, left : left + size_px * step]
    if region.size == 0:
        raise ParameterError(f"there is no tile {level}/{column}/{row}; the plane has {plane.shape} pixels")
    if level == 0:
        return region
    height, width = -(-region.shape[0] // step), -(-region.shape[1] // step)
    missing = height * step - region.shape[0], width * step - region.shape[1]
    if any(missing):
        region = np.pad(region, ((0, missing[0]), (0, missing[1])), mode="edge")
    return _reduced(region, height, width)


def tile(
    image: Image, level: int, column: int, row: int, *, views: Sequence[ChannelView], t: int = 0, z: int = 0,
    size_px: int = 256,
) -> NDArray[np.uint8]:  # fmt: skip
    """One display tile, channels windowed, coloured and added.

    Args:
        image: any image.
        level: 0 is full resolution, see `raw_tile`.
        column: from the left.
        row: from the top.
        views: channels to show; take `default_views` once an image, windows of None cost a pass over the plane.
        t: frame.
        z: slice.
        size_px: side of a tile.

    Returns:
        (h, w, 3) uint8 red, green, blue.

    Raises:
        ParameterError: there is no such tile, frame, channel or slice, or a window is upside down.
    """
    planes = []
    for view in views:
        plane = image.plane(t, view.channel, z)
        window = default_window(plane) if view.window is None else view.window
        planes.append((to_display(raw_tile(plane, level, column, row, size_px=size_px), window), view.colour))
    return _added(planes)


def thumbnail(image: Image, size_px: int = 256, *, t: int = 0, z: int = 0) -> NDArray[np.uint8]:
    """A small picture of an image, aspect ratio kept, windows by `default_views`.

    Args:
        image: any image.
        size_px: longest side; smaller images are not enlarged.
        t: frame.
        z: slice.

    Returns:
        (h, w, 3) uint8 red, green, blue; h and w ≥ 1.

    Raises:
        ParameterError: size_px < 1, or there is no such frame or slice.
    """
    if size_px < 1:
        raise ParameterError(f"a thumbnail has at least 1 pixel a side, not {size_px}")
    scale = min(1.0, size_px / max(image.shape))
    height, width = (max(1, round(side * scale)) for side in image.shape)
    planes = []
    for view in default_views(image, t, z):
        if (t, view.channel, z) in image.unreadable:
            continue
        small = _reduced(image.plane(t, view.channel, z), height, width)
        planes.append((to_display(small, view.window), view.colour))
    return _added(planes)


def encode(
    array: NDArray[Any],
    kind: Literal["png", "jpeg", "webp"],
    *,
    quality: int = 85,
) -> bytes:
    """A picture as the bytes of a file.

    Args:
        array: (h, w) uint8, (h, w, 3) uint8 red, green, blue, or for PNG (h, w) uint16.
        kind: "png" (lossless), "jpeg" or "webp" (lossy).
        quality: 1…100 of the lossy formats.

    Raises:
        ParameterError: an unknown format, or an array of another shape or dtype.
    """
    is_colour = array.ndim == 3 and array.shape[2] == 3 and array.dtype == np.uint8
    is_grey = array.ndim == 2 and (array.dtype == np.uint8 or (array.dtype == np.uint16 and kind == "png"))
    if kind not in {"png", "jpeg", "webp"} or not (is_colour or is_grey) or array.size == 0:
        raise ParameterError(f"an array of {array.dtype} {array.shape} cannot become a {kind} picture")
    picture = PIL.Image.fromarray(np.ascontiguousarray(array))
    stream = io.BytesIO()
    if kind == "png":
        picture.save(stream, "PNG", compress_level=3)  # half the time of the default for 3 % more bytes
    elif kind == "jpeg":
        picture.save(stream, "JPEG", quality=quality)
    else:
        picture.save(stream, "WEBP", quality=quality, method=2)
    return stream.getvalue()


def _reduced(plane: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Area average to a smaller (or the same) size, of the same dtype."""
    import cv2  # noqa: PLC0415 -- see the module's docstring

    skip_y = max(1, plane.shape[0] // (height * _EXACT_UP_TO))
    skip_x = max(1, plane.shape[1] // (width * _EXACT_UP_TO))
    source = np.ascontiguousarray(plane[::skip_y, ::skip_x])
    dtype = source.dtype
    if dtype not in {np.dtype(name) for name in ("uint8", "uint16", "int16", "float32", "float64")}:
        source = source.astype(np.float64)
    if source.shape == (height, width):
        return source.astype(dtype, copy=False)
    reduced: NDArray[Any] = cv2.resize(source, (width, height), interpolation=cv2.INTER_AREA)
    if dtype.kind in "iu" and reduced.dtype.kind == "f":
        np.rint(reduced, out=reduced)
    return reduced.astype(dtype, copy=False)


def _added(planes: Sequence[tuple[NDArray[np.uint8], tuple[int, int, int]]]) -> NDArray[np.uint8]:
    """Coloured 8-bit planes → their sum, (h, w, 3) uint8, cut off at white."""
    if not planes:
        raise ParameterError("at least one channel must be shown")
    shape = planes[0][0].shape
    if len(planes) == 1 and planes[0][1] == _WHITE:
        return np.repeat(planes[0][0][..., None], 3, axis=2)
    total = np.zeros((*shape, 3), dtype=np.uint16 if len(planes) <= 256 else np.uint32)
    for values, colour in planes:
        for component, weight in enumerate(colour):
            if weight == 255:
                total[..., component] += values
            elif weight:
                total[..., component] += (values.astype(np.uint16) * weight + 127) // 255
    return np.minimum(total, 255).astype(np.uint8)
