"""Cells of CSV files that no spreadsheet runs as a formula."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_cell(value: T) -> T | str:
    """A value as it may stand in a CSV file: a text that a spreadsheet would take for a formula gets a quote before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value
