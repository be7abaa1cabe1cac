"""Measures as the database keeps them: a row of numbers, and once for each result what its columns are.

A column is {"name", "kind"}; kind is "number", "count", "flag" (0 or 1) or "word" (a place in the column's "words").
"""

from __future__ import annotations

from collections.abc import Sequence

from spheroseg.server.tables.json_columns import MeasureColumn, Measures


def as_row(measures: Measures, columns: list[MeasureColumn]) -> list[float | None]:
    """Values in the order of the result's columns; a word that is new there is added to its column."""
    row: list[float | None] = []
    for column in columns:
        value = measures.get(column["name"])
        if value is None:
            row.append(None)
        elif column["kind"] == "word":
            words, word = column["words"], str(value)
            if word not in words:
                column["words"] = words = [*words, word]
            row.append(float(words.index(word)))
        else:
            row.append(float(value))
    return row


def as_measures(row: Sequence[float | None], columns: Sequence[MeasureColumn]) -> Measures:
    """The opposite: an object's measures by name."""
    return {column["name"]: _as_value(value, column) for value, column in zip(row, columns, strict=False)}


def _as_value(value: float | None, column: MeasureColumn) -> float | int | str | bool | None:
    if value is None:
        return None
    match column["kind"]:
        case "word":
            return str(column["words"][int(value)])
        case "flag":
            return bool(value)
        case "count":
            return int(value)
        case _:
            return value
