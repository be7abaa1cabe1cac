import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.fixtures.shapes import square

from spheroseg.errors import GeometryError, ParameterError
from spheroseg.geometry import Polygon, Polygons, edit, rasterise, simplify, smooth, trace
from spheroseg.geometry.geos import all_to_geos, to_geos


def disc(radius: float, hole: float = 0.0, size: int = 120) -> Polygon:
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    distance = np.hypot(y, x)
    return trace((distance < radius) & (distance >= hole))[0]


def area(polygons: list[Polygon]) -> float:
    return float(shapely.area([to_geos(polygon) for polygon in polygons]).sum())


def pixels(polygons: list[Polygon], size: int = 120) -> NDArray[np.bool_]:
    return rasterise(polygons, (size, size)) > 0


ringed = disc(40, hole=10)


def test_union_joins_what_overlaps_and_keeps_label_class_and_confidence():
    first = square(0, 0, 10, label=7, class_name="cell", confidence=0.5)
    (joined,) = edit.union([first, square(5, 5, 10, label=9)])
    assert area([joined]) == 175
    assert (joined.label, joined.class_name, joined.confidence) == (7, "cell", 0.5)
    assert len(edit.union([first, square(50, 50, 10)])) == 2


def test_subtract_and_intersect():
    assert area(edit.subtract(square(0, 0, 10), [square(5, 5, 10)])) == 75
    assert area(edit.intersect(square(0, 0, 10), square(5, 5, 10))) == 25
    assert edit.subtract(square(2, 2, 3), [square(0, 0, 10)]) == []
    assert edit.intersect(square(0, 0, 10), square(10, 0, 10)) == []  # they share an edge, which has no area
    assert [round(area([p])) for p in edit.subtract(square(0, 0, 10), [square(3, -1, 12), square(-1, 6, 3)])] == [24]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(-5, 125), st.floats(-5, 125)), min_size=2, max_size=8, unique=True))
def test_the_pieces_of_a_split_are_disjoint_and_make_up_the_whole(points):
    line = np.array(points)
    pieces = edit.split(ringed, line)
    assert area(pieces) == pytest.approx(area([ringed]), rel=1e-9)
    geometries = [to_geos(piece) for piece in pieces]
    assert shapely.is_valid(geometries).all()
    assert shapely.union_all(geometries).area == pytest.approx(area([ringed]), rel=1e-9)
    sizes = shapely.area(geometries)
    assert (np.diff(sizes) <= 0).all()


def test_a_line_with_a_coordinate_next_to_nothing_loses_no_piece():
    pieces = edit.split(square(0, 0, 10), np.array([[2.225e-311, 1], [0.5, 0.5], [0, 0]]))
    assert [round(float(area([piece])), 6) for piece in pieces] == [99.75, 0.25]


def test_split_gives_a_hole_to_the_piece_it_lies_in():
    upper, lower = sorted(edit.split(ringed, np.array([[0, 40], [120, 40]])), key=lambda p: p.exterior[:, 1].min())
    assert (len(upper.holes), len(lower.holes)) == (0, 1)


def test_split_through_a_hole_makes_bays_of_it():
    pieces = edit.split(ringed, np.array([[0, 60], [120, 60]]))
    assert [len(piece.holes) for piece in pieces] == [0, 0]


def test_a_line_with_many_crossings_makes_many_pieces():
    zigzag = np.array([[10, 30], [110, 40], [10, 50], [110, 80], [10, 90]])
    assert len(edit.split(disc(40), zigzag)) > 3


@pytest.mark.parametrize(
    "line",
    [
        [[0, 60], [25, 60]],  # ends inside
        [[30, 35], [50, 40]],  # lies inside
        [[0, 60], [60, 60]],  # from the edge into the hole
        [[0, 0], [120, 0]],  # passes by
    ],
)
def test_a_line_that_separates_nothing_changes_nothing(line):
    assert edit.split(ringed, np.array(line, dtype=float)) == [ringed]


def test_a_loop_of_the_line_cuts_out_its_inside():
    loop = np.array([[40, 30], [60, 20], [80, 30], [60, 40], [40, 30]], dtype=float)
    body, cut = edit.split(disc(50), loop)
    assert area([cut]) == pytest.approx(400)
    assert len(body.holes) == 1


@pytest.mark.parametrize("line", [[[0, 0]], [[1, 1], [1, 1]], [[0, 0, 0], [1, 1, 1]], [[0, 0], [np.nan, 1]]])
def test_what_is_no_line_is_refused(line):
    with pytest.raises(ParameterError, match="line"):
        edit.split(ringed, np.array(line, dtype=float))


def test_holes_are_filled_and_added():
    (full,) = edit.fill_holes(ringed)
    assert full.holes == ()
    assert edit.fill_holes(ringed, (60, 60))[0].holes == ()
    with pytest.raises(GeometryError, match="no hole"):
        edit.fill_holes(ringed, (60, 25))
    (holed,) = edit.add_hole(full, square(55, 55, 10).exterior)
    assert area([holed]) == area([full]) - 100
    assert len(holed.holes) == 1
    assert len(edit.add_hole(full, np.array([[58.0, 0.0], [62.0, 0.0], [62.0, 120.0], [58.0, 120.0]]))) == 2
    with pytest.raises(GeometryError, match="outside"):
        edit.add_hole(full, square(0, 0, 5).exterior)


def test_move_shifts_every_ring():
    (moved,) = edit.move(ringed, 3, -2)
    assert np.array_equal(pixels([moved]), np.roll(pixels([ringed]), (-2, 3), axis=(0, 1)))
    with pytest.raises(ParameterError, match="moved"):
        edit.move(ringed, np.nan, 0)


@pytest.mark.parametrize("radius_px", [0, 0.5, 2, 10, 500])
def test_smoothing_keeps_area_holes_and_validity(radius_px):
    (smoothed,) = edit.smooth(ringed, radius_px)
    assert to_geos(smoothed).is_valid
    assert len(smoothed.holes) == 1
    assert abs(edit.area_error([ringed], [smoothed])) < 1e-9


def test_smoothing_takes_the_stairs_away():
    before, after = to_geos(disc(40)), to_geos(smooth(disc(40), 3))
    assert before.length / (2 * np.pi * 40) > 1.2
    # 0.7 %: the rest of the stairs' wavelengths that are longer than the filter
    assert after.length == pytest.approx(2 * np.pi * 40, rel=0.007)


def test_small_objects_survive_smoothing():
    pixel = trace(np.ones((1, 1), np.uint8))[0]
    assert area([smooth(pixel, 5)]) == pytest.approx(1)


@pytest.mark.parametrize("max_area_error", [0, 0.0005, 0.001, 0.01, 0.2])
def test_simplification_keeps_to_its_area_error(max_area_error):
    rng = np.random.default_rng(1)
    labels = np.kron(rng.integers(0, 4, (12, 12)), np.ones((9, 9), np.int64))
    labels[rng.random(labels.shape) < 0.03] = 0
    polygons = trace(labels)
    simpler = simplify(polygons, max_area_error)
    assert len(simpler) == len(polygons)
    assert simpler.labels.tolist() == polygons.labels.tolist()
    before, after = all_to_geos(polygons), all_to_geos(simpler)
    assert shapely.is_valid(after).all()
    assert (shapely.get_num_interior_rings(after) == shapely.get_num_interior_rings(before)).all()
    assert (abs(shapely.area(after) - shapely.area(before)) <= (max_area_error + 1e-12) * shapely.area(before)).all()


def test_simplification_saves_most_vertices_of_a_disc():
    before, after = disc(50), edit.simplify(disc(50), 0.001)[0]
    assert len(after.exterior) < len(before.exterior) / 2
    assert abs(edit.area_error([before], [after])) <= 0.001
    assert simplify(Polygons.from_list([])).labels.size == 0


def test_bad_parameters_and_invalid_outlines_are_refused():
    bow_tie = Polygon(np.array([[0, 0], [8, 8], [8, 0], [0, 8]], dtype=float), label=3)
    for refused in (edit.smooth, edit.simplify, lambda p: edit.union([p]), lambda p: edit.split(p, np.eye(2))):
        with pytest.raises(GeometryError, match="object 3 is invalid"):
            refused(bow_tie)
    with pytest.raises(GeometryError, match="no outline"):
        edit.union([])
    with pytest.raises(GeometryError, match="without area"):
        edit.area_error([], [ringed])
    with pytest.raises(ParameterError, match="share"):
        edit.simplify(ringed, 2)
    with pytest.raises(ParameterError, match="distance"):
        edit.simplify(ringed, max_distance_px=-1)
    with pytest.raises(ParameterError, match="radius"):
        edit.smooth(ringed, -1)
