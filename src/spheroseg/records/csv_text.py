"""Cells of CSV files that no spreadsheet runs as a formula."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_cell(value: T) -> T | str:
    """A value as it may stand in a CSV file: a text that a spreadsheet would take for a formula gets a quote before it.

    A sign alone, such as the "=" of how an IC50 stands to its range, is no formula.
    """
    is_formula = isinstance(value, str) and len(value) > 1 and value.startswith(_FORMULA_STARTS)
    return f"'{value}" if is_formula else value
