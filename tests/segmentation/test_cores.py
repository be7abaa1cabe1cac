"""Dense cores of whole spheroids."""

from importlib.resources import files

import numpy as np
import pytest

from spheroseg import segment
from spheroseg.errors import ParameterError
from spheroseg.segmentation import core_labels

INVADING = str(files("spheroseg") / "examples" / "example_invading_B03.tif")
Y, X = np.mgrid[:120, :200]


def disc(y, x, radius):
    return np.hypot(Y - y, X - x) <= radius


@pytest.fixture(scope="module")
def two_spheroids():
    """Labels 1 (left) and 2 (right, which begins lower); the core of 1 begins below that of 2, and 1 has a crumb of core."""
    labels = np.zeros(Y.shape, np.uint32)
    labels[disc(50, 50, 45)] = 1
    labels[disc(60, 150, 40)] = 2
    core = np.zeros(Y.shape, np.uint8)
    core[disc(60, 50, 20) & ~disc(60, 50, 5)] = 255
    core[disc(20, 50, 4)] = 255
    core[disc(60, 150, 30)] = 200
    core[disc(10, 110, 6)] = 255  # in neither
    return labels, core


def test_each_core_is_the_largest_piece_with_its_holes_filled(two_spheroids):
    labels, areas, numbers = core_labels(*two_spheroids)
    assert numbers.tolist() == [2, 1]  # in the order of the cores' first pixels
    np.testing.assert_array_equal(labels == 1, disc(60, 150, 30))
    np.testing.assert_array_equal(labels == 2, disc(60, 50, 20))
    assert areas.tolist() == [disc(60, 150, 30).sum(), disc(60, 50, 20).sum()]


def test_a_spheroid_without_a_core_is_left_out(two_spheroids):
    spheroids, core = two_spheroids
    labels, areas, numbers = core_labels(spheroids, np.where(spheroids == 1, core, 127).astype(np.uint8))
    assert (labels.max(), len(areas), numbers.tolist()) == (1, 1, [1])


def test_a_hole_is_not_filled_with_what_is_another_object(two_spheroids):
    spheroids, core = (array.copy() for array in two_spheroids)
    spheroids[disc(60, 50, 5)] = 3
    labels, _, numbers = core_labels(spheroids, core)
    assert 3 not in numbers
    assert not labels[disc(60, 50, 5)].any()


def test_cores_are_measured_with_what_surrounds_them():
    whole, core = segment(INVADING), segment(INVADING, target="core")
    (spheroid,), (body,) = (made.measure().to_dict("records") for made in (whole, core))
    assert body["class_name"] == "core"
    assert 0.5 * spheroid["area_um2"] < body["area_um2"] < spheroid["area_um2"]
    assert body["area_um2"] == pytest.approx(body["core_area_um2"])
    assert body["whole_area_um2"] == pytest.approx(spheroid["area_um2"])
    assert body["invasion_index"] == pytest.approx(spheroid["area_um2"] / body["area_um2"] - 1)
    assert body["equivalent_diameter_low_um"] <= body["equivalent_diameter_um"] <= body["equivalent_diameter_high_um"]
    assert core.run_card.target == "core"
    assert not (core.labels.astype(bool) & ~whole.labels.astype(bool)).any()


def test_an_engine_that_knows_no_cores_says_so():
    with pytest.raises(ParameterError, match="classical outlines no cores"):
        segment(INVADING, model="classical", target="core")
    with pytest.raises(ParameterError, match="'whole' or 'core', not 'rim'"):
        segment(INVADING, target="rim")
