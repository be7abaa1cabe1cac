"""Colours of TIFF pages: palettes, alpha, white as zero, bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

_PHOTOMETRIC = tifffile.PHOTOMETRIC


def colours(
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


def significant_bits(page: tifffile.TiffPage, stated: int) -> int:
    """Bits that the detector used: as stated (0: not), else by the page's `MaxSampleValue`, else all that are stored."""
    if not stated and page.dtype is not None and page.dtype.kind == "u":
        tag = page.tags.get("MaxSampleValue")
        value = tag.value if tag is not None else 0
        highest = max(value) if isinstance(value, tuple) else value
        stated = int(highest).bit_length()
    return stated if 0 < stated <= page.bitspersample else int(page.bitspersample)
