"""Names that instruments give to their files, each recognised by its whole shape."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePath

from spheroseg.imaging.file_fields import MAX_COLUMN, MAX_ROW, FileFields, TimeUnit, try_well, well_of

_INCUCYTE = re.compile(
    r"(?P<plate>.+?)_(?P<well>[A-Z]{1,2}\d{1,2})_(?P<field>\d{1,3})_"
    r"(?:(?P<year>\d{4})y(?P<month>\d{2})m(?P<day>\d{2})d_(?P<hour>\d{2})h(?P<minute>\d{2})m"
    r"|(?P<days>\d{2,3})d(?P<hours>\d{2})h(?P<minutes>\d{2})m)"
)


def _incucyte(path: PurePath) -> FileFields | None:
    match = _INCUCYTE.fullmatch(path.stem)
    well = try_well(match["well"]) if match else None
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
    well = try_well(match["well"]) if match else None
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
    if match is None or not (1 <= int(match["row"]) <= MAX_ROW and 1 <= int(match["column"]) <= MAX_COLUMN):
        return None
    return FileFields(
        None, *well_of(int(match["row"]), int(match["column"])), field=int(match["field"]), channel=match["channel"],
        z=int(match["z"]), time=int(match["time"]), time_unit="frame", layout="operetta",
    )  # fmt: skip


_CELLINSIGHT = re.compile(r"(?P<plate>.+)_(?P<well>[A-Z]{1,2}\d{2})f(?P<field>\d{2,3})d(?P<channel>\d{1,2})")


def _cellinsight(path: PurePath) -> FileFields | None:
    match = _CELLINSIGHT.fullmatch(path.stem)
    well = try_well(match["well"]) if match else None
    if match is None or well is None:
        return None
    return FileFields(match["plate"], *well, field=int(match["field"]), channel=match["channel"], layout="cellinsight")


_YOKOGAWA = re.compile(
    r"(?:(?P<plate>.+)_)?(?P<well>[A-Z]{1,2}\d{2,3})_T(?P<time>\d{4})F(?P<field>\d{3,4})L\d{2}A\d{2}Z(?P<z>\d{2,3})C(?P<channel>\d{2})"
)


# a CQ1 numbers the wells of a plate whose size the name does not tell
_CQ1 = re.compile(r"(?P<position>W\d{4})F(?P<field>\d{4})T(?P<time>\d{4})Z(?P<z>\d{2,3})C(?P<channel>\d{1,2})")


def _yokogawa(path: PurePath) -> FileFields | None:
    numbered = _CQ1.fullmatch(path.stem)
    if numbered is not None:
        return FileFields(
            field=int(numbered["field"]), channel=str(int(numbered["channel"])), z=int(numbered["z"]), time=int(numbered["time"]),
            time_unit="frame", position=numbered["position"], layout="yokogawa",
        )  # fmt: skip
    match = _YOKOGAWA.fullmatch(path.stem)
    well = try_well(match["well"]) if match else None
    if match is None or well is None:
        return None
    return FileFields(
        match["plate"], *well, field=int(match["field"]), channel=str(int(match["channel"])), z=int(match["z"]),
        time=int(match["time"]), time_unit="frame", layout="yokogawa",
    )  # fmt: skip


# A1_01_2_3_GFP_005: well, read step, number of the channel, field, channel, time; or A1_01Z4_GFP_3_005
_CHANNEL = r"[A-Za-z][A-Za-z0-9 ,.\[\]()+-]*"
_BIOTEK = (
    re.compile(
        rf"(?P<well>[A-Z]{{1,2}}\d{{1,2}})_-?\d+(?:Z(?P<z>\d+))?_\d+_(?P<field>\d+)_(?P<channel>{_CHANNEL})_(?P<time>\d+)"
    ),
    re.compile(
        rf"(?P<well>[A-Z]{{1,2}}\d{{1,2}})_-?\d+(?:Z(?P<z>\d+))?_(?P<channel>{_CHANNEL})_(?P<field>\d+)_(?P<time>\d{{3,}})(?:_-?\d*)?"
    ),
)


def _biotek(path: PurePath) -> FileFields | None:
    for shape in _BIOTEK:
        match = shape.fullmatch(path.stem)
        well = try_well(match["well"]) if match else None
        if match is not None and well is not None:
            return FileFields(
                None, *well, field=int(match["field"]), channel=match["channel"].strip(),
                z=int(match["z"]) if match["z"] else None, time=int(match["time"]), time_unit="frame", layout="biotek",
            )  # fmt: skip
    return None


_INCELL = re.compile(
    r"(?P<row>[A-Z]{1,2}) ?- ?(?P<column>\d{1,2}) ?\((?:fld (?P<field>\d+))?(?: ?wv (?P<channel>.+?))?(?: ?z (?P<z>\d+))?"
    r"(?: ?time (?P<time>\d+)(?: - (?P<ms>\d+) ?ms)?)?(?: ?z (?P<z2>\d+))?\)"
)


def _incell(path: PurePath) -> FileFields | None:
    match = _INCELL.fullmatch(path.stem)
    well = try_well(f"{match['row']}{match['column']}") if match else None
    if match is None or well is None:
        return None
    depth = match["z"] or match["z2"]
    time: float | None = float(match["time"]) if match["time"] else None
    unit: TimeUnit | None = "frame" if match["time"] else None
    if match["ms"]:
        time, unit = int(match["ms"]) / 1000, "s"
    return FileFields(
        None, *well, field=int(match["field"]) if match["field"] else None, channel=match["channel"],
        z=int(depth) if depth else None, time=time, time_unit=unit, layout="incell",
    )  # fmt: skip


_SCANR = re.compile(
    r"(?:(?P<plate>.*?)--)?W(?P<position>\d{5})--P(?P<field>\d{5})--Z(?P<z>\d{5})--T(?P<time>\d{5})--(?P<channel>.+)"
)


def _scanr(path: PurePath) -> FileFields | None:
    match = _SCANR.fullmatch(path.stem)
    if match is None:
        return None
    # the well's number counts through a plate whose size the name does not tell; some write the well in front of it
    before, _, last = (match["plate"] or "").rpartition("--")
    name, row, column = try_well(last) or (None, None, None)
    return FileFields(
        (before if name else match["plate"]) or None, name, row, column, field=int(match["field"]), channel=match["channel"],
        z=int(match["z"]), time=int(match["time"]), time_unit="frame", position=f"W{match['position']}", layout="scanr",
    )  # fmt: skip


_KEYENCE = re.compile(
    r"(?P<plate>.+?)(?:_T(?P<time>\d{4}))?(?:_(?P<well>[A-P]\d{2}))?(?:_(?P<position>(?:XY|W)\d{2,4}))?(?:_[SP]?(?P<field>\d{4,5}))?"
    r"(?:_Z(?P<z>\d{3,4}))?_(?P<channel>CH\d)"
)


def _keyence(path: PurePath) -> FileFields | None:
    match = _KEYENCE.fullmatch(path.stem)
    if match is None or not (match["position"] or (match["well"] and (match["field"] or match["z"]))):
        return None
    name, row, column = (try_well(match["well"]) if match["well"] else None) or (None, None, None)
    return FileFields(
        match["plate"], name, row, column, field=int(match["field"]) if match["field"] else None, channel=match["channel"][2:],
        z=int(match["z"]) if match["z"] else None, time=int(match["time"]) if match["time"] else None,
        time_unit="frame" if match["time"] else None, position=match["position"], layout="keyence",
    )  # fmt: skip


PATTERNS = (_INCUCYTE, _IMAGEXPRESS, _OPERETTA, _CELLINSIGHT, _YOKOGAWA, _CQ1, *_BIOTEK, _INCELL, _SCANR, _KEYENCE)
"""Shapes of the names of single planes, without their endings."""

LAYOUTS: tuple[Callable[[PurePath], FileFields | None], ...] = (
    _incucyte, _imagexpress, _operetta, _cellinsight, _yokogawa, _biotek, _incell, _scanr, _keyence,
)  # fmt: skip
"""Asked in this order."""
