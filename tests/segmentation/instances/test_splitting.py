import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from spheroseg.errors import ParameterError
from spheroseg.segmentation import SplitRule, split
from spheroseg.segmentation.instances.splitting import fill_small_holes


def maps(mask):
    """Probability and distance (of each connected component, its largest is 255) of a mask."""
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    component, _ = ndimage.label(mask)
    largest = ndimage.maximum(distance, component, np.arange(component.max() + 1)) if mask.any() else np.ones(1)
    normalised = distance / np.maximum(np.asarray(largest)[component], 1e-6) * 255
    return mask.astype(np.uint8) * 255, normalised.astype(np.uint8) * mask.astype(np.uint8)


def disc(shape, cy, cx, radius):
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    return np.hypot(y - cy, x - cx) <= radius


def test_touching_discs_are_split_where_they_touch():
    shape = (80, 120)
    found = split(*maps(disc(shape, 40, 40, 20) | disc(shape, 40, 76, 20)), SplitRule())
    assert len(found.areas_px) == 2
    assert abs(found.areas_px[0] - found.areas_px[1]) <= 0.03 * found.areas_px[0]
    columns = np.flatnonzero((found.labels == 1).any(axis=0))
    assert columns.max() in {57, 58, 59}


def test_the_neck_decides_whether_two_discs_are_one():
    shape = (80, 120)
    nearly_one = maps(disc(shape, 40, 50, 20) | disc(shape, 40, 58, 20))
    assert len(split(*nearly_one, SplitRule()).areas_px) == 1
    two = maps(disc(shape, 40, 40, 20) | disc(shape, 40, 72, 20))
    assert len(split(*two, SplitRule(min_depth=0.1)).areas_px) == 2
    assert len(split(*two, SplitRule(min_depth=0.9)).areas_px) == 1


def test_a_ring_keeps_its_hole_and_an_object_inside_is_its_own():
    shape = (90, 90)
    ring = disc(shape, 45, 45, 40) & ~disc(shape, 45, 45, 25)
    probability, _ = maps(ring)
    found = split(probability, np.full(shape, 200, np.uint8), SplitRule(filled_hole_px=16))
    assert len(found.areas_px) == 1
    assert found.areas_px[0] == ring.sum()
    assert found.labels[45, 45] == 0
    probability, _ = maps(ring | disc(shape, 45, 45, 10))
    assert len(split(probability, np.full(shape, 200, np.uint8), SplitRule()).areas_px) == 2


def test_only_holes_up_to_the_given_size_are_filled():
    mask = np.ones((30, 30), dtype=np.uint8)
    mask[5:7, 5:7] = 0
    mask[20, 20:25] = 0
    mask[0, 10] = 0
    filled = fill_small_holes(mask, 4)
    assert filled[5:7, 5:7].all()
    assert not filled[20, 20:25].any()
    assert filled[0, 10] == 0
    assert mask[5, 5] == 0


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.floats(0.3, 0.9))
@settings(max_examples=40, deadline=None)
def test_hole_filling_is_that_of_connected_components(seed, largest, density):
    mask = (np.random.default_rng(seed).random((24, 31)) < density).astype(np.uint8)
    component, n = ndimage.label(1 - mask, np.ones((3, 3)))
    expected = mask.copy()
    for k in range(1, n + 1):
        rows, columns = np.nonzero(component == k)
        inside = rows.min() > 0 and columns.min() > 0 and rows.max() < 23 and columns.max() < 30
        if inside and len(rows) <= largest:
            expected[rows, columns] = 1
    np.testing.assert_array_equal(fill_small_holes(mask, largest), expected)


def random_maps(seed, shape=(40, 53)):
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.random(shape), rng.uniform(0.5, 4))
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    rough = ndimage.gaussian_filter(rng.random(shape), rng.uniform(0.3, 3))
    rough = (rough - rough.min()) / np.ptp(rough)
    levels = rng.integers(3, 256)
    return (smooth * 255).astype(np.uint8), (np.floor(rough * levels) * (255 // levels)).astype(np.uint8)


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.95), st.floats(0.0, 0.6))
@settings(max_examples=80, deadline=None)
def test_objects_are_connected_disjoint_complete_and_in_reading_order(seed, threshold, depth):
    probability, distance = random_maps(seed)
    before = probability.copy(), distance.copy()
    rule = SplitRule(threshold=threshold, min_depth=depth)
    found = split(probability, distance, rule)
    assert (probability == before[0]).all()
    assert (distance == before[1]).all()
    assert found.labels.dtype == np.uint32
    # every pixel above the threshold belongs to exactly one object
    np.testing.assert_array_equal(found.labels > 0, probability >= threshold * 255)
    n = len(found.areas_px)
    np.testing.assert_array_equal(np.bincount(found.labels.ravel(), minlength=n + 1)[1:], found.areas_px)
    first = [int(np.argmax(found.labels.ravel() == label)) for label in range(1, n + 1)]
    assert first == sorted(first)
    for label in range(1, n + 1):
        assert ndimage.label(found.labels == label)[1] == 1
    # no object spans two components, and each component has at least one
    assert n >= ndimage.label(probability >= threshold * 255)[1]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_asking_for_deeper_valleys_gives_fewer_objects(seed):
    probability, distance = random_maps(seed)
    counts = [len(split(probability, distance, SplitRule(min_depth=depth)).areas_px) for depth in (0.0, 0.1, 0.4, 1.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == ndimage.label(probability >= 127.5)[1]


@given(st.integers(0, 2**32 - 1), st.integers(0, 9), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_where_the_objects_lie_in_the_frame_changes_nothing(seed, dy, dx):
    probability, distance = random_maps(seed)
    here = split(probability, distance, SplitRule())
    there = split(np.pad(probability, ((dy, 3), (dx, 2))), np.pad(distance, ((dy, 3), (dx, 2))), SplitRule())
    np.testing.assert_array_equal(there.labels[dy : dy + 40, dx : dx + 53], here.labels)


def test_small_objects_are_left_out_and_counted():
    shape = (60, 60)
    mask = disc(shape, 15, 15, 10) | disc(shape, 45, 45, 2) | disc(shape, 45, 15, 3)
    found = split(*maps(mask), SplitRule(min_area_px=100))
    assert len(found.areas_px) == 1
    assert found.n_too_small == 2


def test_faint_objects_are_left_out_and_counted():
    probability, distance = maps(disc((60, 60), 15, 15, 10) | disc((60, 60), 45, 45, 10))
    probability[30:] //= 2
    probability[30:] += 30  # 0.62 in the lower disc
    probability[probability == 30] = 0
    rule = SplitRule(min_certainty=0.7)
    assert rule.certain_level == 217
    found = split(probability, distance, rule)
    assert (len(found.areas_px), found.n_too_small, found.n_too_faint) == (1, 0, 1)
    assert found.labels[15, 15] == 1
    # a lower threshold asks for less
    assert split(probability, distance, SplitRule(threshold=0.1, min_certainty=0.5)).n_too_faint == 0


def test_one_pixel_and_full_and_empty_frames():
    one = np.full((1, 1), 255, np.uint8)
    assert split(one, one, SplitRule()).labels.tolist() == [[1]]
    full = np.full((5, 7), 255, np.uint8)
    assert (split(full, full, SplitRule()).labels == 1).all()
    assert len(split(full * 0, full, SplitRule()).areas_px) == 0
    # foreground without any distance is still an object
    assert len(split(full, full * 0, SplitRule()).areas_px) == 1


@pytest.mark.parametrize("threshold", [0.0, 1.0, -1.0, float("nan")])
def test_thresholds_outside_the_open_interval_are_refused(threshold):
    with pytest.raises(ParameterError, match="between 0 and 1"):
        SplitRule(threshold=threshold)


def test_maps_that_do_not_fit_are_refused():
    a = np.zeros((4, 4), np.uint8)
    with pytest.raises(ParameterError, match="one shape"):
        split(a, a[:2], SplitRule())
    with pytest.raises(ParameterError, match="uint8"):
        split(a.astype(np.float32), a, SplitRule())
