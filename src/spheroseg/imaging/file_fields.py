"""What a file's name can say, and the names of wells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from spheroseg.errors import FileNameError

TimeUnit = Literal["s", "min", "h", "d", "frame"]

_HOURS = {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "d": 24.0}
MAX_ROW, MAX_COLUMN = 32, 48  # a plate of 1,536 wells: A1…AF48
_WELL = re.compile(r"([A-Z]{1,2})(\d{1,3})")


@dataclass(frozen=True, slots=True)
class FileFields:
    """What a file's name says; None is what it does not say.

    Attributes:
        plate: name of the plate or run.
        well: letters and two digits ("A01", "AF48").
        row: of the well, from 1 (A).
        column: of the well, from 1.
        field: number of the field of view as the name has it (some instruments count from 0).
        channel: as the name has it ("1", "GFP").
        z: number of the plane as the name has it.
        time: in `time_unit`s.
        time_unit: "s", "min", "h", "d", or "frame" for a bare number.
        acquired: date and time of acquisition, where the name has that instead of an elapsed time.
        position: what the instrument calls the place where it names no well ("W00001", "XY01").
        doubtful_well: what of the name is a well or a cell line ("E14"), where nothing tells which; `well` is None then.
        layout: which layout matched: "incucyte", "imagexpress", "operetta", "cellinsight", "yokogawa", "biotek",
            "incell", "scanr", "keyence", "tokens", "own" or "".
    """

    plate: str | None = None
    well: str | None = None
    row: int | None = None
    column: int | None = None
    field: int | None = None
    channel: str | None = None
    z: int | None = None
    time: float | None = None
    time_unit: TimeUnit | None = None
    acquired: datetime | None = None
    position: str | None = None
    doubtful_well: str | None = None
    layout: str = ""

    @property
    def doubt(self) -> str:
        """The sentence about what is a well or a cell line (`doubtful_well`), or ""."""
        if self.doubtful_well is None:
            return ""
        return f"{self.doubtful_well} in the file's name is a well or a cell line, and no name beside it tells which: not taken for a well"

    @property
    def time_h(self) -> float | None:
        """Elapsed time in hours; None for frame numbers, whose distance the name does not tell."""
        if self.time is None or self.time_unit is None or self.time_unit == "frame":
            return None
        return self.time * _HOURS[self.time_unit]


def parse_well(text: str) -> tuple[str, int, int]:
    """("A01", row, column) of a well's name; row and column count from 1.

    >>> parse_well("h12")
    ('H12', 8, 12)

    Raises:
        FileNameError: the text is no well of a plate of up to 1,536 (A1…AF48).
    """
    match = _WELL.fullmatch(text.strip().upper())
    if match is not None:
        letters, digits = match.groups()
        row = 0
        for letter in letters:
            row = row * 26 + ord(letter) - ord("A") + 1
        column = int(digits)
        if row <= MAX_ROW and 1 <= column <= MAX_COLUMN:
            return f"{letters}{column:02d}", row, column
    raise FileNameError(f"{text!r} is no well (A1…AF48)")


def well_name(row: int, column: int) -> str:
    """The well of a row and a column, both from 1: "A01".

    Raises:
        FileNameError: there is no such well on a plate of up to 1,536.
    """
    return well_of(row, column)[0]


def well_of(row: int, column: int) -> tuple[str, int, int]:
    """("A01", row, column) of a row and a column, both from 1; raises as `parse_well`."""
    letters = chr(ord("A") + row - 1) if row <= 26 else "A" + chr(ord("A") + row - 27)
    return parse_well(f"{letters}{column}")


def try_well(text: str) -> tuple[str, int, int] | None:
    """As `parse_well`, None where the text is no well."""
    try:
        return parse_well(text)
    except FileNameError:
        return None
