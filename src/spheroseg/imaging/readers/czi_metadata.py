"""What the XML of a CZI file says: scale, times, channels, scenes and their wells."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from spheroseg.errors import FileNameError
from spheroseg.imaging.filenames import well_name
from spheroseg.imaging.identity import well_of_name
from spheroseg.imaging.units import duration_s, length_um

_ZEN_POSITION = re.compile(r"^P\d+-(?=[A-P]\d{1,2}$)")  # "P2-D6": the second position in D6


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene: its name, its well ("" where it has none), its number within the well."""

    name: str
    well: str
    field: int | None


@dataclass(frozen=True, slots=True)
class CziMetadata:
    """What the XML says, see `Image`; channel_names by channel index, offsets_s by time index, scenes by scene index."""

    pixel_size_um: tuple[float, float] | None = None
    z_step_um: float | None = None
    time_step_s: float | None = None
    offsets_s: tuple[float, ...] = ()
    channel_names: tuple[str, ...] = ()
    significant_bits: int = 0
    scenes: dict[int, Scene] = field(default_factory=dict)
    plain: dict[str, Any] = field(default_factory=dict)


def metadata(xml: str) -> CziMetadata:
    """Damaged metadata leave the pixels readable: the image then has no pixel size."""
    try:
        root = ElementTree.fromstring(xml.strip("\0 \r\n"))
    except (ElementTree.ParseError, ValueError):
        return CziMetadata(plain={"metadata": "could not be read"} if xml else {})
    sizes = {
        distance.get("Id"): length_um(distance.findtext("Value", ""), "m")  # always metres
        for distance in root.findall("./Metadata/Scaling/Items/Distance")
    }
    size_y, size_x = sizes.get("Y"), sizes.get("X")
    image = root.find("./Metadata/Information/Image")
    if image is None:
        image = Element("Image")
    bits = image.findtext("./ComponentBitCount", "0")
    plain: dict[str, Any] = {tag: image.findtext(tag, "") for tag in ("AcquisitionDateAndTime",) if image.findtext(tag)}
    objective = root.find("./Metadata/Information/Instrument/Objectives/Objective")
    if objective is not None:
        plain["objective"] = objective.get("Name", "")
    return CziMetadata(
        pixel_size_um=(size_y, size_x) if size_y and size_x else None,
        z_step_um=sizes.get("Z") or length_um(image.findtext("./Dimensions/Z/Positions/Interval/Increment", ""), "µm"),
        time_step_s=duration_s(image.findtext("./Dimensions/T/Positions/Interval/Increment", ""), "s"),
        offsets_s=_offsets(image.findtext("./Dimensions/T/Positions/List/Offsets", "")),
        channel_names=tuple(channel.get("Name", "") for channel in image.findall("./Dimensions/Channels/Channel")),
        significant_bits=int(bits) if bits.isdecimal() else 0,
        scenes=_scenes(image),
        plain=plain,
    )


def _offsets(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(number) for number in text.replace(",", " ").split())
    except ValueError:
        return ()


def _scenes(image: Element) -> dict[int, Scene]:
    scenes: dict[int, Scene] = {}
    in_well: Counter[str] = Counter()
    for number, element in enumerate(image.findall("./Dimensions/S/Scenes/Scene")):
        index = element.get("Index", "")
        name = element.get("Name", "")
        well = _well(element) or well_of_name(_ZEN_POSITION.sub("", name))
        in_well[well] += 1
        scenes[int(index) if index.isdecimal() else number] = Scene(name, well, in_well[well] if well else None)
    return scenes


def _well(scene: Element) -> str:
    """By the row and column of the carrier's shape, else by the name of the shape or of the array of positions."""
    shape = scene.find("./Shape")
    if shape is not None:
        try:
            return well_name(int(shape.findtext("./RowIndex", "")), int(shape.findtext("./ColumnIndex", "")))
        except (ValueError, FileNameError):
            pass  # a shape without a place is no well of a plate
    for name in (scene.findtext("./ArrayName", ""), shape.get("Name", "") if shape is not None else ""):
        if well := well_of_name(name):
            return well
    return ""
