"""PNG, JPEG and BMP → Image.

libpng by imagecodecs decodes PNG (1.1 to 1.6 times as fast as Pillow, which would also cut 16-bit colour to 8 bit);
Pillow the rest: it notices a JPEG that ends too early, which the faster decoders fill with grey.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any, BinaryIO

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import BmpImagePlugin, ImageFile, JpegImagePlugin, PngImagePlugin

from spheroseg.errors import ImageReadError
from spheroseg.imaging.beside import look_beside
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.readers.axes import RGB, StatedAxes, name_channels
from spheroseg.imaging.scale import judge

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"

_ORIENTATION_TAG = 274
# EXIF orientation → (transpose first, flip rows, flip columns); source: EXIF 2.32, tag 274
_ORIENTATIONS = {
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


def read(path: Path, series: int, _stated: StatedAxes | None = None) -> Image:
    """Reads the one image of a PNG, JPEG or BMP file.

    Values keep their bit depth: 8-bit files become uint8, 16-bit PNG uint16, 1-bit pictures 0 and 255. Palettes are
    expanded to their colours, an alpha channel is dropped, the EXIF orientation is applied; `notes` says so.

    Raises:
        ImageReadError: damaged, truncated, too large, or a series other than 0.
    """
    if series != 0:
        raise ImageReadError(path, f"there is no series {series}; this kind of file holds one image")
    notes: list[str] = []
    with path.open("rb") as stream:
        head = stream.read(32)
        # Pillow decodes a PNG a second time to look for EXIF data behind the pixels
        has_exif = _check_png(path, stream) if head.startswith(PNG_SIGNATURE) else True
        stream.seek(0)
        picture = _open(stream, head)
        channels = len(picture.getbands())
        bits = _png_bits(head)
        check_size(
            path,
            (picture.height, picture.width),
            (channels,),
            bytes_per_value=2 if bits == 16 else 1,
            file_bytes=path.stat().st_size,
        )
        pixels = _decode(stream, head, picture, notes)
        if has_exif:
            pixels = _orient(pixels, picture, notes)
    is_rgb = pixels.ndim == 3
    data = pixels.transpose(2, 0, 1)[None, :, None] if is_rgb else pixels[None, None, None]
    beside = look_beside(path)
    scale = judge(beside.claims, writer=beside.writer)
    file = beside.file
    return Image(
        data=data,
        channel_names=RGB if is_rgb else name_channels((), 1),
        is_rgb=is_rgb,
        significant_bits=bits or 8 * pixels.dtype.itemsize,
        path=path,
        pixel_size_um=scale.pixel_size_um,
        pixel_size_source=scale.source,
        plate=file.plate if file else "",
        well=file.well if file else "",
        field=file.field if file else None,
        metadata=_metadata(picture),
        notes=(*beside.notes, *scale.notes, *notes),
    )


def _check_png(path: Path, stream: BinaryIO) -> bool:
    """All parts are there and unchanged, which no decoder makes sure of; True where one of them is EXIF data."""
    stream.seek(len(PNG_SIGNATURE))
    has_exif = False
    file_bytes = path.stat().st_size
    while True:
        head = stream.read(8)
        n_bytes, kind = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8 or stream.tell() + n_bytes + 4 > file_bytes:
            raise ImageReadError(path, "the PNG file is truncated")
        content = stream.read(n_bytes)
        if zlib.crc32(content, zlib.crc32(kind)) != int.from_bytes(stream.read(4), "big"):
            raise ImageReadError(path, "the PNG file is damaged: a checksum does not match")
        has_exif |= kind == b"eXIf"
        if kind == b"IEND":
            return has_exif


def _open(stream: BinaryIO, head: bytes) -> ImageFile.ImageFile:
    # the plugins are called directly: Image.open has a size limit of its own that is below ours
    if head.startswith(PNG_SIGNATURE):
        return PngImagePlugin.PngImageFile(stream)
    if head.startswith(JPEG_SIGNATURE):
        return JpegImagePlugin.JpegImageFile(stream)
    return BmpImagePlugin.BmpImageFile(stream)


def _png_bits(head: bytes) -> int:
    """Bits a sample of a PNG of more or fewer than 8, else 0."""
    if head.startswith(PNG_SIGNATURE) and head[24] in {1, 16} and head[25] != 3:
        return head[24]
    return 0


def _decode(stream: BinaryIO, head: bytes, picture: ImageFile.ImageFile, notes: list[str]) -> NDArray[Any]:
    """Pixels (y, x) or (y, x, 3) of the file's own depth."""
    if head.startswith(PNG_SIGNATURE) and head[24] >= 8 and head[25] != 3 and "transparency" not in picture.info:
        stream.seek(0)
        return _without_alpha(imagecodecs.png_decode(stream.read()), notes)
    mode = picture.mode
    if mode == "P":
        picture.load()
        has_alpha = "transparency" in picture.info
        colours = np.asarray(picture.convert("RGBA" if has_alpha else "RGB"))
        notes.append("palette expanded to its colours")
        colours = _without_alpha(colours, notes)
        is_grey = bool((colours[..., :1] == colours).all())
        return colours[..., 0] if is_grey else colours
    if mode in {"CMYK", "YCbCr", "LAB", "RGBX"}:
        notes.append(f"{mode} colours converted to RGB")
        return np.asarray(picture.convert("RGB"))
    if mode == "1":
        return np.asarray(picture.convert("L"))
    pixels = np.asarray(picture)
    if mode == "I":
        pixels = pixels.astype(np.uint16)
    return _without_alpha(pixels, notes)


def _without_alpha(pixels: NDArray[Any], notes: list[str]) -> NDArray[Any]:
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., -1]
    is_opaque = bool((alpha == np.iinfo(alpha.dtype).max).all())
    notes.append(f"alpha channel dropped ({'opaque' if is_opaque else 'some pixels were transparent'})")
    return pixels[..., 0] if pixels.shape[2] == 2 else pixels[..., :3]


def _orient(pixels: NDArray[Any], picture: ImageFile.ImageFile, notes: list[str]) -> NDArray[Any]:
    try:
        orientation = picture.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 -- a camera's broken EXIF block says nothing about the pixels
        notes.append("EXIF data could not be read")
        return pixels
    if orientation not in _ORIENTATIONS:
        return pixels
    transposed, flip_rows, flip_columns = _ORIENTATIONS[orientation]
    if transposed:
        pixels = pixels.swapaxes(0, 1)
    if flip_rows:
        pixels = pixels[::-1]
    if flip_columns:
        pixels = pixels[:, ::-1]
    notes.append(f"rotated or mirrored by the EXIF orientation ({orientation})")
    return np.ascontiguousarray(pixels)


def _metadata(picture: ImageFile.ImageFile) -> dict[str, Any]:
    """What the file says in words: text chunks, comment, resolution in dots an inch (of a print, never a scale)."""
    found: dict[str, Any] = {}
    for key, value in picture.info.items():
        if isinstance(key, str) and isinstance(value, str | int | float) and len(str(value)) <= 10_000:
            found[key] = str(value) if isinstance(value, str) else value
    dpi = picture.info.get("dpi")
    if isinstance(dpi, tuple) and len(dpi) == 2:
        found["dpi"] = [float(value) for value in dpi]
    return found
