"""What an index of a plate folder says: one entry a plane."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from spheroseg.errors import ImageReadError

_MAX_INDEX_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class PlateFile:
    """One plane of a plate and its place.

    Attributes:
        path: the file.
        well: "A01".
        field: number of the field of view as the instrument counts, or None where a well has one.
        channel: what tells channels apart ("1", "GFP"); sorted by number, then by name.
        z: number of the plane as the instrument counts.
        t: number of the time point as the instrument counts.
        page: page of the file.
        channel_name: as a person reads it, or "".
        pixel_size_um: (y, x) as the index states it, or None.
        z_um: height of the plane, or None.
        time_s: when it was taken, in seconds from any moment that is the same for its image, or None.
        plate: the plate's name, or "".
    """

    path: Path
    well: str
    field: int | None = None
    channel: str = "1"
    z: int = 1
    t: int = 1
    page: int = 0
    channel_name: str = ""
    pixel_size_um: tuple[float, float] | None = None
    z_um: float | None = None
    time_s: float | None = None
    plate: str = ""


def read_xml(path: Path) -> Element:
    """The root of an index; a file that is named in an index but is no XML is said to be damaged.

    Raises:
        ImageReadError: the file is too large, no XML, or declares entities.
    """
    try:
        if path.stat().st_size > _MAX_INDEX_BYTES:
            raise ImageReadError(path, "the index is larger than any instrument writes")
        root: Element = ElementTree.parse(path).getroot()  # type: ignore[assignment]  # a parsed file has a root
    except (ElementTree.ParseError, ValueError, OSError) as error:
        raise ImageReadError(path, f"the plate's index is damaged ({error})") from error
    return root


def inside(folder: Path, name: str) -> Path | None:
    """The file that an index names, or None where the name leads out of the plate's folder."""
    path = (folder / name.replace("\\", "/")).resolve()
    return folder / name.replace("\\", "/") if path.is_relative_to(folder.resolve()) else None


def stamp(path: Path) -> int:
    """When a file was changed, for caches of what it says; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def find_upwards(folder: Path, names: tuple[str, ...], levels: int) -> Path | None:
    """The first of these files in a folder or in one of the next above it; names in any case."""
    for place in (folder, *folder.parents[:levels]):
        here = _files_by_lower_name(place, stamp(place))
        for name in names:
            if name.lower() in here:
                return place / here[name.lower()]
    return None


@lru_cache(maxsize=64)
def _files_by_lower_name(folder: Path, _stamp: int) -> dict[str, str]:
    try:
        return {entry.name.lower(): entry.name for entry in folder.iterdir()}
    except OSError:
        return {}
