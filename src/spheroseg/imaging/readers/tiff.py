"""TIFF, BigTIFF, OME-TIFF, ImageJ and MetaMorph TIFF, LSM → Image, by tifffile."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.imaging import limits
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.readers import ome
from spheroseg.imaging.readers.axes import RGB, name_channels, to_tczyx
from spheroseg.imaging.readers.tiff_metadata import Calibration, calibration
from spheroseg.imaging.readers.tiff_structure import check_directories, check_pixels
from spheroseg.kernels.scratch import allocate

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

MEMORY_MAP_FROM_BYTES = 128 * 2**20
"""Uncompressed series from this size stay in the file and are memory-mapped read-only.

Smaller ones are read: that is as fast, and a file that somebody shortens meanwhile cannot end the process.
"""

_NATIVE = "<" if sys.byteorder == "little" else ">"
_PHOTOMETRIC = tifffile.PHOTOMETRIC


def read(path: Path, series: int) -> Image:
    """Reads one series (an OME image, a run of pages of one size) of a TIFF file.

    Pyramids give their full resolution. Of an OME-TIFF set of several files only the file's own planes are read,
    so that a batch over a folder meets every plane once.

    Raises:
        ImageReadError: damaged, truncated, unsupported, too large, or there is no such series.
    """
    with tifffile.TiffFile(path, _multifile=False) as tif:
        check_directories(path, tif)
        ome_images = _ome_images(tif, path)
        all_series = tif.series
        if not all_series:
            raise ImageReadError(path, "the TIFF file holds no image")
        if not 0 <= series < len(all_series):
            raise ImageReadError(path, f"there is no series {series}; the file has {len(all_series)} (0 is the first)")
        chosen = all_series[series]
        page = chosen.keyframe
        said = _calibration(tif, page, ome_images, series, len(all_series))
        if ome_images and chosen.kind != "ome" and ome_images[0].own_planes is None:
            if len(tif.pages) < sum(image.n_planes for image in ome_images):
                raise ImageReadError(path, "planes that the metadata announce are missing from the file")
            said.notes.append("the OME metadata do not fit the pages, which were read in their order")
        data, axes = _pixels(path, tif, chosen)
        data, axes, is_rgb = _colours(data, axes, page, tif.is_imagej, said.notes)
        if ome_images and chosen.kind != "ome" and ome_images[0].own_planes:
            data, axes = _own_planes(data, axes, ome_images[0], said.notes)
        data, notes = to_tczyx(data, axes)
        names = RGB if is_rgb else name_channels(said.channel_names, data.shape[1])
        return Image(
            data=data,
            pixel_size_um=said.pixel_size_um,
            z_step_um=said.z_step_um,
            time_step_s=said.time_step_s,
            channel_names=names,
            is_rgb=is_rgb,
            significant_bits=_bits(page, said),
            path=path,
            series=series,
            n_series=len(all_series),
            pixel_size_source=said.source,
            metadata=said.metadata,
            notes=(*said.notes, *notes),
        )


def _ome_images(tif: tifffile.TiffFile, path: Path) -> list[ome.OmeImage]:
    # read before tif.series is: it trusts the sizes in the text
    text = tif.ome_metadata if tif.is_ome else None
    return ome.parse(text, path) if text else []


def _calibration(
    tif: tifffile.TiffFile, page: tifffile.TiffPage, ome_images: list[ome.OmeImage], series: int, n_series: int
) -> Calibration:
    if not ome_images:
        found = calibration(tif, page)
        description = page.description.strip()
        if description and not tif.is_imagej and len(description) <= 10_000:
            found.metadata.setdefault("description", description)
        return found
    image = ome_images[series] if len(ome_images) == n_series else ome_images[0]
    found = Calibration(
        image.pixel_size_um,
        image.z_step_um,
        image.time_step_s,
        image.channel_names,
        "ome" if image.pixel_size_um else "",
    )
    found.metadata["name"] = image.name
    found.metadata["significant_bits"] = image.significant_bits
    return found


def _pixels(path: Path, tif: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> tuple[NDArray[Any], str]:
    """Decoded pixels in native byte order, and their axes."""
    page = series.keyframe
    dtype = series.dtype
    if dtype.kind not in "biuf":
        raise ImageReadError(path, f"pixels of this kind are not supported ({page.bitspersample} bit, {dtype})")
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
        return np.memmap(path, dtype=dtype, mode="r", offset=series.dataoffset or 0, shape=tuple(shape)), axes
    data = series.asarray(out=allocate(shape, dtype, spill_from_bytes=limits.SCRATCH_FROM_BYTES), squeeze=False)
    if data.size != int(np.prod(shape)):
        raise ImageReadError(path, f"the file is damaged: {data.size:,} values where {shape} were announced")
    return data.reshape(shape), axes


def _is_mappable(tif: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> bool:
    page = series.keyframe
    return (
        series.nbytes >= MEMORY_MAP_FROM_BYTES
        and series.dataoffset is not None
        and series.transform is None
        and page.is_memmappable
        and tif.byteorder == _NATIVE
        and page.photometric != _PHOTOMETRIC.MINISWHITE
    )


def _colours(
    data: NDArray[Any], axes: str, page: tifffile.TiffPage, is_imagej: bool, notes: list[str]
) -> tuple[NDArray[Any], str, bool]:
    """Colour as three samples, grey as one; alpha dropped, white-is-zero inverted, half floats widened."""
    if data.dtype == np.float16:
        data = data.astype(np.float32)
    if data.dtype == bool:
        data = data.astype(np.uint8) * np.uint8(255)
    if page.photometric == _PHOTOMETRIC.MINISWHITE and data.dtype.kind == "u":
        top = 255 if page.bitspersample == 1 else 2**page.bitspersample - 1
        data = np.subtract(data.dtype.type(top), data)
        notes.append("stored with white as 0; inverted")
    if page.photometric == _PHOTOMETRIC.PALETTE and page.colormap is not None and not is_imagej:
        data, axes = _palette(data, axes, page.colormap, notes)
    sample = axes.find("S")
    n_samples = data.shape[sample] if sample >= 0 else 1
    is_colour = page.photometric in {_PHOTOMETRIC.RGB, _PHOTOMETRIC.YCBCR, _PHOTOMETRIC.PALETTE} and n_samples >= 3
    if n_samples > 3 and page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and 0 in page.extrasamples:
        is_colour = False  # stacks of four planes and more that a writer labelled RGB for want of a better word
    n_kept = 3 if is_colour else n_samples - sum(kind in {1, 2} for kind in page.extrasamples)
    if 0 < n_kept < n_samples:
        notes.append("alpha channel dropped" if n_kept == n_samples - 1 else "samples beyond the colours dropped")
        data = data[(slice(None),) * sample + (slice(n_kept),)]
    other_channels = data.shape[axes.index("C")] if "C" in axes else 1
    return data, axes, is_colour and other_channels == 1


def _palette(data: NDArray[Any], axes: str, colormap: NDArray[np.uint16], notes: list[str]) -> tuple[NDArray[Any], str]:
    """Pictures with a real palette become colours; a palette that only tints intensities is left aside."""
    if (np.diff(colormap.astype(np.int32), axis=1) >= 0).all():
        notes.append("colour table of the display ignored; the values are intensities")
        return data, axes
    notes.append("palette expanded to its colours")
    # TIFF 6.0 says 16 bit; the odd writer stores 0…255
    colours = (colormap >> 8 if colormap.max() > 255 else colormap).astype(np.uint8)
    sample = axes.find("S")
    if sample >= 0:
        data = data.squeeze(sample)
        axes = axes.replace("S", "")
    return np.ascontiguousarray(colours.T)[data], axes + "S"


def _own_planes(data: NDArray[Any], axes: str, image: ome.OmeImage, notes: list[str]) -> tuple[NDArray[Any], str]:
    """Gives the pages of one file of an OME-TIFF set their places in (t, c, z)."""
    notes.append(f"one of {image.n_files} files of an OME-TIFF set; only this file's own planes were read")
    planes = image.own_planes or {}
    pages, rest = axes.find("I"), axes.replace("I", "")
    places = [planes[index] for index in sorted(planes)]
    used = [sorted(set(values)) for values in zip(*places, strict=True)]
    shape = [len(values) for values in used]
    if pages != 0 or data.shape[0] != len(places) or int(np.prod(shape)) != len(places):
        return data, axes
    order = np.lexsort(np.array(places).T[::-1])
    return data[order].reshape(*shape, *data.shape[1:]), "TCZ" + rest


def _bits(page: tifffile.TiffPage, said: Calibration) -> int:
    stated = int(said.metadata.pop("significant_bits", 0) or 0)
    if not stated and page.dtype is not None and page.dtype.kind == "u":
        tag = page.tags.get("MaxSampleValue")
        value = tag.value if tag is not None else 0
        highest = max(value) if isinstance(value, tuple) else value
        stated = int(highest).bit_length()
    return stated if 0 < stated <= page.bitspersample else int(page.bitspersample)
