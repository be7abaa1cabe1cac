"""PNG, JPEG and BMP, written by Pillow and OpenCV."""

import struct
import zlib
from typing import Any

import cv2
import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest
from numpy.typing import NDArray
from tests.fixtures.png import chunk

from spheroseg.errors import ImageReadError
from spheroseg.imaging import Image, read_image

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (37, 53)).astype(np.uint8)
COLOUR = RNG.integers(0, 256, (37, 53, 3)).astype(np.uint8)
DEEP = RNG.integers(0, 65_536, (37, 53)).astype(np.uint16)


def planes(image: Image) -> NDArray[Any]:
    colours: NDArray[Any] = image.data[0, :, 0]
    return colours


@pytest.mark.parametrize("suffix", ["png", "bmp"])
def test_grey_and_colour(tmp_path, suffix):
    PIL.Image.fromarray(GREY).save(tmp_path / f"g.{suffix}")
    PIL.Image.fromarray(COLOUR).save(tmp_path / f"c.{suffix}")
    grey, colour = read_image(tmp_path / f"g.{suffix}"), read_image(tmp_path / f"c.{suffix}")
    assert np.array_equal(grey.plane(), GREY)
    assert (grey.is_rgb, grey.channel_names, grey.pixel_size_um) == (False, ("grey",), None)
    assert np.array_equal(planes(colour), COLOUR.transpose(2, 0, 1))
    assert (colour.is_rgb, colour.significant_bits) == (True, 8)


def test_jpeg_is_close(tmp_path):
    smooth = cv2.GaussianBlur(COLOUR, (0, 0), 4)
    PIL.Image.fromarray(smooth).save(tmp_path / "a.jpg", quality=98, subsampling=0)
    image = read_image(tmp_path / "a.jpg")
    assert image.is_rgb
    assert np.abs(planes(image).astype(int) - smooth.transpose(2, 0, 1)).max() <= 6


def test_sixteen_bits_stay_sixteen_bits(tmp_path):
    PIL.Image.fromarray(DEEP).save(tmp_path / "g.png")
    colour = np.stack([DEEP, DEEP[::-1], DEEP[:, ::-1]], axis=-1)
    cv2.imwrite(str(tmp_path / "c.png"), colour[..., ::-1])
    cv2.imwrite(str(tmp_path / "a.png"), np.dstack([colour[..., ::-1], np.full_like(DEEP, 65_535)]))
    assert np.array_equal(read_image(tmp_path / "g.png").plane(), DEEP)
    assert np.array_equal(planes(read_image(tmp_path / "c.png")), colour.transpose(2, 0, 1))
    with_alpha = read_image(tmp_path / "a.png")
    assert np.array_equal(planes(with_alpha), colour.transpose(2, 0, 1))
    assert with_alpha.notes == ("alpha channel dropped (opaque)",)


def test_one_bit(tmp_path):
    PIL.Image.fromarray(GREY > 99).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png")
    assert np.array_equal(image.plane(), np.where(GREY > 99, 255, 0))
    assert image.significant_bits == 1


def test_palettes(tmp_path):
    picture = PIL.Image.fromarray(COLOUR).quantize(16)
    picture.save(tmp_path / "c.png")
    image = read_image(tmp_path / "c.png")
    assert np.array_equal(planes(image), np.asarray(picture.convert("RGB")).transpose(2, 0, 1))
    assert image.notes == ("palette expanded to its colours",)
    picture = PIL.Image.fromarray(GREY).convert("P")
    picture.putpalette([value for level in range(256) for value in (level, level, level)])
    picture.save(tmp_path / "g.png")
    assert np.array_equal(read_image(tmp_path / "g.png").plane(), np.asarray(picture.convert("L")))
    assert not read_image(tmp_path / "g.png").is_rgb


@pytest.mark.parametrize(("alpha", "word"), [(255, "opaque"), (7, "transparent")])
def test_alpha_is_dropped_and_said(tmp_path, alpha, word):
    PIL.Image.fromarray(np.dstack([COLOUR, np.full_like(GREY, alpha)])).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png")
    assert np.array_equal(planes(image), COLOUR.transpose(2, 0, 1))
    assert word in image.notes[0]


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path, orientation, suffix):
    exif = PIL.Image.Exif()
    exif[274] = orientation
    upright = np.kron(np.array([[10, 60, 110], [160, 210, 250]], np.uint8), np.ones((16, 16), np.uint8))
    picture = PIL.Image.fromarray(upright)
    picture.save(tmp_path / f"a.{suffix}", exif=exif, quality=100)
    image = read_image(tmp_path / f"a.{suffix}")
    with PIL.Image.open(tmp_path / f"a.{suffix}") as reference:
        expected = np.asarray(PIL.ImageOps.exif_transpose(reference))
    assert np.array_equal(image.plane(), expected)
    assert bool(image.notes) == (orientation != 1)


def test_dpi_of_a_photo_is_no_pixel_size(tmp_path):
    PIL.Image.fromarray(GREY).save(tmp_path / "a.png", dpi=(20_000, 20_000))
    assert read_image(tmp_path / "a.png").pixel_size_um is None


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_an_error(tmp_path, suffix, share):
    path = tmp_path / f"a.{suffix}"
    PIL.Image.fromarray(COLOUR).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ImageReadError, match=suffix if suffix != "jpg" else "JPEG|jpg"):
        read_image(path)


def png(width: int, height: int, pixels: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height", "reason"),
    [(1_000_000, 1_000_000, "asks for"), (60_000, 30_000, "bomb"), (0, 5, "PNG|empty")],
)
def test_absurd_headers_are_refused(tmp_path, width, height, reason):
    (tmp_path / "a.png").write_bytes(png(width, height, b"\0" * 100))
    with pytest.raises(ImageReadError, match=reason):
        read_image(tmp_path / "a.png")


def test_a_changed_byte_of_pixels_is_noticed(tmp_path):
    content = bytearray(png(20, 20, bytes(21 * 20)))
    content[45] ^= 1
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ImageReadError, match="checksum"):
        read_image(tmp_path / "a.png")


def test_one_image_a_file(tmp_path):
    PIL.Image.fromarray(GREY).save(tmp_path / "a.png")
    with pytest.raises(ImageReadError, match="no series 1"):
        read_image(tmp_path / "a.png", series=1)
