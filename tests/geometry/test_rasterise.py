from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from spheroseg.errors import GeometryError, ParameterError
from spheroseg.geometry import Polygon, Polygons, rasterise


def polygon(points: Any, holes: Any = (), label: int = 1) -> Polygon:
    return Polygon(np.array(points, dtype=float), tuple(np.array(hole, dtype=float) for hole in holes), label)


def centres_inside(geometry: shapely.Polygon, shape: tuple[int, int]) -> NDArray[np.bool_]:
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    inside: NDArray[np.bool_] = np.asarray(shapely.contains_xy(geometry, x.ravel(), y.ravel())).reshape(shape)
    return inside


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(3, 12))
def test_a_pixel_belongs_if_its_centre_is_inside(seed, n):
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.random(n)) * 2 * np.pi
    radii = rng.uniform(2, 9, n)
    ring = np.column_stack([10.3 + radii * np.cos(angles), 8.7 + radii * np.sin(angles)])
    star = shapely.Polygon(ring)
    if not star.is_valid:
        return
    drawn = rasterise([polygon(ring)], (18, 20))
    assert_array_equal(drawn > 0, centres_inside(star, (18, 20)))


def test_sub_pixel_squares():
    assert rasterise([polygon([(0.6, 0.6), (1.4, 0.6), (1.4, 1.4), (0.6, 1.4)])], (3, 3)).sum() == 0
    assert_array_equal(
        rasterise([polygon([(0.4, 0.4), (1.6, 0.4), (1.6, 1.6), (0.4, 1.6)])], (3, 3)),
        [[1, 1, 0], [1, 1, 0], [0, 0, 0]],
    )


def test_polygons_that_share_an_edge_through_pixel_centres_leave_no_gap_and_no_overlap():
    left = polygon([(0, 0), (4.5, 0), (1.5, 6), (0, 6)], label=1)
    right = polygon([(4.5, 0), (6, 0), (6, 6), (1.5, 6)], label=2)
    both = rasterise([left, right], (6, 6))
    assert (both > 0).all()
    assert_array_equal(rasterise([right, left], (6, 6)), both)


def test_holes_are_left_out_and_later_polygons_win():
    ring = polygon([(0, 0), (6, 0), (6, 6), (0, 6)], [[(2, 2), (2, 4), (4, 4), (4, 2)]])
    square = polygon([(3, 3), (7, 3), (7, 7), (3, 7)], label=2)
    labels = rasterise([ring, square], (7, 7))
    assert labels[2, 2] == 0
    assert labels[5, 5] == 2
    assert np.count_nonzero(labels == 1) == 36 - 4 - 8


def test_crossing_rings_are_filled_by_the_even_odd_rule():
    bow_tie = polygon([(0, 0), (8, 8), (8, 0), (0, 8)])
    labels = rasterise([bow_tie], (8, 8))
    assert labels[1, 4] == 0
    assert labels[4, 1] == labels[4, 6] == 1


def test_what_lies_outside_is_cut_off():
    huge = polygon([(-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9)])
    away = polygon([(50, 50), (60, 50), (60, 60)], label=2)
    assert (rasterise([huge, away], (5, 4)) == 1).all()
    assert rasterise([away], (5, 4)).sum() == 0
    half = polygon([(-2, -2), (2, -2), (2, 2), (-2, 2)])
    assert rasterise([half], (5, 4)).sum() == 4


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.uint32, np.int64])
def test_dtypes(dtype):
    labels = rasterise(
        [polygon([(0, 0), (2, 0), (2, 2)], label=200 if dtype is np.uint8 else 300)], (2, 2), dtype=dtype
    )
    assert labels.dtype == dtype
    assert labels.max() in {200, 300}


def test_what_cannot_be_drawn_is_refused():
    triangle = [(0, 0), (2, 0), (2, 2)]
    with pytest.raises(ParameterError, match="do not fit"):
        rasterise([polygon(triangle, label=256)], (2, 2), dtype=np.uint8)
    with pytest.raises(ParameterError, match="do not fit"):
        rasterise([polygon(triangle, label=0)], (2, 2))
    with pytest.raises(ParameterError, match="whole numbers"):
        rasterise([], (2, 2), dtype=np.float32)
    with pytest.raises(ParameterError, match="shape"):
        rasterise([], (-1, 2))
    with pytest.raises(GeometryError, match="finite"):
        rasterise([polygon([(0, 0), (np.inf, 0), (2, 2)])], (2, 2))


def test_polygons_and_lists_draw_the_same():
    items = [polygon([(0, 0), (3, 0), (3, 3)], label=k + 1) for k in range(3)]
    assert_array_equal(rasterise(items, (3, 3)), rasterise(Polygons.from_list(items), (3, 3)))
