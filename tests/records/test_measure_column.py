"""Measures of an object ↔ its row of numbers."""

from spheroseg.records import MeasureColumn, as_measures, as_row

COLUMNS = [
    MeasureColumn(name="area_um2"),
    MeasureColumn(name="n_holes", kind="count"),
    MeasureColumn(name="touches_border", kind="flag"),
    MeasureColumn(name="perimeter_method", kind="word", words=("spline", "polygon")),
]


def test_a_row_gives_the_measures_back():
    measures = {"area_um2": 12.5, "n_holes": 2, "touches_border": False, "perimeter_method": "polygon"}
    row, columns = as_row(measures, COLUMNS)
    assert columns == COLUMNS
    assert as_measures(row, columns) == measures


def test_a_new_word_gets_a_place_and_earlier_rows_keep_theirs():
    row, columns = as_row({"perimeter_method": "edges"}, COLUMNS)
    assert row == [None, None, None, 2.0]
    assert as_measures([None, None, None, 1.0], columns)["perimeter_method"] == "polygon"
    assert COLUMNS[3].words == ("spline", "polygon")


def test_a_column_is_stored_without_what_it_does_not_have():
    assert COLUMNS[0].plain() == {"name": "area_um2", "kind": "number"}
