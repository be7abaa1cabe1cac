"""Planes of instruments that write no index, by the names of their files."""

from __future__ import annotations

from pathlib import Path

from spheroseg.imaging.filenames import FileFields, parse
from spheroseg.imaging.plates.index import PlateFile

LAYOUTS = ("imagexpress", "operetta", "yokogawa", "cellinsight", "incucyte", "biotek", "incell", "scanr", "keyence")
"""Layouts of names that are recognised by their whole shape; loose tokens make no plate."""


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
    t, time_s = _time(fields)
    file = PlateFile(
        path=path,
        well=place,
        field=fields.field,
        channel=fields.channel or "1",
        z=fields.z or 0,
        t=t,
        time_s=time_s,
        plate=fields.plate or "",
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
