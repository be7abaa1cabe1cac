"""TIFF, BigTIFF, OME-TIFF, ImageJ and MetaMorph TIFF, LSM → Image, by tifffile."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.imaging import limits
from spheroseg.imaging.beside import look_beside
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.readers import ome, ome_set
from spheroseg.imaging.readers.axes import StatedAxes, to_tczyx
from spheroseg.imaging.readers.tiff_colours import colours, significant_bits
from spheroseg.imaging.readers.tiff_image import make_image, of_ome
from spheroseg.imaging.readers.tiff_metadata import Calibration, calibration, keyence_claims, resolution_claims
from spheroseg.imaging.readers.tiff_planes import decode_each, frames_of
from spheroseg.imaging.readers.tiff_series import Part, image_series
from spheroseg.imaging.readers.tiff_structure import check_directories, check_pixels
from spheroseg.kernels.scratch import allocate

MEMORY_MAP_FROM_BYTES = 128 * 2**20
"""Uncompressed series from this size stay in the file and are memory-mapped read-only.

Smaller ones are read: that is as fast, and a file that somebody shortens meanwhile cannot end the process.
"""

_NATIVE = "<" if sys.byteorder == "little" else ">"


def read(path: Path, series: int, stated: StatedAxes | None = None) -> Image:
    """Reads one series (an OME image, a stage position, a run of pages of one size) of a TIFF file.

    Pyramids give their full resolution; overviews and labels beside a slide are no series. A file of an OME-TIFF set
    gives the set's images, whichever of its files is asked.

    Raises:
        ImageReadError: damaged, truncated, unsupported, too large, or there is no such series.
    """
    beside = look_beside(path)
    with _opened(path) as structure:
        tif, document, parts = structure.tif, structure.document, structure.parts
        if parts is None:
            return ome_set.read(path, document, series, beside)
        if not parts:
            raise ImageReadError(path, "the TIFF file holds no image")
        if not 0 <= series < len(parts):
            raise ImageReadError(path, f"there is no series {series}; the file has {len(parts)} (0 is the first)")
        part = parts[series]
        page = part.series.keyframe
        facts = _calibration(tif, page, document, series, len(parts))
        if document.images and part.series.kind != "ome":
            if len(tif.pages) < sum(image.n_planes for image in document.images):
                raise ImageReadError(path, "planes that the metadata announce are missing from the file")
            facts.notes.append("the OME metadata do not fit the pages, which were read in their order")
        facts.notes += part.notes
        data, axes, unreadable = _pixels(path, tif, part, is_stated=stated is not None)
        data, axes, is_rgb = colours(data, axes, page, tif.is_imagej, facts.notes)
        arranged = to_tczyx(path, data, axes, stated)
        facts.notes += arranged.notes
        image = make_image(path, facts, beside, arranged.data, is_rgb)
        if unreadable:
            numbers = ", ".join(map(str, unreadable))
            image = replace(image, notes=(*image.notes, f"frames that cannot be read (the first is 0): {numbers}"))
        return replace(
            image,
            unreadable=unreadable,
            frames_are=arranged.frames_are,
            significant_bits=significant_bits(page, int(facts.metadata.pop("significant_bits", 0) or 0)),
            series=series,
            n_series=len(parts),
            name=facts.name or part.name,
        )


@dataclass(frozen=True, slots=True)
class _Structure:
    """An open file, and what it says of its images; `parts` is None where they lie in a set of files."""

    tif: tifffile.TiffFile
    document: ome.OmeDocument
    parts: list[Part] | None


class _OpenFiles:
    """Files that stay open, with their structure."""

    def __init__(self) -> None:
        self.files = ExitStack()
        self.structures: dict[Path, _Structure] = {}


_open_files: ContextVar[_OpenFiles | None] = ContextVar("kept", default=None)


@contextmanager
def cached_structure() -> Iterator[None]:
    """Within it a file is opened and its structure read once, however many of its series are read: thousands may be in one."""
    open_files = _OpenFiles()
    token = _open_files.set(open_files)
    try:
        with open_files.files:
            yield
    finally:
        _open_files.reset(token)


@contextmanager
def _opened(path: Path) -> Iterator[_Structure]:
    open_files = _open_files.get()
    if open_files is not None and path in open_files.structures:
        yield open_files.structures[path]
        return
    with ExitStack() as files:
        tif = files.enter_context(tifffile.TiffFile(path, _multifile=False))
        check_directories(path, tif)
        # read before tif.series is: it trusts the sizes in the text
        text = tif.ome_metadata if tif.is_ome else None
        document = ome.parse(text, path) if text else ome.OmeDocument()
        structure = _Structure(tif, document, None if ome_set.is_set(document) else image_series(tif))
        if open_files is not None:
            open_files.files.push(files.pop_all())
            open_files.structures[path] = structure
        yield structure


def count_series(path: Path) -> int:
    """How many series `read` knows."""
    with tifffile.TiffFile(path, _multifile=False) as tif:
        text = tif.ome_metadata if tif.is_ome else None
        document = ome.parse(text, path) if text else ome.OmeDocument()
        return len(document.images) if ome_set.is_set(document) else len(image_series(tif))


def _calibration(
    tif: tifffile.TiffFile, page: tifffile.TiffPage, document: ome.OmeDocument, series: int, n_series: int
) -> Calibration:
    if not document.images:
        found = calibration(tif, page)
        description = page.description.strip()
        if description and not tif.is_imagej and len(description) <= 10_000:
            found.metadata.setdefault("description", description)
        return found
    image = document.images[series] if len(document.images) == n_series else document.images[0]
    found = of_ome(image)
    found.claims += [*keyence_claims(tif), *resolution_claims(page)]
    return found


def _pixels(
    path: Path, tif: tifffile.TiffFile, part: Part, *, is_stated: bool
) -> tuple[NDArray[Any], str, dict[int, str]]:
    """Decoded pixels in native byte order, their axes, and the frames that are damaged (none where axes are stated)."""
    series = part.series
    page = series.keyframe
    dtype = series.dtype
    if dtype.kind not in "biuf":
        raise ImageReadError(path, f"pixels of this kind are not supported ({page.bitspersample} bit, {dtype})")
    _check_encoding(path, page)
    shape, axes = series.get_shape(squeeze=False), series.get_axes(squeeze=False)
    sizes = dict(zip(axes, shape, strict=True))
    is_raw = page.compression == tifffile.COMPRESSION.NONE
    check_size(
        path,
        (sizes["Y"], sizes["X"]),
        [size for axis, size in zip(axes, shape, strict=True) if axis not in "YX"],
        bytes_per_value=dtype.itemsize,
        file_bytes=None if is_raw else tif.filehandle.size,
    )
    if tif.is_imagej and series.kind != "imagej":
        raise ImageReadError(path, "the file is truncated: it ends before the planes that its ImageJ header states")
    check_pixels(path, tif, series)
    if _is_mappable(tif, series):
        mapped = np.memmap(path, dtype=dtype, mode="r", offset=series.dataoffset or 0, shape=tuple(shape))
        return part.pick(mapped), _axes_of(tif, part), {}
    unreadable: dict[int, str] = {}
    try:
        data = series.asarray(out=allocate(shape, dtype, spill_from_bytes=limits.SCRATCH_FROM_BYTES), squeeze=False)
    except Exception as error:
        if page.compression == tifffile.COMPRESSION.OJPEG:
            reason = (
                "its pixels are in the old-style JPEG of TIFF 6.0 (replaced in 1995), which is not read; save it anew"
            )
            raise ImageReadError(path, reason) from error
        each = None if is_stated else decode_each(series, tuple(shape))
        found = frames_of(part, tuple(shape), each[1]) if each is not None else None
        if each is None or found is None:
            raise
        data, unreadable = each[0], found
    if data.size != int(np.prod(shape)):
        raise ImageReadError(path, f"the file is damaged: {data.size:,} values where {shape} were announced")
    return part.pick(data.reshape(shape)), _axes_of(tif, part), unreadable


def _check_encoding(path: Path, page: tifffile.TiffPage) -> None:
    """Encodings that are no damage and still cannot be read, by their names."""
    if page.photometric in {32844, 32845} or page.compression in {34676, 34677}:
        raise ImageReadError(
            path, "its pixels are LogLuv (SGI's high dynamic range), which is not read; save it as float TIFF"
        )
    if page.compression not in tifffile.TIFF.DECOMPRESSORS:
        name = getattr(page.compression, "name", page.compression)
        raise ImageReadError(path, f"its compression ({name}) is not read; save it with LZW, deflate or none")


def _axes_of(tif: tifffile.TiffFile, part: Part) -> str:
    """The part's axes; a MetaMorph stack whose planes have distances is a z stack, also where the first one's is 0."""
    axes = part.layout()[1]
    if tif.is_stk and axes[0] in "IT":
        distances = np.atleast_1d((tif.stk_metadata or {}).get("ZDistance", 0))
        if distances.size > 1 and (distances[1:] != 0).all():
            return "Z" + axes[1:]
    return axes


def _is_mappable(tif: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> bool:
    page = series.keyframe
    return (
        series.nbytes >= MEMORY_MAP_FROM_BYTES
        and series.dataoffset is not None
        and series.transform is None
        and page.is_memmappable
        and tif.byteorder == _NATIVE
        and page.photometric != tifffile.PHOTOMETRIC.MINISWHITE
    )
