import numpy as np
import pytest

from spheroseg.segmentation.network.card import Normalisation
from spheroseg.segmentation.scale.network_input import NetworkInput

RULE = Normalisation()


def whole(frame):
    return frame.window(0, frame.shape[0], 0, frame.shape[1])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_two_percentiles_become_minus_one_and_one(dtype):
    plane = np.random.default_rng(0).integers(10, 250, (200, 200)).astype(dtype)
    values = whole(NetworkInput(plane, plane.shape, RULE))
    low, high = np.percentile(plane, (0.1, 99.9))
    expected = (plane - low) / (high - low) * 2 - 1
    assert values.dtype == np.float32
    # percentiles of float planes are read from a histogram of 65,536 bins
    np.testing.assert_allclose(values, expected, atol=1e-4)


def test_values_far_outside_are_limited():
    plane = np.full((100, 100), 50, dtype=np.uint16)
    plane[:50] = 60
    plane[3, 3], plane[4, 4] = 60_000, 0
    values = whole(NetworkInput(plane, plane.shape, RULE))
    assert values.max() == 3.0
    assert values.min() == -3.0


@pytest.mark.parametrize("shape", [(200, 300), (80, 120), (400, 600)])
def test_what_is_not_kept_is_the_same(shape):
    plane = np.random.default_rng(1).integers(0, 4095, (200, 300)).astype(np.uint16)
    kept = NetworkInput(plane, shape, RULE)
    streamed = NetworkInput(plane, shape, RULE, whole_up_to_px=0)
    # the percentiles come from whole rows instead of all of them
    np.testing.assert_allclose(streamed.window(20, 60, 30, 90), kept.window(20, 60, 30, 90), atol=0.05)


def test_beyond_the_edge_the_plane_is_mirrored():
    plane = np.random.default_rng(2).integers(0, 255, (40, 50)).astype(np.uint8)
    frame = NetworkInput(plane, plane.shape, RULE)
    np.testing.assert_array_equal(frame.window(-8, 64, -3, 70), np.pad(whole(frame), ((8, 24), (3, 20)), "reflect"))


@pytest.mark.parametrize("value", [0.0, 17.0, np.nan])
def test_a_constant_plane_is_said_to_be_one(value):
    frame = NetworkInput(np.full((30, 30), value, dtype=np.float32), (30, 30), RULE)
    assert frame.constant
    assert np.isfinite(whole(frame)).all()


def test_missing_values_are_no_edge():
    plane = np.random.default_rng(3).normal(100, 5, (64, 64)).astype(np.float32)
    holed = plane.copy()
    holed[20:24, 20:24] = np.nan
    holed[0, 0] = np.inf
    values = whole(NetworkInput(holed, holed.shape, RULE))
    assert np.isfinite(values).all()
    assert abs(values[21, 21] - np.median(values)) < 0.05
    assert (holed[20:24, 20:24] != holed[20:24, 20:24]).all()


def test_a_few_bright_pixels_on_nothing_are_seen():
    plane = np.zeros((400, 400), dtype=np.uint8)
    plane[7, 7:9] = 200
    frame = NetworkInput(plane, plane.shape, RULE)
    assert not frame.constant
    assert whole(frame)[7, 7] == 1.0
