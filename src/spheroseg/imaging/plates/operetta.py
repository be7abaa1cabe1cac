"""Operetta, Opera Phenix (Harmony, Columbus): `Index.idx.xml` or `Index.xml` beside files such as r01c02f03p01-ch1sk1fk1fl1.tiff.

Layout: `EvaluationInputData` with `Plates/Plate`, `Maps/Map/Entry` (per channel, since version 6) and `Images/Image`; lengths in
metres. Older versions state the size with every image.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from xml.etree.ElementTree import Element

from spheroseg.errors import FileNameError
from spheroseg.imaging.filenames import well_name
from spheroseg.imaging.plates.index import PlateFile, inside, read_xml, stamp
from spheroseg.imaging.units import length_um
from spheroseg.imaging.xml_elements import children_named, local_name

INDEX_NAMES = ("Index.idx.xml", "Index.xml", "Index.ref.xml", "ImageIndex.ColumbusIDX.xml")


def is_index(path: Path) -> bool:
    """Whether a file has the name of Harmony's index."""
    return path.name.lower() in {name.lower() for name in INDEX_NAMES}


def read_index(path: Path) -> dict[str, PlateFile]:
    """Planes by the name of their file, lower case.

    Raises:
        ImageReadError: the index cannot be read.
    """
    return _read(path, stamp(path))


@lru_cache(maxsize=4)
def _read(path: Path, _stamp: int) -> dict[str, PlateFile]:
    root = read_xml(path)
    plate = next((_text(found, "Name") or _text(found, "PlateID") for found in _all(root, "Plate")), "")
    merged: dict[str, dict[str, str]] = {}
    units: dict[str, str] = {}
    for entry in _all(root, "Entry"):
        number = str(entry.get("ChannelID", ""))
        for child in entry:
            merged.setdefault(number, {}).setdefault(local_name(child), (child.text or "").strip())
            units.setdefault(local_name(child), child.get("Unit", "m"))
    files: dict[str, PlateFile] = {}
    for image in _all(root, "Image"):
        attributes = {local_name(child): (child.text or "").strip() for child in image}
        units |= {local_name(child): child.get("Unit", "m") for child in image if child.get("Unit")}
        url = attributes.get("URL", "")
        place = inside(path.parent, url) if url else None
        if place is None:
            continue
        of_channel = merged.get(attributes.get("ChannelID", ""), {})
        attributes = {**of_channel, **attributes}
        try:
            well = well_name(int(attributes["Row"]), int(attributes["Col"]))
        except (KeyError, ValueError, FileNameError):
            continue
        size_y, size_x = (
            length_um(attributes.get(f"ImageResolution{axis}", ""), units.get(f"ImageResolution{axis}", "m"))
            for axis in "YX"
        )
        z_um = _signed_um(attributes.get("PositionZ", ""), units.get("PositionZ", "m"))
        files[place.name.lower()] = PlateFile(
            path=place,
            well=well,
            field=_whole(attributes.get("FieldID")),
            channel=attributes.get("ChannelID", "1"),
            z=_whole(attributes.get("PlaneID")) or 1,
            t=_whole(attributes.get("TimepointID")) or 0,
            channel_name=attributes.get("ChannelName", ""),
            pixel_size_um=(size_y, size_x) if size_y and size_x else None,
            z_um=z_um,
            time_s=_number(attributes.get("MeasurementTimeOffset")),
            plate=plate,
        )
    return files


def _all(root: Element, tag: str) -> list[Element]:
    """Elements that hold something: `Image` and `Well` also name references with an id and nothing inside."""
    return [element for element in root.iter() if local_name(element) == tag and len(element)]


def _text(element: Element, tag: str) -> str:
    found = children_named(element, tag)
    return (found[0].text or "").strip() if found else ""


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None


def _signed_um(text: str, unit: str) -> float | None:
    value, um = _number(text), length_um(1, unit)
    return None if value is None or um is None else float(f"{value * um:.9g}")
