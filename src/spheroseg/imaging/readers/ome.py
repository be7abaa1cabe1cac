"""OME-XML → what SpheroSeg needs of it.

Source: the OME data model, schema 2016-06 (openmicroscopy.org/Schemas/OME/2016-06).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from spheroseg.errors import FileNameError, ImageReadError
from spheroseg.imaging.filenames import well_name
from spheroseg.imaging.readers.steps import even_step_s, from_first
from spheroseg.imaging.units import duration_s, length_um
from spheroseg.imaging.xml_elements import children_named

UNREADABLE = "spheroseg/unreadable"
"""Namespace of our annotations of planes that were left out, before their t, c and z: why."""

_MAX_PLANES = 10_000_000


@dataclass(frozen=True, slots=True)
class OmePlane:
    """Where one plane lies: its place in the image, the page, and the file ("" for the file with the metadata)."""

    t: int
    c: int
    z: int
    page: int
    file_name: str
    uuid: str


@dataclass(frozen=True, slots=True)
class WellSample:
    """Place of an image on a plate: name of the plate, well ("A01"), field from 1."""

    plate: str
    well: str
    field: int


@dataclass(frozen=True, slots=True)
class OmeImage:
    """One `Image` element.

    Attributes:
        name: its name, or "".
        sample: its place on a plate, or None.
        pixel_size_um: (y, x) as stated, or None.
        z_step_um: distance of planes, or None.
        time_step_s: seconds between frames, or None.
        frame_times_s: seconds of each frame after the first, by `DeltaT`, or ().
        channel_names: one a channel, "" where the file has none.
        significant_bits: bits that the detector used, 0 where the file does not say.
        shape: (t, c, z) numbers of planes; the samples of a colour image count as one c.
        planes: where each of them lies, where `TiffData` says so.
    """

    name: str
    sample: WellSample | None
    pixel_size_um: tuple[float, float] | None
    z_step_um: float | None
    time_step_s: float | None
    frame_times_s: tuple[float, ...]
    channel_names: tuple[str, ...]
    significant_bits: int
    shape: tuple[int, int, int]
    planes: tuple[OmePlane, ...]

    @property
    def n_planes(self) -> int:
        """Pages that the image should have."""
        return self.shape[0] * self.shape[1] * self.shape[2]

    @property
    def file_names(self) -> set[str]:
        """Names (or, where there are none, UUIDs) of the files that hold its planes; empty where it has one file."""
        return {plane.file_name or plane.uuid for plane in self.planes if plane.file_name or plane.uuid}


@dataclass(frozen=True, slots=True)
class OmeDocument:
    """The `Image` elements in order, the UUID of the file, and the file that has the metadata where this one has not.

    `unreadable`: why we left planes (t, c, z) out when we wrote the file.
    """

    images: tuple[OmeImage, ...] = ()
    uuid: str = ""
    metadata_file: str = ""
    unreadable: dict[tuple[int, int, int], str] = field(default_factory=dict)


def parse(xml: str, path: Path) -> OmeDocument:
    """The `Image` elements of an OME-XML text, in order.

    Raises:
        ImageReadError: the text is no XML, declares entities, or states sizes that are no sizes.
    """
    try:
        root = ElementTree.fromstring(xml)
        samples = _well_samples(root)
        images = tuple(_image(element, samples) for element in children_named(root, "Image"))
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise ImageReadError(path, f"the OME metadata are damaged ({error})") from error
    pointers = children_named(root, "BinaryOnly")
    uuid = root.get("UUID", "") or (pointers[0].get("UUID", "") if pointers else "")
    return OmeDocument(images, uuid, pointers[0].get("MetadataFile", "") if pointers else "", _reasons(root))


def _reasons(root: Element) -> dict[tuple[int, int, int], str]:
    found: dict[tuple[int, int, int], str] = {}
    for group in children_named(root, "StructuredAnnotations"):
        for annotation in children_named(group, "CommentAnnotation"):
            words = annotation.get("Namespace", "").split()
            if words[:1] == [UNREADABLE] and len(words) == 4 and all(word.isdecimal() for word in words[1:]):
                texts = children_named(annotation, "Value")
                found[int(words[1]), int(words[2]), int(words[3])] = str(texts[0].text or "") if texts else ""
    return found


def _well_samples(root: Element) -> dict[str, WellSample]:
    """Place on a plate by the image's id."""
    found: dict[str, WellSample] = {}
    for plate in children_named(root, "Plate"):
        plate_name = plate.get("Name") or plate.get("ExternalIdentifier") or ""
        for well in children_named(plate, "Well"):
            try:
                name = well_name(int(well.get("Row", "")) + 1, int(well.get("Column", "")) + 1)
            except (ValueError, FileNameError):
                continue  # a well beyond any plate has no name
            for number, sample in enumerate(children_named(well, "WellSample"), 1):
                for reference in children_named(sample, "ImageRef"):
                    found[reference.get("ID", "")] = WellSample(plate_name, name, number)
    return found


def _image(element: Element, samples: dict[str, WellSample]) -> OmeImage:
    pixels = children_named(element, "Pixels")[:1]
    if not pixels:
        raise ValueError("an Image without Pixels")
    attributes = pixels[0].attrib
    sizes = {axis: int(attributes[f"Size{axis}"]) for axis in "XYZCT"}
    n_planes = sizes["Z"] * sizes["C"] * sizes["T"]
    if min(sizes.values()) < 1 or n_planes > _MAX_PLANES:
        raise ValueError(f"sizes {sizes}")
    channels = children_named(pixels[0], "Channel")
    n_samples = max(1, int(channels[0].get("SamplesPerPixel", "1"))) if channels else 1
    counts = {"T": sizes["T"], "C": max(1, sizes["C"] // n_samples), "Z": sizes["Z"]}
    size_y = length_um(attributes.get("PhysicalSizeY", ""), attributes.get("PhysicalSizeYUnit", "µm"))
    size_x = length_um(attributes.get("PhysicalSizeX", ""), attributes.get("PhysicalSizeXUnit", "µm"))
    # one of the two is enough: the schema allows it, and square pixels are what is meant
    size_y, size_x = size_y or size_x, size_x or size_y
    times, z_step_um = _plane_places(pixels[0], counts)
    return OmeImage(
        name=element.get("Name", ""),
        sample=samples.get(element.get("ID", "")),
        pixel_size_um=(size_y, size_x) if size_y and size_x else None,
        z_step_um=length_um(attributes.get("PhysicalSizeZ", ""), attributes.get("PhysicalSizeZUnit", "µm"))
        or z_step_um,
        time_step_s=duration_s(attributes.get("TimeIncrement", ""), attributes.get("TimeIncrementUnit", "s"))
        or even_step_s(times),
        frame_times_s=times,
        channel_names=tuple(channel.get("Name", "") for channel in channels),
        significant_bits=int(attributes.get("SignificantBits", "0")),
        shape=(counts["T"], counts["C"], counts["Z"]),
        planes=_planes(children_named(pixels[0], "TiffData"), attributes["DimensionOrder"], counts, n_samples),
    )


def _plane_places(pixels: Element, counts: dict[str, int]) -> tuple[tuple[float, ...], float | None]:
    """Seconds of each frame after the first (by DeltaT), and the distance of z planes (by PositionZ)."""
    times: dict[int, float] = {}
    heights: dict[int, float] = {}
    for plane in children_named(pixels, "Plane"):
        t, z = int(plane.get("TheT", "0")), int(plane.get("TheZ", "0"))
        unit_s = duration_s(1, plane.get("DeltaTUnit", "s"))
        if unit_s and plane.get("DeltaT"):
            at = float(plane.get("DeltaT", "0")) * unit_s
            times[t] = min(at, times.get(t, at))
        unit_um = length_um(1, plane.get("PositionZUnit", "reference frame"))
        if unit_um and plane.get("PositionZ") and t == 0:
            heights.setdefault(z, float(plane.get("PositionZ", "0")) * unit_um)
    step = abs(heights[1] - heights[0]) if counts["Z"] > 1 and {0, 1} <= heights.keys() else 0.0
    stated = [times[t] for t in range(counts["T"]) if t in times]
    return from_first(stated) if len(stated) == counts["T"] else (), step or None


def _planes(parts: list[Element], order: str, counts: dict[str, int], n_samples: int) -> tuple[OmePlane, ...]:
    stacked = [axis for axis in order.upper() if axis in "ZCT"]
    if sorted(stacked) != ["C", "T", "Z"]:
        raise ValueError(f"DimensionOrder {order!r}")
    n_planes = counts["Z"] * counts["C"] * counts["T"]
    planes: list[OmePlane] = []
    for part in parts:
        # without a page and a number, a part stands for all planes
        usual = "1" if "IFD" in part.attrib else str(n_planes)
        n_of_part = int(part.get("PlaneCount", part.get("NumPlanes", usual)))
        first_page = int(part.get("IFD", "0"))
        if not 0 <= n_of_part <= n_planes * n_samples:
            raise ValueError("more planes in TiffData than in Pixels")
        if not 0 <= first_page <= _MAX_PLANES:
            raise ValueError("an impossible IFD in TiffData")
        uuids = children_named(part, "UUID")
        file_name, uuid = (uuids[0].get("FileName", ""), str(uuids[0].text or "")) if uuids else ("", "")
        at = {axis: int(part.get(f"First{axis}", "0")) for axis in "ZCT"}
        at["C"] //= n_samples
        for offset in range(min(n_of_part, n_planes)):
            if any(not 0 <= at[axis] < counts[axis] for axis in "ZCT"):
                break
            planes.append(OmePlane(at["T"], at["C"], at["Z"], first_page + offset, file_name, uuid))
            for axis in stacked:  # the first axis runs fastest
                at[axis] += 1
                if at[axis] < counts[axis] or axis == stacked[-1]:
                    break
                at[axis] = 0
    return tuple(planes)
