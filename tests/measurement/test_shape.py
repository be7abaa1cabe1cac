"""Shape measures against closed forms, brute force and scikit-image."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes
from skimage.measure import perimeter_crofton, regionprops_table

from spheroseg.geometry import Polygon, Polygons, edit, rasterise, trace
from spheroseg.measurement import measure
from spheroseg.measurement.hull import convex_hull, hull_area_and_perimeter

EXACT = 1e-9  # closed forms of polygons: only rounding


def outline(points: Any, *holes: Any, label: int = 1) -> Polygons:
    rings = tuple(np.asarray(hole, dtype=float) for hole in holes)
    return Polygons.from_list([Polygon(np.asarray(points, dtype=float), rings, label)])


def n_gon(n: int, radius: float = 20.0, turn: float = 0.1, centre: tuple[float, float] = (50.3, 40.9)) -> NDArray[Any]:
    angles = turn + np.arange(n) * 2 * math.pi / n
    return np.column_stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)])


def ellipse(a: float, b: float, degrees: float, n: int = 20_000) -> NDArray[Any]:
    """Half axes a ≥ b; degrees counter-clockwise on the screen, where y points down."""
    t = np.arange(n) * 2 * math.pi / n
    turn = -math.radians(degrees)
    x, y = a * np.cos(t), b * np.sin(t)
    return np.column_stack([80 + x * math.cos(turn) - y * math.sin(turn), 70 + x * math.sin(turn) + y * math.cos(turn)])


def disc_mask(
    radius: float, centre: tuple[float, float] = (0.0, 0.0), spacing: tuple[float, float] = (1.0, 1.0)
) -> NDArray[np.bool_]:
    """Disc around the middle of an image, shifted by `centre`; radius and shift in the unit of `spacing` (y, x)."""
    ny, nx = (int(2 * radius / step) + 8 for step in spacing)
    y, x = np.mgrid[:ny, :nx] + 0.5
    y, x = (y - ny / 2) * spacing[0] - centre[0], (x - nx / 2) * spacing[1] - centre[1]
    mask: NDArray[np.bool_] = y**2 + x**2 < radius**2
    return mask


def blob(seed: int, size: int = 60) -> NDArray[np.bool_]:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    angle = np.arctan2(y, x)
    radius = size * (0.28 + sum(0.04 * rng.normal() * np.cos(k * angle + rng.uniform(0, 6)) for k in range(1, 5)))
    mask: NDArray[np.bool_] = np.hypot(y, x) < radius
    return mask


def row(table: pd.DataFrame) -> pd.Series:
    assert len(table) == 1
    return table.iloc[0]


@pytest.mark.parametrize("n", [3, 4, 5, 6, 16, 64, 1000])
def test_regular_polygons_have_their_closed_forms(n):
    radius = 20.0
    area, side = n / 2 * radius**2 * math.sin(2 * math.pi / n), 2 * radius * math.sin(math.pi / n)
    inner = radius * math.cos(math.pi / n)
    m = row(measure(outline(n_gon(n, radius))))
    assert m.circularity == pytest.approx(math.pi / (n * math.tan(math.pi / n)), rel=EXACT)
    assert m.area_px2 == pytest.approx(area, rel=EXACT)
    assert m.perimeter_px == pytest.approx(n * side, rel=EXACT)
    assert m.perimeter_method == "ring"
    assert m.feret_max_px == pytest.approx(
        2 * radius if n % 2 == 0 else 2 * radius * math.cos(math.pi / 2 / n), rel=EXACT
    )
    assert m.feret_min_px == pytest.approx(2 * inner if n % 2 == 0 else radius + inner, rel=EXACT)
    assert m.solidity == pytest.approx(1, rel=EXACT)
    assert m.convexity == pytest.approx(1, rel=EXACT)
    assert m.aspect_ratio == pytest.approx(1, abs=1e-6)
    assert math.isnan(m.orientation_deg)
    assert (m.centroid_x_px, m.centroid_y_px) == pytest.approx((50.3, 40.9), rel=EXACT)


def test_the_circularities_that_the_contract_names():
    assert row(measure(outline(n_gon(16)))).circularity == pytest.approx(0.9871, abs=5e-5)
    assert row(measure(outline(n_gon(64)))).circularity == pytest.approx(0.9992, abs=5e-5)


@pytest.mark.parametrize("degrees", [0, 1, 30, 45, 90, 135, 179])
@pytest.mark.parametrize(("a", "b"), [(40, 40), (40, 39.9), (40, 25), (40, 5), (40, 0.4)])
def test_ellipses_have_their_closed_forms(a, b, degrees):
    m = row(measure(outline(ellipse(a, b, degrees))))
    tolerance = 1e-6  # a polygon of 20,000 corners inside of the ellipse
    assert m.area_px2 == pytest.approx(math.pi * a * b, rel=tolerance)
    assert (m.major_axis_px, m.minor_axis_px) == pytest.approx((2 * a, 2 * b), rel=tolerance)
    assert m.aspect_ratio == pytest.approx(a / b, rel=tolerance)
    assert m.roundness == pytest.approx(b / a, rel=tolerance)
    assert m.eccentricity == pytest.approx(math.sqrt(1 - (b / a) ** 2), abs=2e-4)
    assert (m.feret_max_px, m.feret_min_px) == pytest.approx((2 * a, 2 * b), rel=tolerance)
    assert m.feret_perpendicular_px == pytest.approx(2 * b, rel=1e-3)
    assert m.equivalent_diameter_px == pytest.approx(2 * math.sqrt(a * b), rel=tolerance)
    assert m.volume_sphere_px3 == pytest.approx(4 / 3 * math.pi * (a * b) ** 1.5, rel=tolerance)
    assert m.volume_ellipsoid_px3 == pytest.approx(4 / 3 * math.pi * a * b * b, rel=tolerance)
    if a != b:
        assert (m.orientation_deg - degrees + 90) % 180 - 90 == pytest.approx(0, abs=1e-6)
        assert 0 <= m.orientation_deg < 180


def test_a_square_and_its_diagonal():
    mask = np.zeros((120, 130), np.uint8)
    mask[10:110, 20:120] = 1
    for m in (row(measure(mask)), row(measure(outline([[20, 10], [120, 10], [120, 110], [20, 110]])))):
        assert m.area_px2 == 10_000
        assert m.perimeter_px == pytest.approx(400, rel=EXACT)
        assert m.circularity == pytest.approx(math.pi / 4)
        assert m.feret_max_px == pytest.approx(math.sqrt(2) * 100)
        assert m.feret_min_px == 100
        assert m.feret_perpendicular_px == pytest.approx(math.sqrt(2) * 100)
        assert m.solidity == m.extent == 1
        assert m.convexity == pytest.approx(1, rel=EXACT)
        assert (m.bbox_x_min_px, m.bbox_y_min_px, m.bbox_x_max_px, m.bbox_y_max_px) == (20, 10, 120, 110)
        assert (m.centroid_x_px, m.centroid_y_px) == (70, 60)


def test_a_lone_pixel():
    mask = np.zeros((5, 5), np.uint16)
    mask[2, 3] = 1
    m = row(measure(mask))
    assert (m.area_px2, m.centroid_x_px, m.centroid_y_px) == (1, 3.5, 2.5)
    assert m.equivalent_diameter_px == m.major_axis_px == m.minor_axis_px == pytest.approx(math.sqrt(4 / math.pi))
    assert m.feret_max_px == pytest.approx(math.sqrt(2))
    assert m.perimeter_imagej_px == pytest.approx(4 - 2 * (2 - math.sqrt(2)))  # as its source says
    assert m.circularity == pytest.approx(4 * math.pi / 8)  # not clamped
    assert m.circularity_imagej == 1


def test_a_disc_with_a_hole_of_half_its_radius():
    mask = disc_mask(100) & ~np.pad(disc_mask(50), 50)
    filled, net = row(measure(mask)), row(measure(mask, region="net"))
    assert filled.circularity == pytest.approx(1, abs=0.005)
    assert net.circularity == pytest.approx(0.75, abs=0.005)
    assert filled.n_holes == net.n_holes == 1
    assert filled.hole_area_px2 == net.hole_area_px2 == np.count_nonzero(disc_mask(50))
    assert net.area_px2 == mask.sum() == filled.area_px2 - filled.hole_area_px2
    # a ring's second moment is (R² + r²)/4 a side, its area π(R² − r²): the ellipse of that area is a disc
    assert net.major_axis_px == pytest.approx(2 * math.sqrt(100**2 - 50**2), rel=0.002)
    assert net.perimeter_px == filled.perimeter_px


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (2.0, 1.0), (1.0, 1.7)])
@pytest.mark.parametrize("radius", [20, 20.25, 21.5, 24, 29, 40, 100, 200])
def test_the_circularity_of_a_digital_disc_is_one_within_two_percent(radius, spacing):
    # the radius holds along the coarser axis; shifts within a pixel, the symmetric ones being the worst
    coarse = max(spacing)
    for shift in ((0, 0), (0.5, 0), (0.5, 0.5), (0.3, 0), (0.1, 0.7), (0.05, 0.02)):
        centre = shift[0] * spacing[0], shift[1] * spacing[1]
        m = row(measure(disc_mask(radius * coarse, centre, spacing), pixel_size_um=spacing))
        assert m.circularity == pytest.approx(1, abs=0.02)
        assert m.perimeter_um == pytest.approx(2 * math.pi * radius * coarse, rel=0.01)
        assert m.equivalent_diameter_um == pytest.approx(2 * radius * coarse, rel=0.0075)  # the grid's own error


def test_crofton_alone_would_not_keep_that_promise():
    centred = np.hypot(*(np.mgrid[:50, :50] - 25)) <= 22
    m = row(measure(centred))
    assert abs(4 * math.pi * m.area_px2 / m.perimeter_crofton_px**2 - 1) > 0.03
    assert m.circularity == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("degrees", range(0, 91, 6))
def test_rectangles_keep_their_perimeter_at_every_angle(degrees):
    y, x = np.mgrid[:140, :140] + 0.5 - 70.2
    turn = math.radians(degrees)
    mask = (abs(x * math.cos(turn) + y * math.sin(turn)) < 50) & (abs(y * math.cos(turn) - x * math.sin(turn)) < 25)
    m = row(measure(mask))
    # 1.5 %: the fit rounds four corners; Crofton's formula is off by up to 6 % here
    assert m.perimeter_px == pytest.approx(300, rel=0.015)
    assert m.aspect_ratio == pytest.approx(2, rel=0.02)
    assert m.solidity > 0.95


@pytest.mark.parametrize("factor", [1, 0.2, 0.1, 0.05])
def test_corners_in_one_line_but_for_rounding_do_not_make_the_hull_run_back(factor):
    ring = (trace(blob(487443, 40))[0].exterior * 0.73 + 0.21) * factor
    _, length = hull_area_and_perimeter(convex_hull(ring.copy()))
    assert length == pytest.approx(shapely.MultiPoint(ring).convex_hull.length, rel=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.floats(0, 6.28), st.floats(0.05, 30), st.floats(-500, 500), st.floats(-500, 500))
def test_turning_shifting_and_scaling_an_outline_changes_what_it_should(seed, turn, factor, dx, dy):
    ring = trace(blob(seed, 40))[0].exterior * 0.73 + 0.21  # off the pixel grid: measured as drawn
    spin = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    before, after = row(measure(outline(ring))), row(measure(outline((ring @ spin) * factor + (dx, dy))))
    for name in (
        "circularity",
        "solidity",
        "convexity",
        "aspect_ratio",
        "eccentricity",
        "roundness",
        "aspect_ratio_feret",
    ):
        assert after[name] == pytest.approx(before[name], rel=1e-6, abs=1e-6), name
    for name in ("perimeter_px", "feret_max_px", "feret_min_px", "major_axis_px", "equivalent_diameter_px"):
        assert after[name] == pytest.approx(before[name] * factor, rel=1e-6), name
    assert after.area_px2 == pytest.approx(before.area_px2 * factor**2, rel=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([(2.0, 1.0), (0.4, 0.9), (1.0, 3.0)]))
def test_pixels_that_are_not_square_scale_the_geometry_first(seed, spacing):
    outlines = trace(blob(seed, 40))
    scaled = outline(outlines[0].exterior * (spacing[1], spacing[0]) + (0.5, 0.25))
    measured = row(measure(outlines, pixel_size_um=spacing))
    drawn = row(measure(scaled))
    for name in ("area", "feret_max", "feret_min", "feret_perpendicular", "major_axis", "minor_axis"):
        unit = ("um2", "px2") if name == "area" else ("um", "px")
        assert measured[f"{name}_{unit[0]}"] == pytest.approx(drawn[f"{name}_{unit[1]}"], rel=EXACT), name
    assert measured.solidity == pytest.approx(drawn.solidity, rel=EXACT)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**6))
def test_moments_are_those_of_the_pixels(seed):
    rng = np.random.default_rng(seed)
    mask = rng.random((12, 15)) < 0.6
    mask[5, 7] = True
    table = measure(mask, region="net")
    y, x = np.nonzero(mask)
    m = row(table)
    assert m.area_px2 == len(x)
    assert (m.centroid_x_px, m.centroid_y_px) == pytest.approx((x.mean() + 0.5, y.mean() + 0.5), rel=EXACT)
    covariance = np.cov(x, y, bias=True) + np.eye(2) / 12  # a pixel is a square, not a point
    small, large = np.linalg.eigvalsh(covariance)
    assert m.aspect_ratio == pytest.approx(math.sqrt(large / small), rel=1e-9)
    assert m.major_axis_px * m.minor_axis_px == pytest.approx(4 / math.pi * len(x), rel=1e-9)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**6), st.integers(3, 40))
def test_hull_and_diameters_agree_with_brute_force(seed, n):
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 12, (n, 2)).astype(float) if seed % 2 else rng.normal(size=(n, 2))
    hull = shapely.convex_hull(shapely.MultiPoint(points))
    if not isinstance(hull, shapely.Polygon):
        return
    ring = np.asarray(hull.exterior.coords)[:-1]
    m = row(measure(outline(ring)))
    distances = np.hypot(*(ring[:, None] - ring[None]).transpose(2, 0, 1))
    edges = np.roll(ring, -1, axis=0) - ring
    normals = np.column_stack([-edges[:, 1], edges[:, 0]]) / np.hypot(*edges.T)[:, None]
    widths = np.ptp(ring @ normals.T, axis=0)
    assert m.feret_max_px == pytest.approx(distances.max(), rel=EXACT)
    assert m.feret_min_px == pytest.approx(widths.min(), rel=EXACT)
    i, j = np.nonzero(distances > distances.max() * (1 - 1e-9))
    across = ring[j] - ring[i]
    sides = ring @ (np.column_stack([-across[:, 1], across[:, 0]]) / distances.max()).T
    assert m.feret_perpendicular_px == pytest.approx(np.ptp(sides, axis=0).min(), rel=1e-9)
    assert m.solidity == pytest.approx(1, rel=EXACT)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**6))
def test_crofton_is_that_of_scikit_image(seed):
    mask = binary_fill_holes(np.pad(blob(seed, 30), 2))  # a dent that a corner closes is a hole, and those are filled
    assert row(measure(mask)).perimeter_crofton_px == pytest.approx(perimeter_crofton(mask, directions=4), rel=EXACT)


def test_crofton_of_a_disc_holds_for_pixels_that_are_not_square():
    m = row(measure(disc_mask(200, (0.3, 0.8), (2.0, 1.0)), pixel_size_um=(2.0, 1.0)))
    assert m.perimeter_crofton_um == pytest.approx(2 * math.pi * 200, rel=0.01)


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (["1"], 4 - 2 * (2 - math.sqrt(2))),
        (["11", "11"], 8 - 4 * (2 - math.sqrt(2))),
        (["111"], 8 - 3 * (2 - math.sqrt(2))),
        (["010", "111", "010"], 12 - 6 * (2 - math.sqrt(2))),
    ],
)
def test_the_traced_perimeter_follows_its_rule(pixels, expected):
    mask = np.array([[int(c) for c in line] for line in pixels], np.uint8)
    assert row(measure(np.pad(mask, 1))).perimeter_imagej_px == pytest.approx(expected)
    turned = trace(np.pad(mask, 1))[0].exterior
    for k in range(len(turned)):  # whatever vertex the ring starts with, whichever way it is walked
        assert row(measure(outline(np.roll(turned, k, axis=0)))).perimeter_imagej_px == pytest.approx(expected)
        assert row(measure(outline(np.roll(turned, k, axis=0)[::-1]))).perimeter_imagej_px == pytest.approx(expected)


def test_scikit_image_agrees_where_the_definitions_coincide():
    labels = np.zeros((400, 420), np.int32)
    for k in range(30):
        y, x = divmod(k, 6)
        labels[y * 80 : y * 80 + 60, x * 70 : x * 70 + 60][blob(k)] = k + 1
    names = ("label", "area", "area_filled", "area_bbox", "bbox", "centroid", "axis_major_length", "axis_minor_length", "orientation", "eccentricity", "perimeter_crofton")  # fmt: skip
    theirs = regionprops_table(labels, properties=names)
    ours = measure(labels)
    assert_allclose(ours.label, theirs["label"])
    assert_allclose(ours.area_px2, theirs["area_filled"])
    assert_allclose(measure(labels, region="net").area_px2, theirs["area"])
    assert_allclose(ours.extent, theirs["area_filled"] / theirs["area_bbox"])
    assert_allclose(ours.bbox_y_min_px, theirs["bbox-0"])
    assert_allclose(ours.bbox_x_max_px, theirs["bbox-3"])
    assert_allclose(ours.centroid_y_px, theirs["centroid-0"] + 0.5)
    assert_allclose(ours.centroid_x_px, theirs["centroid-1"] + 0.5)
    assert_allclose(ours.perimeter_crofton_px, theirs["perimeter_crofton"])
    # theirs are points, ours squares (1/12 px² a side); their axes are not brought to the object's area
    assert_allclose(ours.aspect_ratio, theirs["axis_major_length"] / theirs["axis_minor_length"], rtol=2e-3)
    assert_allclose(ours.eccentricity, theirs["eccentricity"], rtol=3e-3)
    # theirs from the y axis in radians, ours from the x axis
    assert_allclose((ours.orientation_deg - np.degrees(theirs["orientation"]) - 90 + 90) % 180 - 90, 0, atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_an_outline_drawn_by_hand_and_its_mask_agree(seed):
    angles = np.arange(300) * 2 * math.pi / 300
    rng = np.random.default_rng(seed)
    radius = 40 * (1 + sum(0.06 * rng.normal() * np.cos(k * angles + rng.uniform(0, 6)) for k in range(2, 6)))
    ring = np.column_stack([90.37 + radius * np.cos(angles), 88.81 + radius * np.sin(angles)])
    if not shapely.Polygon(ring).is_valid:
        return
    drawn = outline(ring)
    by_hand, by_mask = row(measure(drawn)), row(measure(rasterise(drawn, (180, 180))))
    # half a pixel at each end of a diameter; for solidity half a pixel of bays along the whole outline
    for name, tolerance in {"area_px2": 0.005, "perimeter_px": 0.01, "major_axis_px": 0.005, "minor_axis_px": 0.005, "feret_max_px": 0.02, "feret_min_px": 0.02, "solidity": 0.03, "convexity": 0.02, "circularity": 0.02}.items():  # fmt: skip
        assert by_mask[name] == pytest.approx(by_hand[name], rel=tolerance), name
    assert (by_hand.perimeter_method, by_mask.perimeter_method) == ("ring", "contour")


def test_an_outline_that_was_traced_and_then_cut_keeps_its_length():
    whole = trace(disc_mask(50))[0]
    middle = whole.exterior.mean(axis=0)
    half = edit.split(whole, np.array([[middle[0] - 99.3, middle[1] - 40.1], [middle[0] + 99.3, middle[1] + 40.1]]))[0]
    m = row(measure(Polygons.from_list([half])))
    assert m.perimeter_method == "mixed"
    assert m.perimeter_px == pytest.approx(math.pi * 50 + 100, rel=0.01)
    assert math.isnan(m.perimeter_crofton_px)
    assert "perimeter_crofton:not_traced" in m.na_reasons


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_a_convex_hull_is_never_longer_than_its_object_of_one_part(seed, n_labels):
    labels = np.random.default_rng(seed).integers(0, n_labels + 1, (9, 9))
    table = measure(labels)
    assert (table.convexity[table.n_parts == 1] <= 1 + 1e-12).all()
    assert (table.solidity <= 1 + 1e-12).all()
    assert (table.feret_min_px <= table.feret_perpendicular_px + 1e-9).all()
    assert (table.feret_perpendicular_px <= table.feret_max_px + 1e-9).all()
    assert (table.major_axis_px >= table.minor_axis_px).all()
    assert (table.eccentricity.between(0, 1)).all()
