"""The values of a one-plane picture file as they are stored, and how the file wants them to be shown.

`read_image` gives what a person sees: white-is-zero is inverted, palettes become colours, few bits are stretched, alpha is
dropped. A mask is numbers, so it is read here: the number that the program wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import BmpImagePlugin, PngImagePlugin

from spheroseg.errors import ImageReadError
from spheroseg.imaging.image import Image
from spheroseg.imaging.read import read_image
from spheroseg.imaging.reader_logs import quiet_libraries

_PHOTOMETRIC = tifffile.PHOTOMETRIC
#: compressions that may change values
_LOSSY = {
    "JPEG",
    "OJPEG",
    "JPEG_LOSSY",
    "JPEG2000",
    "JPEG_2000_LOSSY",
    "APERIO_JP2000_YCBC",
    "WEBP",
    "JPEGXL",
    "JPEGXR",
}
_GREY_PNG, _COLOUR_PNG, _PALETTE_PNG, _GREY_ALPHA_PNG = 0, 2, 3, 4


@dataclass(frozen=True, slots=True, eq=False)
class StoredPlane:
    """One plane of a file as it is stored.

    Attributes:
        values: (y, x) numbers or palette indices, or (y, x, 3) colours.
        kind: "values", "palette" (values are indices) or "colours".
        bits: stored bits of a value.
        is_white_zero: the file is shown with 0 as white.
        palette: (n, 3) uint8 colour of each index, or None.
        alpha: (y, x) opacity, or None.
        image: the same plane as a picture, for its size in µm and its notes.
    """

    values: NDArray[Any]
    kind: Literal["values", "palette", "colours"]
    bits: int
    is_white_zero: bool
    palette: NDArray[np.uint8] | None
    alpha: NDArray[Any] | None
    image: Image


def read_stored(path: Path | str) -> StoredPlane:
    """Read the one plane of a file as it is stored.

    Args:
        path: any file that `read_image` reads; TIFF, PNG and BMP give stored values, the others hold no others.

    Raises:
        ImageReadError: as `read_image`; several planes or channels; values that compression may have changed.
    """
    path = Path(path)
    image = read_image(path)
    kind = image.metadata.get("format")
    if image.n_series > 1:
        raise ImageReadError(path, f"holds {image.n_series} images; a mask file holds one")
    if image.n_frames * image.n_slices != 1:
        raise ImageReadError(path, f"a stack of {image.n_frames * image.n_slices} planes; a mask file holds one")
    if kind == "JPEG":
        raise ImageReadError(path, "JPEG changes pixel values, so it cannot hold labels; use PNG or TIFF")
    with quiet_libraries():
        try:
            if kind == "TIFF":
                return _of_tiff(path, image)
            if kind in {"PNG", "BMP"}:
                return _of_picture(path, image)
        except ImageReadError:
            raise
        except Exception as error:  # what `read_image` took, a decoder may still trip over
            raise ImageReadError(
                path, f"its stored values cannot be read ({' '.join(str(error).split())[:160]})"
            ) from error
    return _of_image(path, image)


def _of_image(path: Path, image: Image) -> StoredPlane:
    if image.is_rgb:
        return StoredPlane(np.moveaxis(image.data[0, :, 0], 0, 2), "colours", 8, False, None, None, image)
    if image.n_channels != 1:
        raise ImageReadError(path, f"holds {image.n_channels} channels; a mask file holds one (read it as OME-TIFF)")
    plane = image.plane()
    return StoredPlane(plane, "values", plane.dtype.itemsize * 8, False, None, None, image)


def _of_tiff(path: Path, image: Image) -> StoredPlane:
    with tifffile.TiffFile(path, _multifile=False) as tif:
        page = tif.series[0].keyframe
        if len(tif.series[0].pages) > 1:  # channels
            return _of_image(path, image)
        compression = tifffile.COMPRESSION(page.compression).name
        if compression in _LOSSY:
            raise ImageReadError(path, f"{compression} compression changes pixel values, so it cannot hold labels")
        is_plain = page.photometric == _PHOTOMETRIC.MINISBLACK and page.samplesperpixel == 1 and page.bitspersample >= 8
        if is_plain or not isinstance(page, tifffile.TiffPage):
            return _of_image(path, image)
        values = np.asarray(page.asarray())
    if page.samplesperpixel > 1 and page.planarconfig == tifffile.PLANARCONFIG.SEPARATE:
        values = np.moveaxis(values, 0, -1)
    values = values.reshape(*values.shape[:2], -1)
    values, alpha = _without_alpha(path, values, sum(kind in {1, 2} for kind in page.extrasamples))
    palette = None
    if page.photometric == _PHOTOMETRIC.PALETTE and page.colormap is not None and values.ndim == 2:
        table = page.colormap
        palette = np.ascontiguousarray((table >> 8 if table.max() > 255 else table).astype(np.uint8).T)
    return StoredPlane(
        values.astype(np.uint8) if values.dtype == bool else values,
        "palette" if palette is not None else "values" if values.ndim == 2 else "colours",
        page.bitspersample,
        page.photometric == _PHOTOMETRIC.MINISWHITE,
        palette,
        alpha,
        image,
    )


def _of_picture(path: Path, image: Image) -> StoredPlane:
    with path.open("rb") as stream:
        head = stream.read(32)
    is_png = head.startswith(b"\x89PNG")
    bits, colour = (head[24], head[25]) if is_png else (8, -1)
    if is_png and (bits == 16 or (bits == 8 and colour in {_GREY_PNG, _COLOUR_PNG})):
        return _of_image(path, image) if colour in {_GREY_PNG, _COLOUR_PNG} else _deep_alpha(path, image)
    # the plugins are called directly: Image.open has a size limit of its own that is below ours
    with (PngImagePlugin.PngImageFile if is_png else BmpImagePlugin.BmpImageFile)(path) as picture:
        mode = picture.mode
        values = np.asarray(picture)
        palette = None
        if mode == "P":
            colours = np.asarray(picture.getpalette("RGB") or [], dtype=np.uint8).reshape(-1, 3)
            palette = colours if len(colours) else None
    if mode == "1":
        return StoredPlane(values.astype(np.uint8), "values", 1, False, None, None, image)
    if is_png and colour == _GREY_PNG:
        # decoders stretch few bits over 0…255; the factor is a whole number
        return StoredPlane(values // (255 // (2**bits - 1)), "values", bits, False, None, None, image)
    if palette is not None:
        return StoredPlane(values, "palette", bits, False, palette, None, image)
    stacked = values.reshape(*values.shape[:2], -1)
    values, alpha = _without_alpha(path, stacked, int(stacked.shape[2] in {2, 4}))
    return StoredPlane(values, "values" if values.ndim == 2 else "colours", 8, False, None, alpha, image)


def _deep_alpha(path: Path, image: Image) -> StoredPlane:
    """16-bit PNG with an alpha channel."""
    import imagecodecs  # noqa: PLC0415 -- needed for this kind alone

    stacked = np.asarray(imagecodecs.png_decode(path.read_bytes()))
    values, alpha = _without_alpha(path, stacked, 1)
    return StoredPlane(values, "values" if values.ndim == 2 else "colours", 16, False, None, alpha, image)


def _without_alpha(path: Path, values: NDArray[Any], n_alpha: int) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """(y, x) or (y, x, 3), and the alpha channel."""
    n_kept = values.shape[2] - n_alpha
    if n_kept not in {1, 3}:
        raise ImageReadError(path, f"holds {n_kept} channels; a mask file holds one (read it as OME-TIFF)")
    alpha = values[..., n_kept] if n_alpha else None
    return (values[..., 0] if n_kept == 1 else values[..., :3]), alpha
