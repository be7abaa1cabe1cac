"""What a spreadsheet would run is quoted, and nothing else is touched."""

import pytest

from spheroseg.records.csv_text import as_cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=="])
def test_a_formula_is_quoted(text: str) -> None:
    assert as_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["=", "-", "+", "", "A1", "a=b", -2.5, None, True])
def test_what_is_no_formula_stays(value: object) -> None:
    assert as_cell(value) is value
