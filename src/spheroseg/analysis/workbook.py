"""The cells of a workbook as text, merged ones filled."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook

from spheroseg.errors import ParameterError

_MOST_MERGED = 1536  # the wells of the largest plate


def sheets_of(path: Path) -> dict[str, list[list[str]]]:
    """Rows of cells of each visible sheet by its name; a merged cell's text stands in each cell that it spans.

    Formulas are what the program that saved them had computed.

    Raises:
        ParameterError: a merged cell spans more cells than any plate has wells, or no sheet is visible.
    """
    workbook = load_workbook(path, data_only=True)
    sheets = {}
    for sheet in workbook.worksheets:
        if sheet.sheet_state != "visible":
            continue
        rows = [[_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        for merged in sheet.merged_cells.ranges:
            if merged.size["rows"] * merged.size["columns"] > _MOST_MERGED:
                raise ParameterError(
                    f"the merged cell {merged.coord} of the sheet {sheet.title!r} spans more than a plate"
                )
            text = rows[merged.min_row - sheet.min_row][merged.min_col - sheet.min_column]
            for row in rows[merged.min_row - sheet.min_row : merged.max_row - sheet.min_row + 1]:
                left = merged.min_col - sheet.min_column
                row[left : left + merged.size["columns"]] = [text] * merged.size["columns"]
        sheets[sheet.title] = rows
    if not sheets:
        raise ParameterError("no sheet of the workbook is visible")
    return sheets


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
