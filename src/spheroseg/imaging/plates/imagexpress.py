"""ImageXpress (MetaXpress): NAME.HTD beside NAME_A01_s1_w1.TIF, or TimePoint_1/ZStep_1/NAME_A01_s1_w1GUID.tif.

Layout of the HTD: lines of `"Key", value`. Files directly in a time point's folder beside ZStep folders are projections.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path

from spheroseg.errors import FileNameError, ImageReadError
from spheroseg.imaging.filenames import parse_well
from spheroseg.imaging.plates.index import PlateFile, stamp

_TAIL = re.compile(
    r"_(?P<well>[A-Z]{1,2}\d{2})(?:_s(?P<field>\d{1,4}))?(?:_w(?P<channel>\d{1,2}))?"
    r"(?:[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12})?\.tiff?",
    re.IGNORECASE,
)
_TIME_POINT = re.compile(r"TimePoint_(\d{1,5})", re.IGNORECASE)
_Z_STEP = re.compile(r"ZStep_(\d{1,5})", re.IGNORECASE)


def is_index(path: Path) -> bool:
    """Whether a file ends like a description of an ImageXpress plate."""
    return path.suffix.lower() == ".htd"


def read_index(path: Path) -> dict[str, PlateFile]:
    """Planes by the path of their file below the plate's folder, lower case; thumbnails and projections are none.

    Raises:
        ImageReadError: the file is no HTD.
    """
    names = _wave_names(path, stamp(path))
    found: dict[str, PlateFile] = {}
    prefix = path.stem.lower()
    for file in sorted(path.parent.rglob("*")):
        relative = file.relative_to(path.parent)
        match = _TAIL.fullmatch(file.name[len(prefix) :]) if file.name.lower().startswith(prefix) else None
        if match is None:
            continue
        try:
            well = parse_well(match["well"])[0]
        except FileNameError:
            continue
        folders = relative.parts[:-1]
        t = next((int(found_[1]) for part in folders if (found_ := _TIME_POINT.fullmatch(part))), 1)
        z = next((int(found_[1]) for part in folders if (found_ := _Z_STEP.fullmatch(part))), 0)
        channel = match["channel"] or "1"
        found[relative.as_posix().lower()] = PlateFile(
            path=file,
            well=well,
            field=int(match["field"]) if match["field"] else None,
            channel=str(int(channel)),
            z=z,
            t=t,
            channel_name=names.get(int(channel), ""),
            plate=path.stem,
        )
    if any(file.z for file in found.values()):
        found = {name: file for name, file in found.items() if file.z}
    return found


@lru_cache(maxsize=64)
def _wave_names(path: Path, _stamp: int) -> dict[int, str]:
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise ImageReadError(path, "the plate's description cannot be read") from error
    attributes = {
        row[0].strip(): [value.strip() for value in row[1:]]
        for row in csv.reader(text.splitlines(), skipinitialspace=True)
        if row
    }
    if "HTSInfoFile" not in attributes and "XWells" not in attributes:
        raise ImageReadError(path, "it is no description of an ImageXpress plate")
    return {
        int(key[8:]): values[0] for key, values in attributes.items() if re.fullmatch(r"WaveName\d+", key) and values
    }
