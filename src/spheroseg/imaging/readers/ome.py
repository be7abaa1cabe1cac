"""OME-XML → what SpheroSeg needs of it.

Source: the OME data model, schema 2016-06 (openmicroscopy.org/Schemas/OME/2016-06).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from spheroseg.errors import ImageReadError
from spheroseg.imaging.units import duration_s, length_um

_MAX_PLANES = 10_000_000


@dataclass(frozen=True, slots=True)
class OmeImage:
    """One `Image` element.

    Attributes:
        name: its name, or "".
        pixel_size_um: (y, x), or None.
        z_step_um: distance of planes, or None.
        time_step_s: seconds between frames, or None.
        channel_names: one a channel, "" where the file has none.
        significant_bits: bits that the detector used, 0 where the file does not say.
        n_planes: pages that the image should have.
        own_planes: (t, c, z) by the page's index for the planes that lie in this very file of a set of
            files; None where all planes lie in it.
        n_files: files that the set has.
    """

    name: str
    pixel_size_um: tuple[float, float] | None
    z_step_um: float | None
    time_step_s: float | None
    channel_names: tuple[str, ...]
    significant_bits: int
    n_planes: int
    own_planes: dict[int, tuple[int, int, int]] | None
    n_files: int


def parse(xml: str, path: Path) -> list[OmeImage]:
    """The `Image` elements of an OME-XML text, in order.

    Raises:
        ImageReadError: the text is no XML, declares entities, or states sizes that are no sizes.
    """
    try:
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError) as error:
        raise ImageReadError(path, f"the OME metadata are damaged ({error})") from error
    try:
        return [_image(element, root.get("UUID"), path) for element in root if _tag(element) == "Image"]
    except (KeyError, ValueError) as error:
        raise ImageReadError(path, f"the OME metadata are damaged ({error})") from error


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Element, tag: str) -> list[Element]:
    return [child for child in element if _tag(child) == tag]


def _image(element: Element, file_uuid: str | None, path: Path) -> OmeImage:
    pixels = _children(element, "Pixels")[:1]
    if not pixels:
        raise ValueError("an Image without Pixels")
    attributes = pixels[0].attrib
    sizes = {axis: int(attributes[f"Size{axis}"]) for axis in "XYZCT"}
    n_planes = sizes["Z"] * sizes["C"] * sizes["T"]
    if min(sizes.values()) < 1 or n_planes > _MAX_PLANES:
        raise ValueError(f"sizes {sizes}")
    parts = _children(pixels[0], "TiffData")
    for part in parts:
        if not 0 <= int(part.get("PlaneCount", part.get("NumPlanes", "0"))) <= n_planes:
            raise ValueError("more planes in TiffData than in Pixels")
        if not 0 <= int(part.get("IFD", "0")) <= _MAX_PLANES:
            raise ValueError("an impossible IFD in TiffData")
    own_planes, n_files = _own_planes(parts, attributes["DimensionOrder"], sizes, file_uuid, path.name)
    size_y = length_um(attributes.get("PhysicalSizeY", ""), attributes.get("PhysicalSizeYUnit", "µm"))
    size_x = length_um(attributes.get("PhysicalSizeX", ""), attributes.get("PhysicalSizeXUnit", "µm"))
    channels = _children(pixels[0], "Channel")
    samples = max(1, int(channels[0].get("SamplesPerPixel", "1"))) if channels else 1
    return OmeImage(
        name=element.get("Name", ""),
        # one of the two is enough: the schema allows it, and square pixels are what is meant
        pixel_size_um=(size_y or size_x, size_x or size_y) if size_x and size_y else _square(size_y or size_x),
        z_step_um=length_um(attributes.get("PhysicalSizeZ", ""), attributes.get("PhysicalSizeZUnit", "µm")),
        time_step_s=duration_s(attributes.get("TimeIncrement", ""), attributes.get("TimeIncrementUnit", "s")),
        channel_names=tuple(channel.get("Name", "") for channel in channels),
        significant_bits=int(attributes.get("SignificantBits", "0")),
        n_planes=n_planes // samples,
        own_planes=own_planes,
        n_files=n_files,
    )


def _square(size: float | None) -> tuple[float, float] | None:
    return (size, size) if size else None


def _own_planes(
    parts: list[Element], order: str, sizes: dict[str, int], file_uuid: str | None, file_name: str
) -> tuple[dict[int, tuple[int, int, int]] | None, int]:
    """Planes of this file in a set of files, and the number of files; None for a file that has them all."""
    names: set[str] = set()
    own: dict[int, tuple[int, int, int]] = {}
    stacked = [axis for axis in order.upper() if axis in "ZCT"]
    if sorted(stacked) != ["C", "T", "Z"]:
        raise ValueError(f"DimensionOrder {order!r}")
    for part in parts:
        uuids = _children(part, "UUID")
        if not uuids:
            continue
        name = uuids[0].get("FileName", "")
        names.add(name or str(uuids[0].text))
        is_own = name.lower() == file_name.lower() if name else uuids[0].text == file_uuid
        if file_uuid is not None and uuids[0].text == file_uuid:
            is_own = True  # the file was renamed
        if not is_own:
            continue
        at = {axis: int(part.get(f"First{axis}", "0")) for axis in "ZCT"}
        first_page = int(part.get("IFD", "0"))
        for offset in range(int(part.get("PlaneCount", part.get("NumPlanes", "1")))):
            own[first_page + offset] = (at["T"], at["C"], at["Z"])
            for axis in stacked:  # the first axis runs fastest
                at[axis] += 1
                if at[axis] < sizes[axis]:
                    break
                at[axis] = 0
    if len(names) < 2:
        return None, 1
    return own, len(names)
