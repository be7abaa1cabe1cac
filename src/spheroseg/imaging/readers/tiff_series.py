"""Which series of a TIFF are images, and which are overviews of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import tifffile
from numpy.typing import NDArray

_NOT_THE_IMAGE = {"thumbnail", "label", "macro", "map"}  # names that tifffile gives to what is beside a slide
_POSITION_AXES = {"R", "M", "J", "K"}  # tile, mosaic, column, row: places, not times
_MAX_OVERVIEW_SHARE = 0.5


@dataclass(slots=True)
class Part:
    """A series, or one stage position of a series.

    Attributes:
        series: as tifffile has it.
        place: (axis letter, index) for each axis of positions.
        name: of the series, or "".
        notes: what was left aside.
        number: of the position among those of its series, from 1, or None.
    """

    series: tifffile.TiffPageSeries
    place: dict[str, int] = field(default_factory=dict)
    name: str = ""
    notes: list[str] = field(default_factory=list)
    number: int | None = None

    def layout(self) -> tuple[list[int], str]:
        """Shape and axes without the axes of positions."""
        shape, axes = self.series.get_shape(squeeze=False), self.series.get_axes(squeeze=False)
        kept = [(size, axis) for size, axis in zip(shape, axes, strict=True) if axis not in self.place]
        return [size for size, _ in kept], "".join(axis for _, axis in kept)

    def pick(self, data: NDArray[Any]) -> NDArray[Any]:
        """The position's pixels of the series' (unsqueezed) pixels."""
        axes = self.series.get_axes(squeeze=False)
        return data[tuple(self.place.get(axis, slice(None)) for axis in axes)]


def image_series(tif: tifffile.TiffFile) -> list[Part]:
    """The images of a file in order; a series with stage positions gives one an image.

    Thumbnails, labels and macro pictures of slides, reduced copies and masks (by `NewSubfileType`), Keyence's second page and
    the thumbnail that EXIF keeps behind a picture are left aside, with a note on every image.
    """
    found = list(tif.series)
    images = [series for number, series in enumerate(found) if not _is_overview(tif, found, number)]
    images = images or found[:1]
    n_aside = len(found) - len(images)
    notes = [f"{n_aside} overview{'s' if n_aside > 1 else ''} of the image left aside"] if n_aside else []
    parts = []
    for series in images:
        axes, shape = series.get_axes(squeeze=False), series.get_shape(squeeze=False)
        letters = _POSITION_AXES | (
            {"P"} if series.kind == "lsm" else set()
        )  # LSM counts positions by P, others phases
        sizes = {axis: size for axis, size in zip(axes, shape, strict=True) if axis in letters}
        name = str(series.name or "") if series.kind in {"ome", "lsm", "stk"} else ""
        word = "position" if series.kind in {"lsm", "mmstack"} else "tile"
        places: list[dict[str, int]] = [{}]
        for axis, size in sizes.items():
            places = [{**place, axis: index} for place in places for index in range(size)]
        if len(places) == 1:
            parts.append(Part(series, places[0], name, list(notes)))
            continue
        parts += [
            Part(series, place, f"{name} {word} {number}".strip(), list(notes), number)
            for number, place in enumerate(places, 1)
        ]
    return parts


def _is_overview(tif: tifffile.TiffFile, found: list[tifffile.TiffPageSeries], number: int) -> bool:
    series = found[number]
    if str(series.name).lower() in _NOT_THE_IMAGE:
        return True
    if number == 0 or series.kind == "ome":
        return False
    page = series.keyframe
    if page.is_reduced or page.is_mask:
        return True
    if tif.is_svs or series.kind == "lsm":
        return page.imagewidth < found[0].keyframe.imagewidth
    first = found[0].keyframe
    is_smaller = (
        page.imagewidth <= _MAX_OVERVIEW_SHARE * first.imagewidth
        and page.imagelength <= _MAX_OVERVIEW_SHARE * first.imagelength
    )
    same_shape = abs(page.imagewidth * first.imagelength - page.imagelength * first.imagewidth) <= max(
        first.imagewidth, first.imagelength
    )
    # a lone small page of the same shape behind one page: Keyence's preview and the thumbnail of a camera
    return len(found) == 2 and len(series) == 1 == len(found[0]) and is_smaller and same_shape and _has_thumbnails(tif)


def _has_thumbnails(tif: tifffile.TiffFile) -> bool:
    """Whether the writer is one that puts a preview behind its picture: a Keyence, or a camera with EXIF data."""
    first = tif.pages.first
    tail_bytes = 256 << 10
    handle = tif.filehandle
    handle.seek(max(0, handle.size - tail_bytes))
    is_keyence = b"SingleFileProperty" in handle.read(tail_bytes)
    return is_keyence or 34665 in first.tags or 271 in first.tags  # ExifTag, Make
