import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spheroseg.segmentation.scale.resampling import at_image_resolution, enlarge_map, reflect, resample, smoothed

SIDES = st.integers(1, 40)


@given(SIDES, SIDES, SIDES, SIDES, st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_a_window_is_cut_from_the_whole_to_the_last_bit(height, width, new_height, new_width, seed):
    rng = np.random.default_rng(seed)
    plane = rng.integers(0, 65535, (height, width), dtype=np.uint16)
    mask = rng.integers(0, 255, (height, width), dtype=np.uint8)
    y0, x0 = int(rng.integers(0, new_height)), int(rng.integers(0, new_width))
    y1, x1 = int(rng.integers(y0 + 1, new_height + 1)), int(rng.integers(x0 + 1, new_width + 1))
    shape = (new_height, new_width)
    np.testing.assert_array_equal(resample(plane, shape, (y0, y1, x0, x1)), resample(plane, shape)[y0:y1, x0:x1])
    np.testing.assert_array_equal(enlarge_map(mask, shape, (y0, y1, x0, x1)), enlarge_map(mask, shape)[y0:y1, x0:x1])


@pytest.mark.parametrize("shape", [(50, 70), (33, 41), (10, 99), (1, 1)])
def test_shrinking_averages_areas(shape):
    plane = np.random.default_rng(2).uniform(0, 1, (100, 140)).astype(np.float32)
    expected = cv2.resize(plane, shape[::-1], interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(resample(plane, shape), expected, atol=2e-6)


def test_shrinking_keeps_the_mean():
    plane = np.random.default_rng(3).integers(0, 255, (97, 131), dtype=np.uint8)
    assert resample(plane, (23, 57)).mean() == pytest.approx(plane.mean(), rel=1e-5)


def test_growing_follows_a_parabola_exactly():
    # Catmull–Rom reproduces polynomials up to degree two away from the edges
    x = np.arange(20, dtype=np.float32)
    plane = np.repeat((x**2)[None], 5, axis=0)
    grown = resample(plane, (5, 60))
    centres = (np.arange(60) + 0.5) / 3 - 0.5
    np.testing.assert_allclose(grown[2, 6:-6], centres[6:-6] ** 2, rtol=1e-4)


@given(SIDES, SIDES, st.integers(0, 255))
@settings(max_examples=30, deadline=None)
def test_a_constant_stays_constant(new_height, new_width, value):
    plane = np.full((7, 9), value, dtype=np.uint8)
    np.testing.assert_allclose(resample(plane, (new_height, new_width)), value, rtol=1e-5)
    assert (enlarge_map(plane, (new_height, new_width)) == value).all()


def test_a_disc_keeps_its_place_and_area_in_a_map_eight_times_larger():
    y, x = np.mgrid[0:64, 0:64]
    disc = (np.clip(15.5 - np.hypot(y - 30, x - 33), 0, 1) * 255).astype(np.uint8)
    large = at_image_resolution(disc, (512, 512)) >= 128
    assert large.sum() == pytest.approx(np.pi * (15 * 8) ** 2, rel=0.01)
    rows, columns = np.nonzero(large)
    assert rows.mean() == pytest.approx(30 * 8 + 3.5, abs=0.3)
    assert columns.mean() == pytest.approx(33 * 8 + 3.5, abs=0.3)


def test_smoothing_in_pieces_is_smoothing():
    plane = np.random.default_rng(6).integers(0, 255, (1000, 20_000), dtype=np.uint8)
    expected = cv2.GaussianBlur(plane, (0, 0), 2.5)
    np.testing.assert_array_equal(smoothed(plane, 2.5), expected)
    assert smoothed(plane, 0.1) is plane


def test_missing_values_take_the_given_value():
    plane = np.array([[1.0, np.nan], [np.inf, -np.inf]], dtype=np.float32)
    assert resample(plane, (2, 2), missing=5.0).tolist() == [[1.0, 5.0], [5.0, 5.0]]


@given(st.integers(1, 12), st.integers(-60, 60))
@settings(max_examples=60, deadline=None)
def test_reflection_is_that_of_numpy(size, index):
    expected = np.pad(np.arange(size), 60, mode="reflect")[index + 60] if size > 1 else 0
    assert reflect(np.array([index]), size)[0] == expected if index < size + 60 else True
