"""Yokogawa CellVoyager (CV7000, CV8000, CQ1): MeasurementData.mlf, MeasurementDetail.mrf and the settings (.mes).

Layout: attributes of the namespace http://www.yokogawa.co.jp/BTS/BTSSchema/1.0; sizes of pixels and heights in µm.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from xml.etree.ElementTree import Element

from spheroseg.errors import FileNameError, ImageReadError
from spheroseg.imaging.filenames import well_name
from spheroseg.imaging.plates.index import PlateFile, inside, read_xml, stamp
from spheroseg.imaging.units import length_um
from spheroseg.imaging.xml_elements import local_name

INDEX_NAME = "MeasurementData.mlf"
_DETAIL_NAME = "MeasurementDetail.mrf"


def is_index(path: Path) -> bool:
    """Whether a file has the name of a CellVoyager's list of images."""
    return path.name.lower() == INDEX_NAME.lower()


def read_index(path: Path) -> dict[str, PlateFile]:
    """Planes by the name of their file, lower case; records of errors (Type="ERR") are no planes.

    Raises:
        ImageReadError: the index cannot be read.
    """
    return _read(path, stamp(path), stamp(path.with_name(_DETAIL_NAME)))


@lru_cache(maxsize=4)
def _read(path: Path, _stamp: int, _stamp_of_detail: int) -> dict[str, PlateFile]:
    sizes, plate, settings = _detail(path.with_name(_DETAIL_NAME))
    names = _channel_names(path.parent, settings)
    files: dict[str, PlateFile] = {}
    for record in read_xml(path).iter():
        attributes = _attributes(record)
        name = (record.text or "").strip()
        place = inside(path.parent, name) if name else None
        if local_name(record) != "MeasurementRecord" or attributes.get("Type") != "IMG" or place is None:
            continue
        try:
            well = well_name(int(attributes["Row"]), int(attributes["Column"]))
            files[place.name.lower()] = PlateFile(
                path=place,
                well=well,
                field=int(attributes["FieldIndex"]) if "FieldIndex" in attributes else None,
                channel=attributes.get("Ch", "1"),
                z=int(attributes.get("ZIndex", "1")),
                t=int(attributes.get("TimePoint", "1")),
                channel_name=names.get(attributes.get("Ch", "1"), ""),
                pixel_size_um=sizes.get(attributes.get("Ch", "1")),
                z_um=float(attributes["Z"]) if "Z" in attributes else None,
                time_s=_moment_s(attributes.get("Time", "")),
                plate=plate,
            )
        except (KeyError, ValueError, FileNameError):
            continue
    return files


def references_of(path: Path) -> set[str]:
    """Names, lower case, of the pictures that the instrument corrects with (shading, dark): they lie among the images.

    Args:
        path: MeasurementData.mlf; MeasurementDetail.mrf beside it names them.
    """
    try:
        root = read_xml(path.with_name(_DETAIL_NAME))
    except ImageReadError:
        return set()
    return {
        value.replace("\\", "/").rpartition("/")[2].lower()
        for element in root.iter()
        for name, value in _attributes(element).items()
        if name.endswith("ShadingCorrectionSource") and value
    }


def _detail(path: Path) -> tuple[dict[str, tuple[float, float]], str, str]:
    """Pixel sizes (y, x) by channel, the plate's name, and the name of the file with the settings."""
    try:
        root = read_xml(path)
    except ImageReadError:
        return {}, "", ""
    sizes: dict[str, tuple[float, float]] = {}
    plate = ""
    for element in root.iter():
        attributes = _attributes(element)
        if local_name(element) == "MeasurementChannel":
            size_x = length_um(attributes.get("HorizontalPixelDimension", ""), "µm")
            size_y = length_um(attributes.get("VerticalPixelDimension", ""), "µm") or size_x
            if size_x and size_y:
                sizes[attributes.get("Ch", "1")] = (size_y, size_x)
        elif local_name(element) == "MeasurementSamplePlate":
            plate = attributes.get("Name", "")
    attributes = _attributes(root)
    return sizes, plate or attributes.get("Title", ""), attributes.get("MeasurementSettingFileName", "")


def _channel_names(folder: Path, settings: str) -> dict[str, str]:
    place = inside(folder, settings) if settings else next(iter(sorted(folder.glob("*.mes"))), None)
    if place is None or not place.is_file():
        return {}
    try:
        root = read_xml(place)
    except ImageReadError:
        return {}
    found = (_attributes(element) for element in root.iter() if local_name(element) == "Channel")
    return {
        attributes["Ch"]: attributes.get("Target") or attributes.get("Fluorophore") or attributes.get("Acquisition", "")
        for attributes in found
        if "Ch" in attributes
    }


def _attributes(element: Element) -> dict[str, str]:
    return {str(name).rpartition("}")[2]: value for name, value in element.attrib.items()}


def _moment_s(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
