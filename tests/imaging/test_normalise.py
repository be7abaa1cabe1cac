import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.fixtures.images import image_of

from spheroseg.errors import ParameterError
from spheroseg.imaging import luminance, normalise, percentile_range

RNG = np.random.default_rng(0)


def test_luminance_of_grey_is_the_plane_itself():
    plane = RNG.integers(0, 60_000, (9, 7)).astype(np.uint16)
    image = image_of(plane, plane + 1)
    assert np.shares_memory(luminance(image), image.data)
    assert np.array_equal(luminance(image), plane)
    assert np.array_equal(luminance(image, c=1), plane + 1)
    with pytest.raises(ParameterError, match="c=2"):
        luminance(image, c=2)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_luminance_of_colours_is_rec_601(dtype):
    colours = RNG.integers(0, 250, (3, 2100, 5)).astype(dtype)
    luma = luminance(image_of(*colours, is_rgb=True))
    assert luma.dtype == np.float32
    assert np.allclose(luma, 0.299 * colours[0] + 0.587 * colours[1] + 0.114 * colours[2], rtol=1e-5)
    grey = image_of(colours[0], colours[0], colours[0], is_rgb=True)
    assert np.allclose(luminance(grey), colours[0], rtol=1e-5)
    assert np.array_equal(luminance(grey, c=2), colours[0])


@settings(deadline=None, max_examples=200)
@given(
    plane=st.sampled_from(["uint8", "uint16", "int16", "uint32", "float32"]).flatmap(
        lambda dtype: hnp.arrays(
            dtype,
            hnp.array_shapes(min_dims=2, max_dims=2, max_side=20),
            elements=st.floats(-1000, 1000, width=32) if dtype == "float32" else None,
        )
    ),
    low=st.floats(0, 50),
    high=st.floats(50, 100),
)
def test_percentiles_are_those_of_numpy(plane, low, high):
    assert percentile_range(plane, low, high) == pytest.approx(
        tuple(np.percentile(plane.astype(np.float64), (low, high))), rel=1e-6, abs=1e-4
    )


def test_large_planes_are_sampled():
    plane = RNG.normal(1000, 50, (3000, 3000)).astype(np.uint16)
    exact = np.percentile(plane, (1, 99))
    assert np.abs(np.array(percentile_range(plane, 1, 99)) - exact).max() <= 2


def test_percentiles_leave_out_what_is_not_finite():
    plane = np.array([[1.0, 2.0, 3.0], [np.nan, np.inf, -np.inf]])
    assert percentile_range(plane, 0, 100) == (1, 3)
    assert percentile_range(np.full((2, 2), np.nan), 0, 100) == (0, 0)


@pytest.mark.parametrize(("low", "high"), [(-1, 50), (60, 50), (0, 101), (float("nan"), 50)])
def test_impossible_percentiles(low, high):
    with pytest.raises(ParameterError, match="percentiles"):
        percentile_range(np.zeros((2, 2)), low, high)


def test_an_empty_plane_has_none():
    with pytest.raises(ParameterError, match="empty"):
        percentile_range(np.zeros((0, 2)), 0, 100)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32", "float64"])
def test_normalise_is_not_clipped(dtype):
    plane = np.arange(100, dtype=dtype).reshape(10, 10)
    scaled = normalise(plane, 10, 90)
    assert scaled.dtype == np.float32
    low, high = np.percentile(plane, (10, 90))
    assert np.allclose(scaled, (plane - low) / (high - low), atol=1e-6)
    assert scaled.min() < 0
    assert scaled.max() > 1
    assert plane[0, 0] == 0  # untouched


def test_normalise_keeps_small_differences_on_a_large_offset():
    plane = 1e9 + np.arange(100, dtype=np.float64).reshape(10, 10)
    assert np.allclose(normalise(plane, 0, 100), np.arange(100).reshape(10, 10) / 99, atol=1e-6)


def test_normalise_of_special_planes():
    assert np.array_equal(normalise(np.full((3, 3), 7, np.uint16)), np.zeros((3, 3)))
    sparse = np.zeros((50, 50), np.uint8)
    sparse[3, 3] = 200
    assert normalise(sparse, 0.1, 99.9)[3, 3] == 1
    odd = np.array([[0.0, 1.0], [np.nan, np.inf]])
    assert np.array_equal(normalise(odd, 0, 100), [[0, 1], [0, 1]])
