"""Measures as they are stored and sent: a row of numbers an object, and once for all rows what its columns are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

Measure = float | int | str | bool | None


class MeasureColumn(BaseModel):
    """One column of measures.

    Attributes:
        name: with unit and channel: "area_um2", "intensity_mean_gfp".
        kind: "number"; "count", a whole number; "flag", 0 or 1; "word", a place in `words`.
        words: of a column of words.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: Literal["number", "count", "flag", "word"] = "number"
    words: tuple[str, ...] | None = None

    def value(self, stored: float | None) -> Measure:
        """The measure that a stored number means."""
        if stored is None:
            return None
        match self.kind:
            case "word":
                return (self.words or ())[int(stored)]
            case "flag":
                return bool(stored)
            case "count":
                return int(stored)
            case _:
                return stored

    def plain(self) -> dict[str, object]:
        """As JSON; `words` only where the column has them."""
        return self.model_dump(mode="json", exclude_none=True)


def as_measures(row: Sequence[float | None], columns: Sequence[MeasureColumn]) -> dict[str, Measure]:
    """An object's measures by column name, from its row of numbers."""
    return {column.name: column.value(stored) for stored, column in zip(row, columns, strict=False)}


def as_row(
    measures: Mapping[str, Measure], columns: Sequence[MeasureColumn]
) -> tuple[list[float | None], list[MeasureColumn]]:
    """The opposite of `as_measures`.

    Args:
        measures: by column name; those without a column are left out.
        columns: of the row.

    Returns:
        The row of numbers, and the columns with the words that were new in it.
    """
    row: list[float | None] = []
    extended: list[MeasureColumn] = []
    for column in columns:
        value = measures.get(column.name)
        if column.kind == "word" and value is not None:
            words = column.words or ()
            if value not in words:
                words = (*words, str(value))
                column = column.model_copy(update={"words": words})  # noqa: PLW2901 -- the same column with one word more
            row.append(float(words.index(str(value))))
        else:
            row.append(None if value is None else float(value))
        extended.append(column)
    return row, extended
