"""Maps that were stored give the objects that the engine gave, and those of another threshold, without the engine."""

import json

import numpy as np
import pytest

from spheroseg.errors import ParameterError
from spheroseg.segmentation import Maps, classical, objects_from, rethreshold


@pytest.fixture(scope="module")
def plane():
    y, x = np.mgrid[:120, :160]
    inside = np.maximum(30 - np.hypot(y - 50, x - 45), 22 - np.hypot(y - 60, x - 120))
    soft = np.clip(inside / 12 + 0.5, 0, 1)  # edges of twelve pixels
    return (40 + 120 * soft + np.random.default_rng(0).normal(0, 2, soft.shape)).astype(np.uint8)


def stored(prediction):
    """The maps on their way through a file: plain values as JSON, arrays as they are."""
    maps = Maps.of(prediction)
    return Maps.from_parts(json.loads(json.dumps(maps.about)), maps.arrays)


def test_stored_maps_give_the_same_objects(plane):
    found = classical(plane, expected_objects=1)
    again = objects_from(stored(found), plane, expected_objects=1)
    np.testing.assert_array_equal(again.labels, found.labels)
    np.testing.assert_array_equal(again.confidences, found.confidences)
    np.testing.assert_array_equal(again.diameter_intervals_px, found.diameter_intervals_px)
    assert (again.flags, again.image_flags, again.rule, again.scale) == (
        found.flags, found.image_flags, found.rule, found.scale,
    )  # fmt: skip
    assert "several_objects" in again.image_flags


def test_another_threshold_gives_what_a_prediction_would_give(plane):
    found = classical(plane)
    again = objects_from(stored(found), plane, threshold=0.3)
    np.testing.assert_array_equal(again.labels, rethreshold(found, plane, 0.3).labels)
    assert again.labels.astype(bool).sum() > found.labels.astype(bool).sum()


def test_a_threshold_that_cannot_be_is_refused(plane):
    with pytest.raises(ParameterError, match="between 0 and 1"):
        objects_from(Maps.of(classical(plane)), plane, threshold=1.0)
