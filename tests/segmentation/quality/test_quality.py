import numpy as np
import pytest
from scipy import ndimage

from spheroseg.segmentation import IMAGE_FLAGS, OBJECT_FLAGS, SplitRule, split
from spheroseg.segmentation.quality.confidence import calibrated, diameter_intervals, stability
from spheroseg.segmentation.quality.edges import collect
from spheroseg.segmentation.quality.flags import image_flags, object_flags


def blurred_discs(shape, discs, sigma):
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    mask = np.zeros(shape)
    for cy, cx, radius in discs:
        mask = np.maximum(mask, np.hypot(y - cy, x - cx) <= radius)
    return (ndimage.gaussian_filter(mask, sigma) * 255).astype(np.uint8)


def statistics_of(probability, plane, **options):
    found = split(probability, probability, SplitRule())
    return collect(found.labels, probability, plane, found.areas_px, **options)


def flags_of(probability, plane):
    statistics = statistics_of(probability, plane)
    return object_flags(statistics, stability(statistics))


def test_a_sharp_outline_is_stabler_than_a_soft_one():
    shape = (100, 100)
    sharp = statistics_of(blurred_discs(shape, [(50, 50, 25)], 0.7), np.zeros(shape, np.uint8))
    soft = statistics_of(blurred_discs(shape, [(50, 50, 25)], 8.0), np.zeros(shape, np.uint8))
    assert stability(sharp)[0] > 0.95
    assert stability(soft)[0] < 0.75


def test_the_diameter_interval_is_where_the_two_thresholds_draw_the_line():
    # a probability that falls by 0.02 a pixel: 0.7 lies 10 px inside and 0.3 10 px outside of 0.5
    y, x = np.mgrid[0:201, 0:201]
    probability = np.clip(127.5 - (np.hypot(y - 100, x - 100) - 50) * 0.02 * 255, 0, 255).astype(np.uint8)
    low, high = diameter_intervals(statistics_of(probability, probability))[0]
    assert low == pytest.approx(80, abs=0.7)
    assert high == pytest.approx(120, abs=0.7)


def test_an_object_and_the_smaller_ones_that_touch_it():
    labels = np.zeros((30, 60), np.uint32)
    labels[5:25, 5:25], labels[5:15, 25:35], labels[20:25, 25:30], labels[5:25, 40:50] = 1, 2, 3, 4
    areas = np.bincount(labels.ravel())[1:]
    probability = np.where(labels > 0, 255, 0).astype(np.uint8)
    found = collect(labels, probability, probability, areas)
    assert found.area_together.tolist() == [400 + 100 + 25, 100, 25, 200]
    low, high = diameter_intervals(found, (1.0, 0.01)).T
    own = 2 * np.sqrt(areas / np.pi)
    np.testing.assert_allclose(low, own * np.exp(-0.01))
    np.testing.assert_allclose(high, own * np.exp(0.01) * np.sqrt([525 / 400, 1, 1, 1]))


def test_a_band_between_two_objects_is_counted_once():
    probability = np.zeros((20, 40), np.uint8)
    probability[5:15, 5:15] = probability[5:15, 20:30] = 255
    probability[5:15, 15:20] = 100
    statistics = statistics_of(probability, probability)
    assert statistics.area_low.sum() == 250
    assert statistics.area.sum() == 200


@pytest.mark.parametrize("pixels_at_once", [90, 90 * 7, 90 * 40])
def test_the_sums_do_not_depend_on_the_pieces(pixels_at_once):
    rng = np.random.default_rng(4)
    probability = (ndimage.gaussian_filter(rng.random((120, 90)), 4) * 255).astype(np.uint8)
    probability = ((probability - probability.min()) / np.ptp(probability) * 255).astype(np.uint8)
    plane = rng.integers(0, 255, probability.shape, dtype=np.uint8)
    whole, parts = statistics_of(probability, plane), statistics_of(probability, plane, pixels_at_once=pixels_at_once)
    for name in ("area", "area_low", "area_high", "area_together", "on_border", "saturated", "edges"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


def test_an_object_at_the_edge_is_flagged():
    probability = blurred_discs((80, 120), [(40, 5, 15), (40, 80, 15), (70, 50, 12)], 0.7)
    flags = flags_of(probability, probability)
    assert ["touches_border" in codes for codes in flags] == [True, False, True]


def test_a_blurred_edge_is_flagged_and_a_sharp_one_is_not():
    shape = (160, 160)
    discs = [(80, 80, 40)]
    probability = blurred_discs(shape, discs, 0.7)
    noise = np.random.default_rng(0).normal(0, 2, shape)
    sharp = blurred_discs(shape, discs, 1.0) * 0.5 + 50 + noise
    blurred = blurred_discs(shape, discs, 12.0) * 0.5 + 50 + noise
    assert flags_of(probability, sharp.astype(np.uint16)) == ((),)
    assert flags_of(probability, blurred.astype(np.uint16)) == (("out_of_focus",),)


def test_an_object_that_drowns_in_noise_is_flagged():
    probability = blurred_discs((160, 160), [(80, 80, 40)], 0.7)
    noise = np.random.default_rng(0).normal(100, 20, probability.shape)
    assert flags_of(probability, (noise + probability * 0.02).astype(np.uint16)) == (("low_contrast",),)


def test_saturation_is_flagged_for_integers_only():
    probability = blurred_discs((100, 100), [(50, 50, 20)], 0.7)
    plane = np.where(probability > 127, 255, 40).astype(np.uint8)
    assert "saturated" in flags_of(probability, plane)[0]
    assert "saturated" not in flags_of(probability, plane.astype(np.float32))[0]


def test_a_small_uncertain_object_beside_large_ones_is_debris():
    probability = blurred_discs((120, 200), [(60, 50, 40), (60, 150, 40)], 0.7)
    speck = (blurred_discs((120, 200), [(20, 100, 8)], 4.0) * 0.9).astype(np.uint8)
    flags = flags_of(np.maximum(probability, speck), np.maximum(probability, speck))
    assert ["debris" in codes for codes in flags].count(True) == 1


def test_calibration_follows_its_points():
    assert calibrated(np.array([0.2, 0.5]), ()).tolist() == [0.2, 0.5]
    points = ((0.4, 0.0), (0.8, 0.6), (1.0, 1.0))
    np.testing.assert_allclose(calibrated(np.array([0.1, 0.6, 0.9, 1.0]), points), [0.0, 0.3, 0.8, 1.0])


def test_the_flags_of_an_image():
    plane = np.arange(12.0).reshape(3, 4)
    assert image_flags(plane, 2, None) == ()
    assert image_flags(plane, 2, 1) == ("several_objects",)
    assert image_flags(plane, 1, 1) == ()
    assert image_flags(np.zeros((3, 3)), 0, 1) == ("empty", "no_contrast")
    plane[1, 1] = np.nan
    assert image_flags(plane, 1, None) == ("missing_values",)
    assert image_flags(np.full((2, 2), np.nan), 0, None) == ("empty", "no_contrast", "missing_values")


def test_every_code_has_a_meaning():
    assert all(OBJECT_FLAGS.values())
    assert all(IMAGE_FLAGS.values())


def test_no_object_no_flags():
    nothing = np.zeros((10, 10), np.uint8)
    assert flags_of(nothing, nothing) == ()
