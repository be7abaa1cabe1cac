import numpy as np
import pytest

from spheroseg.errors import ParameterError
from spheroseg.segmentation import classical

DISCS = [(60.0, 220.0, 25.0), (50.0, 60.0, 30.0), (140.0, 150.0, 22.0)]


def truth(draw_discs):
    return draw_discs((200, 300), DISCS) > 115


def iou(labels, mask):
    return ((labels > 0) & mask).sum() / ((labels > 0) | mask).sum()


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_bright_and_dark_objects_are_found_on_uneven_light(draw_discs, inverted, dtype):
    y, x = np.mgrid[0:200, 0:300]
    plane = draw_discs((200, 300), DISCS).astype(float)
    plane = 230 - plane if inverted else plane
    plane = plane * 0.5 + 60 * x / 300 + 30 * (y / 200) ** 2 + np.random.default_rng(0).normal(0, 4, plane.shape)
    found = classical(plane.clip(0, 255).astype(dtype))
    assert len(found) == 3
    assert iou(found.labels, truth(draw_discs)) > 0.9


def test_rough_objects_of_the_grounds_brightness_are_found(draw_discs):
    mask = truth(draw_discs)
    noise = np.random.default_rng(1).normal(0, 1, mask.shape)
    plane = 120 + noise * np.where(mask, 30, 4)
    assert iou(classical(plane.clip(0, 255).astype(np.uint8)).labels, mask) > 0.7


def test_touching_discs_are_two(draw_discs):
    assert len(classical(draw_discs((120, 160), [(60, 50, 22), (60, 90, 22)]))) == 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 5), (2000, 30)])
def test_any_shape_goes_through(shape):
    plane = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    assert classical(plane).labels.shape == shape


@pytest.mark.parametrize("value", [0.0, 3.0, np.nan])
def test_a_constant_plane_is_empty(value):
    found = classical(np.full((40, 50), value, np.float32))
    assert len(found) == 0
    assert "no_contrast" in found.image_flags


def test_the_plane_is_not_changed_and_the_result_repeats(draw_discs):
    plane = draw_discs((200, 300), DISCS)
    before = plane.copy()
    first, second = classical(plane), classical(plane)
    assert (plane == before).all()
    assert (first.labels == second.labels).all()
    assert first.engine == {"name": "classical"}


def test_a_higher_threshold_draws_tighter(draw_discs):
    plane = draw_discs((200, 300), DISCS).astype(np.float32)
    from scipy import ndimage  # noqa: PLC0415 -- one test

    plane = ndimage.gaussian_filter(plane, 3)
    assert (classical(plane, threshold=0.8).labels > 0).sum() < (classical(plane, threshold=0.3).labels > 0).sum()


def test_senseless_parameters_are_refused():
    with pytest.raises(ParameterError, match="between 0 and 1"):
        classical(np.eye(9), threshold=2.0)
    with pytest.raises(ParameterError, match="pixel size"):
        classical(np.eye(9), diameter_um=10.0)


@pytest.mark.parametrize("radius_px", [60, 150, 200])
@pytest.mark.parametrize("inverted", [False, True])
def test_an_object_that_fills_much_of_the_frame_is_one_object_and_its_corners_none(radius_px, inverted):
    y, x = np.mgrid[0:400, 0:500].astype(np.float32)
    mask = np.hypot(y - 200, x - 250) < radius_px
    plane = 180 + 30 * (x / 500 - 0.5) - 40 * (y / 400 - 0.5) ** 2 - 90 * mask
    plane += np.random.default_rng(0).normal(0, 3, plane.shape).astype(np.float32)
    found = classical((255 - plane if inverted else plane).clip(0, 255).astype(np.uint8))
    assert len(found) == 1
    assert iou(found.labels, mask) > 0.98
