"""TIFF, BigTIFF, OME-TIFF, ImageJ and MetaMorph TIFF, LSM → Image, by tifffile."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

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
from spheroseg.imaging.readers.damage import LongerFile, blank, places_of, stacked, within
from spheroseg.imaging.readers.tiff_colours import colours, significant_bits
from spheroseg.imaging.readers.tiff_image import make_image, of_ome
from spheroseg.imaging.readers.tiff_metadata import Calibration, calibration, keyence_claims, resolution_claims
from spheroseg.imaging.readers.tiff_planes import decode_each
from spheroseg.imaging.readers.tiff_series import Part, image_series
from spheroseg.imaging.readers.tiff_structure import check_directories, lost_planes
from spheroseg.kernels.scratch import allocate

MEMORY_MAP_FROM_BYTES = 128 * 2**20
"""Uncompressed series from this size stay in the file and are memory-mapped read-only.

Smaller ones are read: that is as fast, and a file that somebody shortens meanwhile cannot end the process.
"""

_BEYOND_BYTES = 1 << 40
"""How much larger a file that is cut off looks: by more than any is missing, so that its pages count as those of a whole one."""

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
        data, axes, damaged = _pixels(path, tif, part)
        planes = stacked(axes, data.shape)
        data, axes, is_rgb = colours(data, axes, page, tif.is_imagej, facts.notes)
        arranged = to_tczyx(path, data, axes, stated)
        facts.notes += arranged.notes
        image = make_image(path, facts, beside, arranged.data, is_rgb)
        lost = places_of(path, damaged, planes, image.data.shape, stated)
        n_samples = 3 if is_rgb else 1
        lost |= {
            place: why
            for place in lost
            if (why := document.unreadable.get((place[0], place[1] // n_samples, place[2])))
        }
        return replace(
            image,
            unreadable=blank(image.data, lost),
            cut_off=structure.cut_off,
            frames_are=arranged.frames_are,
            significant_bits=significant_bits(page, int(facts.metadata.pop("significant_bits", 0) or 0)),
            series=series,
            n_series=len(parts),
            name=part.name if part.number else facts.name or part.name,
            field=image.field if image.field is not None else part.number,
        )


@dataclass(frozen=True, slots=True)
class _Structure:
    """An open file, and what it says of its images; `parts` is None where they lie in a set of files.

    `cut_off` as in `Image`.
    """

    tif: tifffile.TiffFile
    document: ome.OmeDocument
    parts: list[Part] | None
    cut_off: str = ""


class _OpenFiles:
    """Files that stay open, with their structure."""

    def __init__(self) -> None:
        self.files = ExitStack()
        self.structures: dict[Path, _Structure] = {}


_open_files: ContextVar[_OpenFiles | None] = ContextVar("open_files", default=None)


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
        tif, document, cut_off = _whole(path, files)
        structure = _Structure(tif, document, None if ome_set.is_set(document) else image_series(tif), cut_off)
        if open_files is not None:
            open_files.files.push(files.pop_all())
            open_files.structures[path] = structure
        yield structure


def _whole(path: Path, files: ExitStack) -> tuple[tifffile.TiffFile, ome.OmeDocument, str]:
    """The file as tifffile reads it: where it is cut off, without the pages that are not there.

    The sentence says where more is missing than the file tells.
    """
    tif = files.enter_context(tifffile.TiffFile(path, _multifile=False))
    chain = check_directories(path, tif)
    # read before tif.series is: it trusts the sizes in the text
    text = tif.ome_metadata if tif.is_ome else None
    document = ome.parse(text, path) if text else ome.OmeDocument()
    cut_off = "" if chain.has_description else "the file is cut off before its description of axes, sizes and times"
    if chain.n_unlisted:
        cut_off = f"the file is cut off before the table of its {chain.n_unlisted} planes: only the first is read, without scale"
    ends_early = tif.is_imagej and any(series.kind != "imagej" for series in tif.series[:1])
    if chain.cut_at is None and (ome_set.is_set(document) or not (ends_early or _is_cut(path, tif))):
        return tif, document, cut_off
    changed = (chain.cut_at, bytes(tif.tiff.offsetsize)) if chain.cut_at is not None else (0, b"")
    longer = cast(
        "BinaryIO", LongerFile(path, size=path.stat().st_size + _BEYOND_BYTES, changed=changed, has_zeros=False)
    )
    files.callback(longer.close)
    tif = files.enter_context(tifffile.TiffFile(longer, name=str(path), _multifile=False))
    if chain.cut_at is not None and not tif.is_imagej and not document.images:  # those say what is to come
        cut_off = cut_off or f"the file is cut off after page {len(tif.pages)}; what came after it is not known"
    return tif, document, cut_off


def _is_cut(path: Path, tif: tifffile.TiffFile) -> bool:
    """Whether the pixels of the last page lie beyond the file's end."""
    file_bytes = path.stat().st_size
    for series in tif.series:
        last = series.pages[-1]
        if series.dataoffset is not None:
            end = series.dataoffset + series.nbytes
        elif last is not None:
            end = max((at + n for at, n in zip(last.dataoffsets, last.databytecounts, strict=False)), default=0)
        else:
            continue
        if end > file_bytes:
            return True
    return False


def count_series(path: Path) -> int:
    """How many series `read` knows."""
    with ExitStack() as files:
        tif, document, _ = _whole(path, files)
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


def _pixels(path: Path, tif: tifffile.TiffFile, part: Part) -> tuple[NDArray[Any], str, dict[int, str]]:
    """Decoded pixels in native byte order, their axes, and the planes that are damaged, by their number within the part."""
    series = part.series
    page = series.keyframe
    dtype = series.dtype
    if dtype.kind not in "biuf":
        raise ImageReadError(path, f"pixels of this kind are not supported ({page.bitspersample} bit, {dtype})")
    _check_encoding(path, page)
    shape, axes = series.get_shape(squeeze=False), series.get_axes(squeeze=False)
    sizes = dict(zip(axes, shape, strict=True))
    is_raw = page.compression == tifffile.COMPRESSION.NONE
    stack = [size for axis, size in zip(axes, shape, strict=True) if axis not in "YX"]
    check = partial(check_size, path, (sizes["Y"], sizes["X"]), stack, bytes_per_value=dtype.itemsize)
    check(file_bytes=None if is_raw else tif.filehandle.size)
    if tif.is_imagej and series.kind != "imagej":
        raise ImageReadError(path, "the file is truncated: it ends before the planes that its ImageJ header states")
    plane_sizes, letters = stacked(axes, shape)
    lost = lost_planes(path, series, int(np.prod(plane_sizes, dtype=int)))
    if lost:  # what is not in the file is made up of zeros, also where nothing is compressed
        check(file_bytes=tif.filehandle.size)
    if _is_mappable(tif, series) and not lost:
        mapped = np.memmap(path, dtype=dtype, mode="r", offset=series.dataoffset or 0, shape=tuple(shape))
        return part.pick(mapped), _axes_of(tif, part), {}
    damaged = lost
    try:
        if lost:
            data, damaged = decode_each(path, series, tuple(shape), lost)
        else:
            data = series.asarray(out=allocate(shape, dtype, spill_from_bytes=limits.SCRATCH_FROM_BYTES), squeeze=False)
    except (ImageReadError, MemoryError):
        raise
    except Exception as error:
        if page.compression == tifffile.COMPRESSION.OJPEG:
            reason = (
                "its pixels are in the old-style JPEG of TIFF 6.0 (replaced in 1995), which is not read; save it anew"
            )
            raise ImageReadError(path, reason) from error
        if len(series.pages) < 2 or len(series.pages) != int(np.prod(plane_sizes, dtype=int)):
            raise
        data, damaged = decode_each(path, series, tuple(shape), {})
    if data.size != int(np.prod(shape)):
        raise ImageReadError(path, f"the file is damaged: {data.size:,} values where {shape} were announced")
    of_part = within(damaged, dict(zip(letters, plane_sizes, strict=True)), part.place)
    return part.pick(data.reshape(shape)), _axes_of(tif, part), of_part


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
