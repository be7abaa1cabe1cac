"""HEIC and HEIF (telephones) → Image, by pi-heif."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pi_heif  # type: ignore[import-untyped]  # ships no types

from spheroseg.errors import ImageReadError
from spheroseg.imaging.beside import look_beside
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.readers.axes import RGB, StatedAxes, name_channels
from spheroseg.imaging.scale import judge


def read(path: Path, series: int, _stated: StatedAxes | None = None) -> Image:
    """Reads the main picture of a HEIC file, turned as the file says; thumbnails and depth maps are none.

    Raises:
        ImageReadError: damaged, too large, or a series other than 0.
    """
    if series != 0:
        raise ImageReadError(path, f"there is no series {series}; of this kind of file the main picture is read")
    file = pi_heif.open_heif(path, convert_hdr_to_8bit=False)
    width, height = file.size
    channels = len(file.mode.split(";")[0])
    bits = int(file.info.get("bit_depth", 8))
    check_size(path, (height, width), (channels,), bytes_per_value=2 if bits > 8 else 1)
    pixels = np.asarray(file)
    notes = []
    if bits > 8:  # stored shifted up to 16 bit
        pixels = pixels >> (16 - bits)
    if pixels.ndim == 3 and pixels.shape[2] in {2, 4}:
        notes.append("alpha channel dropped")
        pixels = pixels[..., : pixels.shape[2] - 1]
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if len(file) > 1:
        notes.append(f"the main picture of {len(file)} was read")
    is_rgb = pixels.ndim == 3
    data = np.ascontiguousarray(np.moveaxis(pixels, 2, 0)[None, :, None] if is_rgb else pixels[None, None, None])
    beside = look_beside(path)
    scale = judge(beside.claims, writer=beside.writer)
    return Image(
        data=data,
        pixel_size_um=scale.pixel_size_um,
        pixel_size_source=scale.source,
        channel_names=RGB if is_rgb else name_channels((), 1),
        is_rgb=is_rgb,
        significant_bits=bits,
        path=path,
        notes=(*notes, *beside.notes, *scale.notes),
    )
