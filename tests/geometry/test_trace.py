from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.geometry import Polygons, rasterise, trace
from spheroseg.geometry.geos import all_to_geos

SHAPES = st.tuples(st.integers(1, 14), st.integers(1, 14))


def label_images(largest: int = 4) -> st.SearchStrategy[NDArray[np.uint16]]:
    return SHAPES.flatmap(lambda shape: arrays(np.uint16, shape, elements=st.integers(0, largest)))


def shoelace(ring: NDArray[np.float64]) -> float:
    x, y = ring.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2


def assert_faithful(labels: NDArray[Any]) -> None:
    polygons = trace(labels)
    assert_array_equal(rasterise(polygons, labels.shape, dtype=np.uint64), labels.astype(np.uint64))
    geometries = all_to_geos(polygons)
    assert shapely.is_valid(geometries).all()
    net: dict[int, float] = {}
    for polygon, geometry in zip(polygons, geometries, strict=True):
        net[polygon.label] = net.get(polygon.label, 0) + geometry.area
        assert shoelace(polygon.exterior) > 0
        assert all(shoelace(hole) < 0 for hole in polygon.holes)
        for ring in polygon.rings:
            step = np.roll(ring, -1, axis=0) - ring
            turn = step[:, 0] * np.roll(step[:, 1], -1) - step[:, 1] * np.roll(step[:, 0], -1)
            assert (turn != 0).all()  # corners only
    values, counts = np.unique(labels[labels > 0], return_counts=True)
    assert net == {int(value): count for value, count in zip(values, counts, strict=True)}


@settings(deadline=None, max_examples=300)
@given(label_images())
def test_any_label_image_survives_and_every_polygon_is_valid(labels):
    assert_faithful(labels)


@settings(deadline=None, max_examples=200)
@given(label_images(1))
def test_any_mask_with_its_pinches_and_islands_survives(labels):
    assert_faithful(labels)


def test_random_noise_of_a_larger_image_survives():
    rng = np.random.default_rng(3)
    assert_faithful((rng.random((120, 150)) < 0.6).astype(np.uint8))
    assert_faithful(rng.integers(0, 3, (90, 70)))


def test_a_lone_pixel_is_its_square():
    (polygon,) = trace(np.pad(np.ones((1, 1), np.uint8), ((2, 0), (3, 0))))
    assert {tuple(point) for point in polygon.exterior} == {(3, 2), (4, 2), (4, 3), (3, 3)}
    assert polygon.holes == ()


def test_pixels_that_meet_at_a_corner_are_two_parts():
    assert [p.label for p in trace(np.array([[1, 0], [0, 1]], np.uint8))] == [1, 1]


def test_a_ring_that_closes_only_at_a_corner_has_a_hole():
    labels = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 1]], np.uint8)
    (polygon,) = trace(labels)
    assert len(polygon.holes) == 1
    assert shapely.Polygon(polygon.exterior, polygon.holes).is_valid


def test_two_holes_that_meet_at_a_corner_stay_two():
    labels = np.ones((4, 4), np.uint8)
    labels[1, 1] = labels[2, 2] = 0
    (polygon,) = trace(labels)
    assert [abs(shoelace(hole)) for hole in polygon.holes] == [1, 1]


def test_an_island_in_a_hole_belongs_to_itself():
    labels = np.full((7, 7), 5, np.int32)
    labels[1:6, 1:6] = 0
    labels[3, 3] = 9
    polygons = trace(labels)
    assert [(p.label, len(p.holes)) for p in polygons] == [(5, 1), (9, 0)]


def test_polygons_come_in_ascending_order_of_label_and_parts_in_raster_order():
    labels = np.array([[3, 0, 1, 0, 3], [0, 0, 0, 0, 0], [2, 0, 3, 0, 1]])
    polygons = trace(labels)
    assert polygons.labels.tolist() == [1, 1, 2, 3, 3, 3]
    assert [tuple(p.exterior.min(axis=0)) for p in polygons][:2] == [(2, 0), (4, 2)]


@pytest.mark.parametrize(
    "dtype", [np.bool_, np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.uint64, np.int64, ">u2", ">i4"]
)
def test_every_integer_dtype_gives_the_same_outline(dtype):
    labels = np.zeros((6, 5), dtype)
    labels[1:5, 2:4] = 1
    (polygon,) = trace(labels)
    assert shoelace(polygon.exterior) == 8


@pytest.mark.parametrize(
    ("dtype", "value"), [(np.uint32, 4_000_000_000), (np.int64, 2**62 + 1), (np.uint64, 2**63 - 1)]
)
def test_huge_sparse_labels_keep_their_numbers(dtype, value):
    labels = np.zeros((5, 5), dtype)
    labels[1:3, 1:3] = value
    labels[4, 4] = 7
    polygons = trace(labels)
    assert polygons.labels.tolist() == [7, value]
    assert_array_equal(rasterise(polygons, (5, 5), dtype=np.int64), labels.astype(np.int64))


def test_strided_read_only_and_transposed_images():
    labels = np.zeros((40, 30), np.uint16)
    labels[4:20, 6:18] = 3
    labels[10:14, 8:12] = 0
    labels.flags.writeable = False
    for view in (labels, labels.T, labels[::2, ::3], labels[::-1]):
        assert_faithful(view)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0), (3, 3)])
def test_an_empty_image_has_no_outline(shape):
    polygons = trace(np.zeros(shape, np.uint32))
    assert len(polygons) == 0
    assert isinstance(polygons, Polygons)
    assert polygons.vertices.shape == (0, 2)
    assert rasterise(polygons, shape).shape == shape


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (np.zeros((3, 3)), "whole numbers"),
        (np.zeros((3, 3, 3), np.uint8), r"\(y, x\)"),
        (np.array([[0, -1]]), "holds -1"),
        (np.array([[2**63]], np.uint64), "2⁶³"),
    ],
)
def test_what_is_no_label_image_is_refused(labels, reason):
    with pytest.raises(ParameterError, match=reason):
        trace(labels)


def test_confidences_by_mapping_and_by_order():
    labels = np.array([[1, 0, 2, 0, 9]])
    by_order = trace(labels, confidences=[0.5, 0.25])
    by_label = trace(labels, class_name="cell", confidences={9: 0.75})
    assert [p.confidence for p in by_order] == [0.5, 0.25, None]
    assert [p.confidence for p in by_label] == [None, None, 0.75]
    assert {p.class_name for p in by_label} == {"cell"}
