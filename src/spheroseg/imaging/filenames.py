"""What a file's name says: plate, well, field, channel, z and time.

Known layouts come first (Incucyte, ImageXpress, Operetta and Harmony, CellInsight), each recognised by its whole
shape; then loose tokens ("A01_t003", "B2-f3-z01", "well_C07_day3"). What is not sure is left out: a wrong well
spoils a dose–response curve, a missing one is asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath, PureWindowsPath
from typing import Literal

from spheroseg.errors import FileNameError
from spheroseg.imaging.filename_patterns import compile_pattern

TimeUnit = Literal["s", "min", "h", "d", "frame"]

_HOURS = {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "d": 24.0}
_MAX_ROW, _MAX_COLUMN = 32, 48  # a plate of 1,536 wells: A1…AF48
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
        layout: which layout matched: "incucyte", "imagexpress", "operetta", "cellinsight", "tokens", "own" or "".
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
    layout: str = ""

    @property
    def time_h(self) -> float | None:
        """Elapsed time in hours; None for frame numbers, whose distance the name does not tell."""
        if self.time is None or self.time_unit is None or self.time_unit == "frame":
            return None
        return self.time * _HOURS[self.time_unit]


def parse(name: str | PurePath, pattern: str | None = None) -> FileFields:
    r"""Reads plate, well, field, channel, z and time from a file's name.

    Args:
        name: the file's name, or its path: some instruments keep time and z in the folders' names.
        pattern: own pattern instead of the known layouts: a template such as "{plate}_{well}_{time:d}h.tif", or
            a regular expression with named groups such as r"(?P<well>[A-H]\d\d)_(?P<field>\d)"; see
            docs/reference/file-names.md.

    Returns:
        The fields; all None (and layout "") where nothing, or not the own pattern, matched.

    Raises:
        FileNameError: the own pattern cannot be used, or what it calls a well, a number or a time is none.
    """
    path = PureWindowsPath(name) if isinstance(name, str) else name  # takes / and \ alike
    if pattern is not None:
        return _by_own_pattern(path, pattern)
    for layout in (_incucyte, _imagexpress, _operetta, _cellinsight):
        found = layout(path)
        if found is not None:
            return found
    return _by_tokens(path.stem)


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
        if row <= _MAX_ROW and 1 <= column <= _MAX_COLUMN:
            return f"{letters}{column:02d}", row, column
    raise FileNameError(f"{text!r} is no well (A1…AF48)")


def well_name(row: int, column: int) -> str:
    """The well of a row and a column, both from 1: "A01".

    Raises:
        FileNameError: there is no such well on a plate of up to 1,536.
    """
    return _well(row, column)[0]


def _well(row: int, column: int) -> tuple[str, int, int]:
    letters = chr(ord("A") + row - 1) if row <= 26 else "A" + chr(ord("A") + row - 27)
    return parse_well(f"{letters}{column}")


def _try_well(text: str) -> tuple[str, int, int] | None:
    try:
        return parse_well(text)
    except FileNameError:
        return None


_INCUCYTE = re.compile(
    r"(?P<plate>.+?)_(?P<well>[A-Z]{1,2}\d{1,2})_(?P<field>\d{1,3})_"
    r"(?:(?P<year>\d{4})y(?P<month>\d{2})m(?P<day>\d{2})d_(?P<hour>\d{2})h(?P<minute>\d{2})m"
    r"|(?P<days>\d{2,3})d(?P<hours>\d{2})h(?P<minutes>\d{2})m)"
)


def _incucyte(path: PurePath) -> FileFields | None:
    match = _INCUCYTE.fullmatch(path.stem)
    well = _try_well(match["well"]) if match else None
    if match is None or well is None:
        return None
    hours, acquired = None, None
    if match["days"]:
        hours = int(match["days"]) * 24 + int(match["hours"]) + int(match["minutes"]) / 60
    else:
        try:
            # the instrument's local time; the name has no zone
            acquired = datetime(  # noqa: DTZ001 -- see above
                int(match["year"]), int(match["month"]), int(match["day"]), int(match["hour"]), int(match["minute"])
            )
        except ValueError:
            return None
    return FileFields(
        match["plate"], *well, field=int(match["field"]), time=hours, time_unit="h" if hours is not None else None,
        acquired=acquired, layout="incucyte",
    )  # fmt: skip


_IMAGEXPRESS = re.compile(
    r"(?P<plate>.+?)_(?P<well>[A-Z]{1,2}\d{2})(?:_s(?P<field>\d{1,3}))?(?:_w(?P<channel>\d{1,2}))?(?:_thumb)?"
    r"(?:[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12})?"
)
_TIME_POINT = re.compile(r"TimePoint_(\d{1,5})")
_Z_STEP = re.compile(r"ZStep_(\d{1,5})")


def _imagexpress(path: PurePath) -> FileFields | None:
    match = _IMAGEXPRESS.fullmatch(path.stem)
    well = _try_well(match["well"]) if match else None
    folders = path.parts[:-1]
    time = next((int(found[1]) for part in folders if (found := _TIME_POINT.fullmatch(part))), None)
    z = next((int(found[1]) for part in folders if (found := _Z_STEP.fullmatch(part))), None)
    if match is None or well is None or (match["field"] is None and match["channel"] is None and time is None):
        return None
    return FileFields(
        match["plate"], *well, field=int(match["field"]) if match["field"] else None, channel=match["channel"], z=z,
        time=time, time_unit="frame" if time is not None else None, layout="imagexpress",
    )  # fmt: skip


_OPERETTA = re.compile(
    r"r(?P<row>\d{2})c(?P<column>\d{2})f(?P<field>\d{2,3})p(?P<z>\d{2,3})(?:rc\d+)?-ch(?P<channel>\d{1,2})"
    r"sk(?P<time>\d{1,4})fk\d+fl\d+"
)


def _operetta(path: PurePath) -> FileFields | None:
    match = _OPERETTA.fullmatch(path.stem)
    if match is None or not (1 <= int(match["row"]) <= _MAX_ROW and 1 <= int(match["column"]) <= _MAX_COLUMN):
        return None
    return FileFields(
        None, *_well(int(match["row"]), int(match["column"])), field=int(match["field"]), channel=match["channel"],
        z=int(match["z"]), time=int(match["time"]), time_unit="frame", layout="operetta",
    )  # fmt: skip


_CELLINSIGHT = re.compile(r"(?P<plate>.+)_(?P<well>[A-Z]{1,2}\d{2})f(?P<field>\d{2,3})d(?P<channel>\d{1,2})")


def _cellinsight(path: PurePath) -> FileFields | None:
    match = _CELLINSIGHT.fullmatch(path.stem)
    well = _try_well(match["well"]) if match else None
    if match is None or well is None:
        return None
    return FileFields(match["plate"], *well, field=int(match["field"]), channel=match["channel"], layout="cellinsight")


# one token between separators: what it says, by its whole shape
_TOKENS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("min", re.compile(r"(?:t|time)?(?P<n>\d{1,5})min", re.IGNORECASE)),
    ("h", re.compile(r"(?:t|time)?(?P<n>\d{1,4})(?:h|hr|hrs|hours?)|hours?(?P<m>\d{1,4})", re.IGNORECASE)),
    ("d", re.compile(r"(?:t|time)?(?P<n>\d{1,3})(?:d|days?)|(?:day|d)(?P<m>\d{1,3})", re.IGNORECASE)),
    ("frame", re.compile(r"(?:t|tp|time|timepoint|frame)(?P<n>\d{1,5})", re.IGNORECASE)),
    ("field", re.compile(r"(?:f|s|fov|field|site|pos)(?P<n>\d{1,4})", re.IGNORECASE)),
    ("channel", re.compile(r"(?:c|w|ch|channel)(?P<n>\d{1,2})", re.IGNORECASE)),
    ("z", re.compile(r"(?:z|slice|plane)(?P<n>\d{1,4})", re.IGNORECASE)),
)
_TIME_TOKENS: tuple[TimeUnit, ...] = ("min", "h", "d")  # a frame number beside one of these is only its index
_BARE_WELL = re.compile(r"[A-P](?:0[1-9]|1\d|2[0-4]|[1-9])")  # 384 wells; larger plates are named by instruments
_SEPARATORS = re.compile(r"[_\-\s.]+")
_KEYWORD_WELL = re.compile(r"(?i:well)[_\-\s]?(?P<well>[A-Za-z]{1,2}\d{1,2})(?=[_\-\s.]|$)")


def _by_tokens(stem: str) -> FileFields:
    """Loose tokens between separators.

    A lone "A1" is a well only in company: in the middle of nowhere ("estradiol_E2", "H9_organoid") it is as likely
    a hormone or a cell line. After it only tokens that are understood may follow, and one without a leading zero
    needs at least one of them, or to be the whole name.
    """
    keyword = _KEYWORD_WELL.search(stem)
    is_whole = keyword is not None and (
        keyword.start() == 0 or _SEPARATORS.match(stem[keyword.start() - 1]) is not None
    )
    well = _try_well(keyword["well"]) if keyword is not None and is_whole else None
    rest = stem
    if keyword is not None and is_whole:
        rest = stem[: keyword.start()] + stem[keyword.end() :]
    tokens = [token for token in _SEPARATORS.split(rest) if token]
    at = None if well else _bare_well(tokens)
    if at is not None:
        well = parse_well(tokens.pop(at))
    found: dict[str, str] = {}
    for token in tokens:
        kind = _kind(token)
        # a name that says the same thing twice says nothing
        if kind is not None:
            found[kind[0]] = "" if kind[0] in found else kind[1]
    values = {key: value for key, value in found.items() if value}
    units: list[TimeUnit] = [unit for unit in _TIME_TOKENS if unit in values]
    unit = units[0] if len(units) == 1 else ("frame" if units == [] and "frame" in values else None)
    if well is None and unit is None and not values.keys() & {"field", "channel", "z"}:
        return FileFields()
    name, row, column = well or (None, None, None)
    return FileFields(
        None, name, row, column,
        field=int(values["field"]) if "field" in values else None,
        channel=values.get("channel"),
        z=int(values["z"]) if "z" in values else None,
        time=float(values[unit]) if unit else None,
        time_unit=unit,
        layout="tokens",
    )  # fmt: skip


def _kind(token: str) -> tuple[str, str] | None:
    """("h", "24") of "24h"; None where the token says nothing."""
    for kind, shape in _TOKENS:
        match = shape.fullmatch(token)
        if match is not None:
            return kind, next(digits for digits in match.groups() if digits is not None)
    return None


def _bare_well(tokens: list[str]) -> int | None:
    """Index of the one token that is surely a well, or None."""
    candidates = [index for index, token in enumerate(tokens) if _BARE_WELL.fullmatch(token)]
    sure = [index for index in candidates if _kind(tokens[index]) is None]
    if not sure:
        # C1, D3, F2 mean channel, day and field to some; beside another capital token (C1_T2) they are no well
        others = [index for index, token in enumerate(tokens) if token[0].isupper() and _kind(token) is not None]
        sure = candidates if len(others) == len(candidates) else []
    if len(sure) != 1:
        return None
    at = sure[0]
    after = [_kind(token) is not None for token in tokens[at + 1 :]]
    if not all(after):
        return None
    is_padded = len(tokens[at]) == 3
    return at if is_padded or after or len(tokens) == 1 else None


def _by_own_pattern(path: PurePath, pattern: str) -> FileFields:
    compiled = compile_pattern(pattern)
    said = compiled.match(path)
    if said is None:
        return FileFields()
    well = parse_well(said["well"]) if said.get("well") else None
    if well is None and said.get("row") and said.get("column"):
        row = said["row"]
        well = (
            _well(_whole(row, "row"), _whole(said["column"], "column"))
            if row.isdecimal()
            else parse_well(row + said["column"])
        )
    name, row_number, column = well or (None, None, None)
    time = said.get("time")
    unit = _UNITS.get(said.get("time_unit", compiled.time_unit).lower())
    if unit is None:
        raise FileNameError(f"{said['time_unit']!r} is no unit of time (s, min, h, d or frame)")
    return FileFields(
        said.get("plate"), name, row_number, column,
        field=_whole(said["field"], "field") if said.get("field") else None,
        channel=said.get("channel"),
        z=_whole(said["z"], "z") if said.get("z") else None,
        time=_number(time) if time else None,
        time_unit=unit if time else None,
        layout="own",
    )  # fmt: skip


_UNITS: dict[str, TimeUnit] = {
    "": "frame", "frame": "frame", "s": "s", "sec": "s", "min": "min", "m": "min", "h": "h", "hr": "h", "hour": "h",
    "hours": "h", "d": "d", "day": "d", "days": "d",
}  # fmt: skip


def _whole(text: str, what: str) -> int:
    if not text.isdecimal():
        raise FileNameError(f"{text!r} is no number for {what}")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise FileNameError(f"{text!r} is no time") from None
