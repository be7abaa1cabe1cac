import io

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fixtures.images import image_of

from spheroseg.errors import ParameterError
from spheroseg.imaging import (
    ChannelView,
    Image,
    default_views,
    default_window,
    encode,
    n_levels,
    raw_tile,
    thumbnail,
    tile,
    to_display,
)

RNG = np.random.default_rng(0)
PLANE = RNG.integers(0, 60_000, (301, 517)).astype(np.uint16)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "uint32", "float32", "float64"])
def test_window_is_linear_rounded_and_clipped(dtype):
    values = np.array([[0, 10, 15, 20, 30, 100]], dtype=dtype)
    assert to_display(values, (10, 30)).tolist() == [[0, 0, 64, 128, 255, 255]]
    assert values[0, 5] == 100  # untouched


def test_windows_of_special_planes():
    assert to_display(np.full((2, 2), 9, np.uint8)).max() == 0
    assert to_display(np.array([[np.nan, -np.inf, np.inf, 1.0]]), (0, 2)).tolist() == [[0, 0, 255, 128]]
    with pytest.raises(ParameterError, match="black"):
        to_display(PLANE, (5, 1))
    sparse = np.zeros((50, 50), np.uint16)
    sparse[3, 3] = 900
    assert default_window(sparse) == (0, 900)


@settings(deadline=None, max_examples=60)
@given(height=st.integers(1, 90), width=st.integers(1, 90), size=st.integers(3, 40), level=st.integers(0, 3))
def test_tiles_cover_the_plane_once(height, width, size, level):
    plane = PLANE[:height, :width]
    step = size * 2**level
    rows = [
        np.hstack([raw_tile(plane, level, column, row, size_px=size) for column in range(-(-width // step))])
        for row in range(-(-height // step))
    ]
    whole = np.vstack(rows)
    assert whole.shape == (-(-height // 2**level), -(-width // 2**level))
    if level == 0:
        assert np.array_equal(whole, plane)
    else:
        block = 2**level
        inner = plane[: height // block * block, : width // block * block].astype(float)
        means = inner.reshape(height // block, block, width // block, block).mean(axis=(1, 3))
        assert np.abs(whole[: height // block, : width // block] - means).max(initial=0) <= 0.5001


@pytest.mark.parametrize("where", [(0, 3, 0), (0, 0, 2), (-1, 0, 0), (0, -1, 0), (9, 1, 0)])
def test_tiles_that_do_not_exist(where):
    with pytest.raises(ParameterError, match="no tile"):
        raw_tile(PLANE, *where)


@pytest.mark.parametrize(("shape", "levels"), [((256, 256), 1), ((1, 1), 1), ((257, 10), 2), ((20_000, 20_000), 8)])
def test_levels_end_when_one_tile_holds_all(shape, levels):
    assert n_levels(Image(np.broadcast_to(np.uint8(0), (1, 1, 1, *shape)))) == levels


def test_channels_are_windowed_coloured_and_added():
    first, second = np.full((4, 4), 100, np.uint16), np.full((4, 4), 3, np.uint16)
    views = (ChannelView(0, (0, 200), (0, 255, 255)), ChannelView(1, (0, 3), (255, 0, 128)))
    shown = tile(image_of(first, second), 0, 0, 0, views=views)
    assert shown.shape == (4, 4, 3)
    assert shown[0, 0].tolist() == [255, 128, 255]
    with pytest.raises(ParameterError, match="at least one channel"):
        tile(image_of(first), 0, 0, 0, views=())


def test_colours_are_shown_as_they_are():
    colours = RNG.integers(0, 256, (3, 20, 30)).astype(np.uint8)
    image = image_of(*colours, is_rgb=True)
    assert np.array_equal(tile(image, 0, 0, 0, views=default_views(image)), colours.transpose(1, 2, 0))
    assert np.array_equal(thumbnail(image), colours.transpose(1, 2, 0))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int8", "int32", "uint32", "float32", "float64"])
def test_thumbnails_keep_the_aspect_ratio(dtype):
    image = Image((PLANE % 120).astype(dtype)[None, None, None])
    assert thumbnail(image, 64).shape == (37, 64, 3)
    assert thumbnail(image, 5_000).shape == (301, 517, 3)
    assert thumbnail(Image(np.zeros((1, 1, 1, 3, 900), np.uint8)), 30).shape == (1, 30, 3)
    with pytest.raises(ParameterError, match="at least 1"):
        thumbnail(image, 0)


def test_a_thumbnail_of_a_gradient_is_a_gradient():
    ramp = np.broadcast_to(np.linspace(0, 50_000, 4_000).astype(np.uint16), (3_000, 4_000))
    small = thumbnail(Image(ramp[None, None, None]), 100)[..., 0].astype(int)
    assert np.abs(small - np.linspace(0, 255, 100)[None]).max() <= 3
    assert (np.diff(small[0]) >= 0).all()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3)])
def test_encoded_pictures_open(kind, shape):
    array = np.broadcast_to(np.linspace(0, 255, 30).astype(np.uint8).reshape(1, 30, *[1] * (len(shape) - 2)), shape)
    with PIL.Image.open(io.BytesIO(encode(array, kind))) as picture:
        assert picture.format == kind.upper()
        opened = np.asarray(picture.convert("RGB" if len(shape) == 3 else "L"))
    assert np.abs(opened.astype(int) - array).max() <= (0 if kind == "png" else 12)


def test_png_keeps_sixteen_bits():
    with PIL.Image.open(io.BytesIO(encode(PLANE, "png"))) as picture:
        assert np.array_equal(np.asarray(picture), PLANE)


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (PLANE, "jpeg"),
        (PLANE.astype(float), "png"),
        (np.zeros((2, 2, 4), np.uint8), "png"),
        (np.zeros((2, 2), np.uint8), "gif"),
    ],
)
def test_what_cannot_be_encoded(array, kind):
    with pytest.raises(ParameterError, match="cannot become"):
        encode(array, kind)
