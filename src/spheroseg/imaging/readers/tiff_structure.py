"""Is a TIFF file all there? tifffile reads what it can and fills the rest with zeros; SpheroSeg wants to know."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from spheroseg.errors import ImageReadError
from spheroseg.imaging.readers.damage import CUT_OFF, MISSING

# bits, description, strips and tiles with their sizes, colour table: without these the pixels are not what they were
_NEEDED_TAGS = {258, 270, 273, 279, 320, 324, 325}
_DESCRIPTION = 270
_STK_PLANES, _STK_BYTES_PER_PLANE = 33629, 24  # UIC2: distance and moments of each plane of a MetaMorph stack
_BYTES_PER_TYPE = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}


@dataclass(frozen=True, slots=True)
class Chain:
    """How far the directories of a file's pages go.

    Attributes:
        cut_at: the place of the pointer that leads beyond the file's end, or None where all of it is there.
        has_description: whether the first page's description (OME metadata, ImageJ's header) is within the file.
        n_unlisted: planes of a MetaMorph stack of which the table lies beyond the file's end, else 0.
    """

    cut_at: int | None = None
    has_description: bool = True
    n_unlisted: int = 0


def check_directories(path: Path, tif: tifffile.TiffFile) -> Chain:
    """Walks the chain of page directories: each lies within the file, as do the values of its important tags.

    Hamamatsu's NDPI and Zeiss's LSM store offsets beyond 4 GB in ways of their own and are not walked.

    Raises:
        ImageReadError: the first page is not whole, or the chain leads back into itself.
    """
    if tif.is_ndpi or tif.is_lsm:
        return Chain()
    layout = tif.tiff
    file_bytes = tif.filehandle.size
    truncated = ImageReadError(path, "the file is truncated: pages or their descriptions lie beyond its end")
    entry = struct.Struct(layout.byteorder + ("HHI" if layout.version == 42 else "HHQ"))
    inline_bytes = layout.offsetsize
    visited: set[int] = set()
    has_description = True
    n_unlisted = 0
    with path.open("rb") as stream:
        pointer = 4 if layout.version == 42 else 8
        stream.seek(pointer)
        offset = _number(stream.read(layout.offsetsize), layout.offsetformat)
        while offset:
            if offset in visited:
                raise ImageReadError(path, "the file is damaged: its pages follow each other in a circle")
            broken = truncated if not visited else None
            visited.add(offset)
            stream.seek(offset)
            head = stream.read(layout.tagnosize)
            if len(head) < layout.tagnosize:
                return _cut(pointer, broken, has_description)
            n_tags = _number(head, layout.tagnoformat)
            if offset + layout.tagnosize + n_tags * layout.tagsize + layout.offsetsize > file_bytes:
                return _cut(pointer, broken, has_description)
            content = stream.read(n_tags * layout.tagsize + layout.offsetsize)
            for start in range(0, n_tags * layout.tagsize, layout.tagsize):
                code, kind, count = entry.unpack_from(content, start)
                n_bytes = count * _BYTES_PER_TYPE.get(kind, 1)
                if code == _STK_PLANES:
                    at = _number(content[start + entry.size : start + layout.tagsize], layout.offsetformat)
                    n_unlisted = count if at + count * _STK_BYTES_PER_PLANE > file_bytes else 0
                if code in _NEEDED_TAGS and n_bytes > inline_bytes:
                    at = _number(content[start + entry.size : start + layout.tagsize], layout.offsetformat)
                    if at + n_bytes > file_bytes and code == _DESCRIPTION and broken is not None:
                        has_description = False  # several programs write it last
                    elif at + n_bytes > file_bytes:
                        return _cut(pointer, broken, has_description)
            pointer = offset + layout.tagnosize + n_tags * layout.tagsize
            offset = _number(content[-layout.offsetsize :], layout.offsetformat)
    return Chain(None, has_description, n_unlisted)


def _cut(pointer: int, broken: ImageReadError | None, has_description: bool) -> Chain:
    if broken is not None:
        raise broken
    return Chain(pointer, has_description)


def _number(content: bytes, form: str) -> int:
    return int(struct.unpack(form, content)[0])


def lost_planes(path: Path, series: tifffile.TiffPageSeries, n_planes: int) -> dict[int, str]:
    """The planes of a series of which a strip or tile was never written or lies beyond the file's end.

    Args:
        path: the file.
        series: of it.
        n_planes: that it has.

    Returns:
        The reason by the number of the plane.

    Raises:
        ImageReadError: pixels are missing, and it cannot be told of which planes.
    """
    file_bytes = path.stat().st_size
    if series.dataoffset is not None:
        n_there = max(0, file_bytes - series.dataoffset) * n_planes // series.nbytes
        return dict.fromkeys(range(n_there, n_planes), CUT_OFF)
    lost: dict[int, str] = {}
    for number, page in enumerate(series.pages):
        if page is None:
            lost[number] = MISSING
            continue
        offsets = np.asarray(page.dataoffsets, dtype=np.uint64)
        counts = np.asarray(page.databytecounts, dtype=np.uint64)
        if len(offsets) == 0 or len(offsets) != len(counts) or (counts == 0).any() or (offsets == 0).any():
            lost[number] = "parts of the picture were never written"
        elif (offsets + counts > file_bytes).any():
            lost[number] = CUT_OFF
    if lost and len(series.pages) != n_planes:
        raise ImageReadError(path, f"the file is truncated: {next(iter(lost.values()))}")
    return lost
