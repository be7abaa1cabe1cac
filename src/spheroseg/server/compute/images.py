"""What compute children do with image files: read what they are, render thumbnails and tiles."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import re2  # type: ignore[import-untyped]  # ships no types
from cachetools import LRUCache

from spheroseg.errors import FileNameError, ImageReadError, SpheroSegError
from spheroseg.imaging import (
    ChannelView,
    Image,
    cached_structure,
    default_views,
    doubt_about,
    encode,
    parse_interval,
    raw_tile,
    read_image,
    thumbnail,
    tile,
)
from spheroseg.imaging.filename_patterns import compile_pattern
from spheroseg.imaging.filenames import FileFields, WellForms, forms_of_wells, parse
from spheroseg.imaging.focus import flatten_z
from spheroseg.imaging.identity import several_of
from spheroseg.imaging.other_kinds import other_kind
from spheroseg.imaging.preferred import read_preferred
from spheroseg.server.compute.requests import TileRequest
from spheroseg.server.tables.described import DescribedImage, NameColumns, ReadColumns, Unread
from spheroseg.server.tables.sort_keys import NO_PLACE, NO_TIME_S

HELD_BYTES = 512 * 1024 * 1024
"""Decoded images that a child holds for the next tiles; the last one is held whatever its size."""

_HELD_PROJECTIONS = 4  # of one stack a person looks at, and of the next time points

SERIES_SLICE_S = 5.0
"""So long a child reads series of one file at a time."""

_held: OrderedDict[str, Image] = OrderedDict()


def inspect(
    path: str,
    series: int,
    thumbnail_px: int,
    *,
    axes: str | None = None,
    interval: str | None = None,
    file_name: str = "",
) -> DescribedImage:
    """Everything that the service wants to know about one series of a file, read once.

    Args:
        path: the file.
        series: of the file.
        thumbnail_px: longest side of the thumbnail.
        axes: what the pages of a file are that does not say it, as `read_image` takes it.
        interval: time between frames where the file states none ("4h").
        file_name: as it was uploaded: what is stored has lost its ending, and some kinds are told by nothing else.

    Raises:
        ImageReadError: the file is no image that we read, or is damaged.
        ParameterError: axes or interval make no sense.
    """
    other = other_kind(file_name)
    if other is not None:
        raise ImageReadError(file_name, f"a {other.name} file: {other.reason}")
    read = read_preferred(
        lambda stated: read_image(Path(path), series=series, axes=stated),
        axes,
        parse_interval(interval) if interval else None,
    )
    return described(read.image, thumbnail_px, axes=read.axes)


def described(image: Image, thumbnail_px: int, *, axes: str | None = None) -> DescribedImage:
    """As `inspect`, of an image that is read already with these axes."""
    height, width = image.shape
    t, z = image.preview_place
    views = default_views(image, t, z)
    pixel_size = image.pixel_size_um
    columns: ReadColumns = {
        "width": width,
        "height": height,
        "n_series": image.n_series,
        "n_frames": image.n_frames,
        "n_channels": image.n_channels,
        "n_slices": image.n_slices,
        "dtype": image.data.dtype.name,
        "significant_bits": image.significant_bits,
        "is_rgb": image.is_rgb,
        "channel_names": list(image.channel_names),
        "display_ranges": [list(view.window or (0.0, 255.0)) for view in views],
        "pixel_size_y_um": pixel_size[0] if pixel_size else None,
        "pixel_size_x_um": pixel_size[1] if pixel_size else None,
        "pixel_size_source": image.pixel_size_source,
        "z_step_um": image.z_step_um,
        "time_step_s": image.time_step_s,
        "notes": [note for note in (*image.notes, doubt_about(image)) if note],
        "details": {
            "file": _plain(image.metadata),
            "name": _plain(image.name),
            "identity": {
                "plate": _plain(image.plate),
                "well": image.well,
                "field": image.field,
                "several": list(several_of(image)),
            },
            "frames_are": image.frames_are,
            "colours": ["{:02x}{:02x}{:02x}".format(*view.colour) for view in views],
        },
    }
    if axes:
        columns["details"]["axes"] = axes
    return {
        "columns": columns,
        "frame_times_s": [image.time_of_frame_s(t) for t in range(image.n_frames)],
        "thumbnail": encode(thumbnail(image, thumbnail_px, t=t, z=z), "webp", quality=80),
    }


def inspect_series(
    path: str, series: list[int], thumbnail_px: int, axes: str | None = None, interval: str | None = None
) -> list[DescribedImage | Unread]:
    """Several series of a file as `inspect`, whose structure is read once; one that cannot be read is there by its reason.

    Returns:
        As many of the first ones as took a few seconds, at least one: then it is somebody else's turn.
    """
    found: list[DescribedImage | Unread] = []
    end = time.monotonic() + SERIES_SLICE_S
    with cached_structure():
        for number in series:
            try:
                found.append(inspect(path, number, thumbnail_px, axes=axes, interval=interval))
            except SpheroSegError as error:
                found.append({"reason": getattr(error, "reason", None) or str(error)})
            if time.monotonic() > end:
                break
    return found


def render_tile(key: str, path: str | None, series: int, request: TileRequest, axes: str | None = None) -> bytes | None:
    """One tile as WebP, or as raw little-endian values.

    Args:
        key: names the file's content; what was decoded for it before is used again.
        path: the file, or None to be told whether it is needed.
        series: of the file.
        request: which tile.
        axes: as `inspect` was told.

    Returns:
        The tile; None when it can only be rendered with a path.

    Raises:
        ImageReadError: the file cannot be read.
        ParameterError: there is no such tile, frame, slice or channel.
    """
    image = held_image(key, path, series, axes)
    if image is None:
        return None
    frame, z = request.frame, request.z
    if z == "max":
        image, frame, z = _projection(image, f"{key}/{series}/{axes}", frame), 0, 0
    if request.is_raw:
        plane = image.plane(frame, request.views[0][0], z)
        raw = raw_tile(plane, request.level, request.column, request.row, size_px=request.size_px)
        return np.ascontiguousarray(raw, dtype=raw.dtype.newbyteorder("<")).tobytes()
    views = [
        ChannelView(channel, (low, high), (int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)))
        for channel, low, high, colour in request.views
    ]
    picture = tile(
        image, request.level, request.column, request.row,
        views=views, t=frame, z=z, size_px=request.size_px,
    )  # fmt: skip
    return encode(picture, "webp", quality=90)


_projections: LRUCache[tuple[str, int], Image] = LRUCache(_HELD_PROJECTIONS)


def _projection(image: Image, name: str, frame: int) -> Image:
    """The maximum projection of one frame as an image of its own, held for the next tiles of it.

    Raises:
        ParameterError: there is no such frame.
    """
    held = _projections.get((name, frame))
    if held is None:
        held, _ = flatten_z(image, frame, "max")
        _projections[name, frame] = held
    return held


def held_image(file_key: str, path: str | None, series: int, axes: str | None = None) -> Image | None:
    """One series of a file, decoded once for many requests.

    Args:
        file_key: names the file's content.
        path: the file, or None when only an image that is held already will do.
        series: of the file.
        axes: as `inspect` was told.

    Returns:
        The image, or None when it is not held and there is no path.

    Raises:
        ImageReadError: the file cannot be read.
    """
    key = f"{file_key}/{series}/{axes or ''}"
    held = _held.get(key)
    if held is not None:
        _held.move_to_end(key)
        return held
    if path is None:
        return None
    image = read_image(Path(path), series=series, axes=axes)
    _held[key] = image
    while len(_held) > 1 and sum(_in_memory(other) for other in _held.values()) > HELD_BYTES:
        _held.popitem(last=False)
    return image


def warm_up() -> None:
    """Render something small, so that the first person does not wait for what is loaded and compiled once."""
    image = Image(np.zeros((1, 1, 1, 64, 64), dtype=np.uint16), significant_bits=16)
    views = default_views(image)
    encode(tile(image, 1, 0, 0, views=views), "webp")


def _in_memory(image: Image) -> int:
    is_mapped = isinstance(image.data, np.memmap) or isinstance(image.data.base, np.memmap)
    return 0 if is_mapped else image.data.nbytes


def _plain(value: object) -> Any:  # noqa: ANN401 -- JSON
    """What of a file's metadata JSON and PostgreSQL can keep."""
    if isinstance(value, dict):
        return {str(key)[:200]: _plain(item) for key, item in list(value.items())[:200]}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value[:1000]]
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return str(value).replace("\0", "")[:2000]


def in_linear_time(expression: str) -> re.Pattern[str]:
    """An expression that no name can keep busy.

    Raises:
        ValueError: it looks ahead or back, or refers to what it matched before: that takes other time.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        made: re.Pattern[str] = re2.compile(expression, options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"{reason} (looking ahead or back and references to groups are not known here)") from None
    return made


def read_names(names: list[str], pattern: str | None, beside: Sequence[str] = ()) -> list[NameColumns]:
    """What file names (with their folders) say.

    A name that the pattern does not fit reads as nothing. Patterns are anybody's: they are matched in a time that grows
    with the name's length only, whatever is in them.

    Args:
        names: with their folders.
        pattern: own pattern, else the known layouts.
        beside: names in the same folder, which show whether a cell line's name (D10) is a well there.

    Raises:
        FileNameError: the pattern itself cannot be used.
    """
    if pattern is not None:
        compile_pattern(pattern, in_linear_time)
    forms = forms_of_wells(beside)
    return [_fields(name, pattern, forms) for name in names]


def _fields(name: str, pattern: str | None, forms: WellForms) -> NameColumns:
    try:
        fields = parse(name, pattern, in_linear_time, forms=forms)
    except FileNameError:
        fields = FileFields()
    is_frame = fields.time_unit == "frame"
    time_h = fields.time_h
    return {
        "plate": fields.plate or "",
        "well": fields.well or "",
        "well_row": NO_PLACE if fields.row is None else fields.row,
        "well_column": NO_PLACE if fields.column is None else fields.column,
        "field": fields.field,
        "channel": fields.channel or "",
        "z_index": fields.z,
        "time_s": NO_TIME_S if time_h is None else round(time_h * 3600, 6),
        "time_index": int(fields.time) if is_frame and fields.time is not None else None,
    }
