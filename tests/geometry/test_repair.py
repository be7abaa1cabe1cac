import re
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spheroseg.errors import GeometryError
from spheroseg.geometry import Polygon, repair
from spheroseg.geometry.geos import to_geos


def polygon(points: Any, *holes: Any) -> Polygon:
    return Polygon(np.array(points, dtype=float), tuple(np.array(hole, dtype=float) for hole in holes), label=4)


SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]


def test_a_valid_polygon_comes_back_as_it_is_without_a_note():
    given_one = polygon(SQUARE, [[2, 2], [2, 4], [4, 4]])
    (result,), notes = repair(given_one)
    assert notes == []
    assert np.array_equal(result.exterior, given_one.exterior)
    assert np.array_equal(result.holes[0], given_one.holes[0])


@pytest.mark.parametrize(
    ("broken", "note", "parts", "area"),
    [
        (polygon([*SQUARE, SQUARE[0]]), "repeated its first vertex", 1, 100),
        (polygon([[0, 0], [0, 0], *SQUARE[1:], [0, 10]]), r"left out \(2\)", 1, 100),
        (polygon(SQUARE[::-1]), "other way round", 1, 100),
        (polygon(SQUARE, [[2, 2], [4, 2], [4, 4]]), "hole 1 was walked the other way", 1, 98),
        (polygon(SQUARE, [[2, 2], [3, 3], [4, 4]]), "hole 1 encloses no area", 1, 100),
        (polygon(SQUARE, [[20, 20], [20, 24], [24, 24]]), "hole lies outside shell", 1, 100),
        (polygon([[0, 0], [10, 10], [10, 0], [0, 10]]), "self-intersection.*2 parts", 2, 50),
        (polygon([[0, 0], [10, 0], [10, 10], [5, 0], [0, 10]]), "self-intersection", 2, 50),
        (polygon([[0, 0], [10, 0], [20, 0], [10, 0], [10, 10], [0, 10]]), "self-intersection", 1, 100),
    ],
)
def test_what_can_be_repaired_is_repaired_with_a_note(broken, note, parts, area):
    pieces, notes = repair(broken)
    assert len(pieces) == parts
    assert sum(to_geos(piece).area for piece in pieces) == pytest.approx(area)
    assert shapely.is_valid([to_geos(piece) for piece in pieces]).all()
    assert {piece.label for piece in pieces} == {4}
    assert re.search(note, "; ".join(notes))


def test_what_lies_outside_of_the_image_is_cut_off():
    (inside,), notes = repair(polygon([[-5, 2], [5, 2], [5, 6], [-5, 6]]), shape=(10, 10))
    assert to_geos(inside).area == 20
    assert notes == ["20 px² outside of the image of 10 × 10 px were cut off"]
    assert repair(polygon(SQUARE), shape=(10, 10))[1] == []


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (polygon([[0, 0], [5, 5], [9, 9]]), "no area"),
        (polygon([[1, 1], [1, 1], [1, 1]]), "no area"),
        (polygon([[0, 0], [np.nan, 1], [5, 5]]), "vertex 2 is not a finite number"),
        (polygon(SQUARE, [[1, 1], [2, np.inf], [2, 2]]), "hole 1: vertex 2"),
        (polygon([[20, 20], [30, 20], [30, 30]]), "outside of the image of 12 × 10 px"),
    ],
)
def test_what_cannot_be_repaired_is_refused_with_the_reason(broken, reason):
    with pytest.raises(GeometryError, match=reason):
        repair(broken, shape=(10, 12))


coordinates = st.one_of(st.integers(-3, 8).map(float), st.floats(-50, 50), st.sampled_from([np.nan, np.inf]))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=12))
def test_any_ring_is_made_valid_or_refused(points):
    try:
        pieces, notes = repair(polygon(points), shape=(9, 9))
    except GeometryError:
        return  # refused: fine for rings of random points
    assert pieces
    for piece in pieces:
        geometry = to_geos(piece)
        assert geometry.is_valid
        assert geometry.area > 0
        assert shapely.box(0, 0, 9, 9).buffer(1e-9).covers(geometry)
    assert len(pieces) == 1 or notes
