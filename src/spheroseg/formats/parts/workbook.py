"""The XLSX workbook: objects, images, what each column means, how the values came about."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # ships no types
from xlsxwriter.format import Format  # type: ignore[import-untyped]  # ships no types
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]  # ships no types
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # ships no types

from spheroseg.formats.dataset import Report
from spheroseg.formats.parts.files import replacing
from spheroseg.formats.parts.jsonfile import json_text
from spheroseg.formats.parts.spool import TableSpool
from spheroseg.measurement.definitions import NA_REASONS, SYMBOLS, definition_of, unit_symbol

RUN_SHEET = "run"
MAX_ROWS = 1_048_575  # of a sheet, its header not counted
MAX_TEXT = 32_767  # characters of a cell

_PIXEL_UNITS = ("_px", "_px2", "_px3")


def write_workbook(
    objects: TableSpool,
    images: TableSpool,
    path: Path,
    run_card: Mapping[str, Any],
    report: Report,
    *,
    max_rows: int = MAX_ROWS,
) -> None:
    """Write the workbook row by row, in bounded memory, whole or not at all.

    Text is written as text, so a name that begins with "=" is no formula.

    Args:
        objects: rows of the sheet "objects"; beyond `max_rows` they go on in "objects (2)" …
        images: rows of the sheet "images".
        path: the .xlsx file.
        run_card: rows of the sheet "run".
        report: gets a note where rows were spread or texts cut off.
        max_rows: rows of a sheet below its header; Excel has 1,048,575.
    """
    # the archive is closed where there is room, and copied: one that cannot be closed complains when nobody can hear it
    with replacing(path) as temporary, tempfile.TemporaryFile() as archive:
        with xlsxwriter.Workbook(archive, dict(_OPTIONS)) as book:
            _fill(book, (objects, images), run_card, report, max_rows)
        archive.seek(0)
        with temporary.open("wb") as target:
            shutil.copyfileobj(archive, target)


# constant memory: each row goes to disk when the next one begins
_OPTIONS = {
    "constant_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}


def _fill(
    book: Workbook, tables: tuple[TableSpool, TableSpool], run_card: Mapping[str, Any], report: Report, max_rows: int
) -> None:
    objects, images = tables
    head = book.add_format({"bold": True, "bottom": 1})
    n_sheets = _Sheets(book, "objects", head, max_rows).write(objects, report)
    if n_sheets > 1:
        report.add("info", "", f"more rows than a sheet holds: the objects are in {n_sheets} sheets")
    _Sheets(book, "images", head, max_rows).write(images, report)
    columns = list(dict.fromkeys([*objects.schema.names, *images.schema.names]))
    _write_texts(book, "definitions", _definitions(columns), head)
    _write_texts(book, RUN_SHEET, [("key", "value"), *_flat(run_card)], head)


class _Sheets:
    """A table in one sheet, or in as many as its rows need."""

    def __init__(self, book: Workbook, name: str, head: Format, max_rows: int) -> None:
        self._book = book
        self._name = name
        self._head = head
        self._max_rows = max_rows

    def write(self, spool: TableSpool, report: Report) -> int:
        """Write all rows; the number of sheets."""
        sheet, row, n_sheets = _begin(self._book, self._name, spool.schema.names, self._head), 0, 1
        for table in spool.tables():
            columns: list[list[Any]] = [column.to_pylist() for column in table.columns]
            for values in zip(*columns, strict=True):
                if row == self._max_rows:
                    n_sheets, row = n_sheets + 1, 0
                    sheet = _begin(self._book, f"{self._name} ({n_sheets})", spool.schema.names, self._head)
                row += 1
                _write_row(sheet, row, values, report)
        return n_sheets


def _begin(book: Workbook, name: str, columns: Sequence[str], head: Format) -> Worksheet:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 1)
    for i, column in enumerate(columns):
        sheet.set_column(i, i, max(8, min(40, len(column) + 2)) if i else 32)
        sheet.write_string(0, i, column, head)
    return sheet


def _write_row(sheet: Worksheet, row: int, values: Iterable[Any], report: Report) -> None:
    for i, value in enumerate(values):
        if value is None:
            continue
        if isinstance(value, bool):
            sheet.write_boolean(row, i, value)
        elif isinstance(value, (int, float)):
            if math.isfinite(value):  # a sheet holds no infinity; what has no value is an empty cell
                sheet.write_number(row, i, value)
        else:
            text = str(value)
            if len(text) > MAX_TEXT:
                report.add("lost", f"sheet row {row + 1}", f"a text longer than {MAX_TEXT:,} characters was cut off")
            sheet.write_string(row, i, text[:MAX_TEXT])


def _write_texts(book: Workbook, name: str, rows: Iterable[Sequence[str]], head: Format) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for i, values in enumerate(rows):
        if i == 0:
            for column in range(len(values)):
                sheet.set_column(column, column, 28 if column == 0 else 40)
        for column, value in enumerate(values):
            sheet.write_string(i, column, str(value)[:MAX_TEXT], wrapped if i else head)


def _definitions(columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    yield "column", "unit", "meaning", "formula", "source", "convention"
    for column in columns:
        definition = definition_of(column)
        if definition is None:
            continue
        unit = unit_symbol(definition.name, calibrated=not column.endswith(_PIXEL_UNITS))
        yield column, unit, definition.summary, definition.formula, definition.source, definition.convention
    for symbol, meaning in SYMBOLS.items():
        yield symbol, "", meaning, "", "", "a symbol in the formulas"
    for code, meaning in NA_REASONS.items():
        yield code, "", meaning, "", "", "a reason in na_reasons why a cell is empty"


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested plain values as rows: "model.name", "ResUNet"."""
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        else:
            yield name, value if isinstance(value, str) else json_text(value)
