"""Plates: formats of 6 to 1,536 wells, the wells' names and where they lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from spheroseg.errors import FileNameError, ParameterError
from spheroseg.imaging.filenames import parse_well

FORMATS = {6: (2, 3), 12: (3, 4), 24: (4, 6), 48: (6, 8), 96: (8, 12), 384: (16, 24), 1536: (32, 48)}
"""Rows and columns of the plates that are made, by number of wells."""


@dataclass(frozen=True, slots=True, order=True)
class Plate:
    """A plate's format.

    Attributes:
        n_wells: one of `FORMATS`.
    """

    n_wells: int

    def __post_init__(self) -> None:
        if self.n_wells not in FORMATS:
            raise ParameterError(f"no plate has {self.n_wells} wells; there are {', '.join(map(str, FORMATS))}")

    @property
    def n_rows(self) -> int:
        """Rows, A first."""
        return FORMATS[self.n_wells][0]

    @property
    def n_columns(self) -> int:
        """Columns, 1 first."""
        return FORMATS[self.n_wells][1]

    def holds(self, well: str) -> bool:
        """Whether the well exists on this plate."""
        _, row, column = parse_well(well)
        return row <= self.n_rows and column <= self.n_columns

    def ring(self, well: str) -> int:
        """How many wells lie between the well and the plate's nearest edge; 0 is the outermost ring.

        Raises:
            ParameterError: the well is not on this plate.
        """
        if not self.holds(well):
            raise ParameterError(f"a plate of {self.n_wells} wells has no {well}")
        _, row, column = parse_well(well)
        return min(row - 1, self.n_rows - row, column - 1, self.n_columns - column)


def row_name(row: int) -> str:
    """Letters: "A" of 1, "Z" of 26, "AA" of 27: rows count from 1."""
    return chr(ord("A") + row - 1) if row <= 26 else "A" + chr(ord("A") + row - 27)


def well_name(row: int, column: int) -> str:
    """("A01") of (1, 1): rows and columns count from 1; a name that every table here uses."""
    return f"{row_name(row)}{column:02d}"


def standard_well(text: str) -> str:
    """The name as it is written here: "A01" of "a1", "A1", "A01".

    Raises:
        FileNameError: the text is no well of a plate of up to 1,536 wells; a cell line (A549, H1299, MCF7) is none.
    """
    return parse_well(text)[0]


def is_well(text: str) -> bool:
    """Whether the text names a well."""
    try:
        parse_well(text)
    except FileNameError:
        return False
    return True


def smallest_plate(wells: Iterable[str]) -> Plate:
    """The smallest plate that has all the wells.

    Raises:
        ParameterError: there is no well.
    """
    places = [parse_well(well)[1:] for well in wells]
    if not places:
        raise ParameterError("there is no well")
    rows, columns = max(row for row, _ in places), max(column for _, column in places)
    return next(Plate(n) for n, (most, wide) in FORMATS.items() if rows <= most and columns <= wide)
