"""What compute children do for tables: rows → a workbook (XLSX)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # ships no types

_WIDTH = 16


def workbook(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of one sheet, its first row fixed and filterable.

    Args:
        columns: names.
        rows: plain values; texts stay texts, whatever they begin with.
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    )
    sheet = book.add_worksheet("objects")
    bold = book.add_format({"bold": True})
    sheet.write_row(0, 0, columns, bold)
    for number, row in enumerate(rows, start=1):
        sheet.write_row(number, 0, row)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(rows)), max(0, len(columns) - 1))
    sheet.set_column(0, max(0, len(columns) - 1), _WIDTH)
    book.close()
    return stream.getvalue()
