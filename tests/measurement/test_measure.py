"""The table: rows, columns, NA, regions, parts, bad input."""

import math

import numpy as np
import pandas as pd
import pytest
from tests.fixtures.shapes import square

from spheroseg.errors import ParameterError
from spheroseg.geometry import Polygon, Polygons, trace
from spheroseg.imaging import Image
from spheroseg.measurement import NA_REASONS, measure


def reasons(table, row=0):
    return [part.partition(":")[::2] for part in table.na_reasons.iloc[row].split(";") if part]


@pytest.mark.parametrize("labels", [np.zeros((5, 5), np.uint16), np.zeros((0, 0), int), Polygons.from_list([])])
def test_no_object_gives_an_empty_table_with_every_column(labels):
    one = measure(np.ones((5, 5), np.uint16), np.zeros((5, 5)), pixel_size_um=2)
    image = np.zeros(labels.shape) if isinstance(labels, np.ndarray) else None
    none = measure(labels, image, pixel_size_um=2)
    assert len(none) == 0
    expected = [c for c in one.columns if image is not None or not c.startswith("intensity")]
    assert list(none.columns) == expected
    assert none.label.dtype == np.int64
    assert none.attrs == {"region": "filled", "pixel_size_um": (2.0, 2.0), "unit": "µm"}


def test_rows_are_in_ascending_order_of_label_with_gaps_and_huge_numbers():
    labels = np.zeros((4, 9), np.uint32)
    labels[1, 1], labels[1, 3], labels[1, 5:8] = 4_000_000_000, 7, 12
    table = measure(labels)
    assert table.label.tolist() == [7, 12, 4_000_000_000]
    assert table.area_px2.tolist() == [1, 3, 1]


def test_parts_of_one_label_are_one_object():
    labels = np.zeros((20, 40), np.uint8)
    labels[5:9, 5:9] = labels[5:9, 25:29] = 3
    (row,) = measure(labels).itertuples()
    assert (row.n_parts, row.area_px2, row.perimeter_imagej_px) == (
        2,
        32,
        pytest.approx(2 * (16 - 4 * (2 - math.sqrt(2)))),
    )
    assert (row.bbox_x_min_px, row.bbox_x_max_px) == (5, 29)
    assert (row.centroid_x_px, row.centroid_y_px) == (17, 7)
    assert row.feret_max_px == pytest.approx(math.hypot(24, 4))
    assert row.solidity == pytest.approx(32 / 96)


def test_an_island_in_its_own_hole_counts_once():
    labels = np.zeros((30, 30), np.uint8)
    labels[5:25, 5:25] = 1
    labels[8:22, 8:22] = 0
    labels[12:16, 12:16] = 1
    filled, net = measure(labels).iloc[0], measure(labels, region="net").iloc[0]
    assert (filled.n_parts, filled.area_px2, filled.hole_area_px2) == (2, 400, 196)
    assert net.area_px2 == np.count_nonzero(labels)
    assert filled.perimeter_px == pytest.approx(80)


def test_an_island_of_another_label_belongs_to_itself():
    labels = np.ones((12, 12), np.uint8)
    labels[3:9, 3:9] = 0
    labels[5:7, 5:7] = 2
    assert measure(labels).area_px2.tolist() == [144, 4]


def test_overlapping_parts_of_one_drawn_object_count_once():
    table = measure(Polygons.from_list([square(0, 0, 10), square(5, 0, 10)]))
    assert table.area_px2.tolist() == [150]
    assert table.n_parts.tolist() == [1]


def test_a_core_with_its_spheroids_label_is_a_row_of_its_own():
    outlines = [square(0, 0, 10, label=4), square(2, 2, 3, label=4, class_name="core"), square(20, 0, 5, label=1)]
    table = measure(Polygons.from_list(outlines))
    assert table[["label", "class_name", "area_px2"]].to_numpy().tolist() == [
        [1, "spheroid", 25],
        [4, "core", 9],
        [4, "spheroid", 100],
    ]


def test_labels_and_their_outlines_measure_the_same():
    labels = np.kron(np.random.default_rng(0).integers(0, 6, (9, 9)), np.ones((5, 5), int))
    image = np.random.default_rng(1).integers(0, 60_000, labels.shape).astype(np.uint16)
    for region in ("filled", "net"):
        a = measure(labels, image, pixel_size_um=(0.7, 0.4), region=region, confidences=np.arange(5) / 4)
        b = measure(trace(labels, confidences=np.arange(5) / 4), image, pixel_size_um=(0.7, 0.4), region=region)
        pd.testing.assert_frame_equal(a, b)


def test_units_scale_and_their_names_say_so():
    labels = np.zeros((30, 30), np.uint8)
    labels[4:20, 6:25] = 1
    px, um = measure(labels).iloc[0], measure(labels, pixel_size_um=0.5).iloc[0]
    assert um.area_um2 == px.area_px2 / 4
    assert um.volume_sphere_um3 == pytest.approx(px.volume_sphere_px3 / 8)
    assert um.centroid_x_um == px.centroid_x_px / 2
    assert not any(column.endswith(("_px", "_px2", "_px3")) for column in um.index)
    assert not any(column.endswith(("_um", "_um2", "_um3")) for column in px.index)


def test_the_pixel_size_comes_from_the_image_unless_given():
    image = Image(np.zeros((1, 1, 1, 4, 4), np.uint8), pixel_size_um=(2.0, 3.0))
    labels = np.ones((4, 4), np.uint8)
    assert measure(labels, image).area_um2.tolist() == [96]
    assert measure(labels, image, pixel_size_um=1).area_um2.tolist() == [16]


def test_touching_the_border():
    labels = np.zeros((9, 9), np.uint8)
    labels[0, 4], labels[4, 0], labels[8, 4], labels[4, 8], labels[4, 4] = 1, 2, 3, 4, 5
    assert measure(labels).touches_border.tolist() == [True] * 4 + [False]
    outlines = trace(labels)
    assert measure(outlines, shape=(9, 9), pixel_size_um=(0.3, 0.7)).touches_border.tolist() == [True] * 4 + [False]
    unknown = measure(outlines)
    assert unknown.touches_border.isna().all()
    assert ("touches_border", "no_image_shape") in reasons(unknown)


def test_every_empty_cell_has_a_reason_and_every_reason_an_empty_cell():
    labels = np.zeros((12, 12), np.uint8)
    labels[2:4, 2:4] = 1
    labels[6:11, 3:7] = 2
    table = measure(labels, np.full((12, 12), np.nan))
    for k in range(len(table)):
        empty = {column for column in table.columns if pd.isna(table[column].iloc[k])}
        reason_of = dict(reasons(table, k))
        assert {name for column in empty for name in reason_of if column.startswith(name)} == set(reason_of)
        assert len(reason_of) == len(empty)
        assert set(reason_of.values()) <= set(NA_REASONS)


@pytest.mark.parametrize(
    "ring",
    [
        [[0, 0], [8, 8], [8, 0], [0, 8]],
        [[0, 0], [5, 5], [9, 9]],
        [[0, 0], [np.nan, 5], [9, 0]],
        [[0, 0], [np.inf, 5], [9, 0]],
    ],
)
def test_an_outline_without_a_definite_area_is_not_measured(ring):
    outlines = [Polygon(np.array(ring, dtype=float), label=2), square(0, 0, 4, label=1), square(10, 10, 4, label=2)]
    table = measure(Polygons.from_list(outlines), np.ones((20, 20)))
    assert table.label.tolist() == [1, 2]
    assert table.na_reasons.tolist()[1] == "invalid_outline"
    left = set(table.columns) - {"label", "class_name", "n_parts", "na_reasons"}
    assert table.loc[1, sorted(left)].isna().all()
    assert table.area_px2[0] == 16
    assert table.intensity_integrated[0] == 16


def test_class_and_confidence_of_labels():
    labels = np.array([[1, 0, 2]])
    table = measure(labels, class_name="cell", confidences=[0.25])
    assert table.class_name.tolist() == ["cell", "cell"]
    assert table.confidence.tolist()[0] == 0.25
    assert ("confidence", "not_given") in reasons(table, 1)
    assert ("confidence", "not_given") not in reasons(table, 0)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"region": "hull"}, "region"),
        ({"pixel_size_um": 0}, "pixel size"),
        ({"pixel_size_um": (1, np.nan)}, "pixel size"),
        ({"pixel_size_um": -1.0}, "pixel size"),
        ({"ring_px": (-1, 5)}, "ring"),
        ({"ring_px": (2, 0)}, "ring"),
        ({"shape": (5, 5)}, "do not fit"),
        ({"image": np.zeros((5, 4))}, "do not fit"),
        ({"image": np.zeros((4, 4), complex)}, "dtype"),
        ({"image": np.zeros(4)}, "axes"),
        ({"image": Image(np.zeros((2, 1, 1, 4, 4)))}, "one plane"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, reason):
    with pytest.raises(ParameterError, match=reason):
        measure(np.ones((4, 4), np.uint8), **arguments)


def test_inputs_are_not_changed():
    labels = np.kron(np.eye(4, dtype=np.uint16), np.ones((6, 6), np.uint16))
    image = np.arange(24 * 24, dtype=np.float32).reshape(24, 24)
    outlines = trace(labels)
    before = labels.copy(), image.copy(), outlines.vertices.copy()
    measure(labels, image)
    measure(outlines, image, pixel_size_um=3)
    for array, copy in zip((labels, image, outlines.vertices), before, strict=True):
        assert np.array_equal(array, copy)
