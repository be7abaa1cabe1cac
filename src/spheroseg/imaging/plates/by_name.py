"""Planes of instruments that write no index, by the names of their files."""

from __future__ import annotations

import re
from pathlib import Path

from spheroseg.imaging.filenames import FileFields, parse
from spheroseg.imaging.plates.index import PlateFile

LAYOUTS = ("imagexpress", "operetta", "yokogawa", "cellinsight", "incucyte", "biotek", "incell", "scanr", "keyence")
"""Layouts of names that are recognised by their whole shape; loose tokens make no plate."""


# an Incucyte exports each channel by itself: into a folder of its own, or with a prefix that a person chose
_INCUCYTE_CHANNEL = re.compile(
    r"(?:(?P<plate>.+)[_\- ])?(?P<channel>phase|green|red|orange|nir|brightfield|bf)", re.IGNORECASE
)


def plane_of(path: Path, relative: Path) -> tuple[str, str, PlateFile] | None:
    """(layout, folder, plane) of a file whose name is an instrument's; None for any other.

    The folder is that of the plate: above the folders that count times and z planes.
    """
    fields = parse(relative)
    if fields.layout not in LAYOUTS:
        return None
    place = fields.well or fields.position
    if place is None:
        return None
    folder = relative.parent
    while folder.name.lower().startswith(("timepoint_", "zstep_")) or (
        fields.layout == "keyence" and folder.name[:2] == "XY"
    ):
        folder = folder.parent
    channel, plate = fields.channel, fields.plate or ""
    if fields.layout == "incucyte" and (named := _INCUCYTE_CHANNEL.fullmatch(plate)):
        channel, plate = named["channel"], named["plate"] or ""
    elif fields.layout == "incucyte" and (named := _INCUCYTE_CHANNEL.fullmatch(folder.name)) and not named["plate"]:
        channel, folder = folder.name, folder.parent
    t, time_s = _time(fields)
    file = PlateFile(
        path=path,
        well=place,
        field=fields.field,
        channel=channel or "1",
        z=fields.z or 0,
        t=t,
        time_s=time_s,
        plate=plate,
    )
    return fields.layout, folder.as_posix(), file


def _time(fields: FileFields) -> tuple[int, float | None]:
    """A whole number that orders the time points, and seconds."""
    if fields.acquired is not None:
        seconds = fields.acquired.timestamp()
        return round(seconds), seconds
    if fields.time_h is not None:
        return round(fields.time_h * 3600), fields.time_h * 3600
    return (int(fields.time) if fields.time is not None else 0), None
