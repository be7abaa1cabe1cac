"""Is a TIFF file all there? tifffile reads what it can and fills the rest with zeros; SpheroSeg wants to know."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import tifffile

from spheroseg.errors import ImageReadError

# bits, description, strips and tiles with their sizes, colour table: without these the pixels are not what they were
_NEEDED_TAGS = {258, 270, 273, 279, 320, 324, 325}
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


def check_directories(path: Path, tif: tifffile.TiffFile) -> None:
    """Walks the chain of page directories: each lies within the file, as do the values of its important tags.

    Hamamatsu's NDPI and Zeiss's LSM store offsets beyond 4 GB in ways of their own and are not walked.

    Raises:
        ImageReadError: the chain or a value leads beyond the end of the file, or the chain back into itself.
    """
    if tif.is_ndpi or tif.is_lsm:
        return
    layout = tif.tiff
    file_bytes = tif.filehandle.size
    truncated = ImageReadError(path, "the file is truncated: pages or their descriptions lie beyond its end")
    entry = struct.Struct(layout.byteorder + ("HHI" if layout.version == 42 else "HHQ"))
    inline_bytes = layout.offsetsize
    visited: set[int] = set()
    with path.open("rb") as stream:
        stream.seek(4 if layout.version == 42 else 8)
        offset = _number(stream.read(layout.offsetsize), layout.offsetformat)
        while offset:
            if offset in visited:
                raise ImageReadError(path, "the file is damaged: its pages follow each other in a circle")
            visited.add(offset)
            stream.seek(offset)
            head = stream.read(layout.tagnosize)
            if len(head) < layout.tagnosize:
                raise truncated
            n_tags = _number(head, layout.tagnoformat)
            if offset + layout.tagnosize + n_tags * layout.tagsize + layout.offsetsize > file_bytes:
                raise truncated
            content = stream.read(n_tags * layout.tagsize + layout.offsetsize)
            for start in range(0, n_tags * layout.tagsize, layout.tagsize):
                code, kind, count = entry.unpack_from(content, start)
                n_bytes = count * _BYTES_PER_TYPE.get(kind, 1)
                if code in _NEEDED_TAGS and n_bytes > inline_bytes:
                    at = _number(content[start + entry.size : start + layout.tagsize], layout.offsetformat)
                    if at + n_bytes > file_bytes:
                        raise truncated
            offset = _number(content[-layout.offsetsize :], layout.offsetformat)


def _number(content: bytes, form: str) -> int:
    return int(struct.unpack(form, content)[0])


def check_pixels(path: Path, tif: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> None:
    """Every strip and tile of a series lies within the file and was written.

    Raises:
        ImageReadError: pixels are missing.
    """
    file_bytes = tif.filehandle.size
    truncated = ImageReadError(path, "the file is truncated: pixels lie beyond its end")
    if series.dataoffset is not None:
        if series.dataoffset + series.nbytes > file_bytes:
            raise truncated
        return
    for page in series:
        if page is None:
            raise ImageReadError(path, "planes that the metadata announce are missing from the file")
        offsets = np.asarray(page.dataoffsets, dtype=np.uint64)
        counts = np.asarray(page.databytecounts, dtype=np.uint64)
        if len(offsets) == 0 or len(offsets) != len(counts) or (counts == 0).any() or (offsets == 0).any():
            raise ImageReadError(path, "the file is incomplete: parts of the picture were never written")
        if (offsets + counts > file_bytes).any():
            raise truncated
