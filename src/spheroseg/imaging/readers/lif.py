"""LIF, LOF, XLEF and XLIF (Leica LAS X) → Image, by liffile: one series an image of the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

import liffile

from spheroseg.errors import ImageReadError
from spheroseg.imaging import limits
from spheroseg.imaging.identity import places_of_names
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.parts import DESCRIPTIONS, parts_of
from spheroseg.imaging.readers import lif_pixels
from spheroseg.imaging.readers.axes import RGB, StatedAxes, name_channels, to_tczyx
from spheroseg.imaging.readers.damage import blank, places_of, stacked, within
from spheroseg.imaging.scale import Claim, judge
from spheroseg.imaging.units import duration_s, length_um
from spheroseg.kernels.scratch import allocate

_DESCRIPTION = "./Data/Image/ImageDescription"
_AXIS_OF_DIMENSION = {"1": "X", "2": "Y", "3": "Z", "4": "T"}
# wavelengths are channels; XT slices and rotations keep letters of their own
_AXIS_OF_LABEL = {"λ": "E", "Λ": "E"}
_MAX_XML_BYTES = 256 * 2**20
_OBJECT_FILE = "LMS_Object_File".encode("utf-16-le")
_LOF_HEAD_BYTES = 19  # two tags and version numbers, a tag, the number of bytes of pixels


def read(path: Path, series: int, _stated: StatedAxes | None = None) -> Image:
    """Reads one image of a LIF or LOF file, or of what an XLEF or XLIF refers to. Lifetime (FLIM) recordings, which hold photons and no pixels, do not count.

    Planes that lie beyond the end of a file that is cut off, or in files that are not there, are `unreadable`.

    Raises:
        ImageReadError: damaged, truncated, unsupported, too large, or there is no such image.
    """
    _check(path)
    with liffile.LifFile(path, squeeze=False) as file:
        images = [image for image in file.images if isinstance(image, liffile.LifImage)]
        if not images:
            raise ImageReadError(path, "it holds no image")
        # a tile scan gives one series a tile
        places = [(image, tile) for image in images for tile in range(max(1, image.sizes.get("M", 1)))]
        if not 0 <= series < len(places):
            raise ImageReadError(path, f"there is no series {series}; the file has {len(places)} (0 is the first)")
        image, tile = places[series]
        sizes = image.sizes
        if "X" not in sizes or "Y" not in sizes:
            raise ImageReadError(path, f"series {series} is no picture: it has the axes {''.join(sizes)}")
        check_size(
            path,
            (sizes["Y"], sizes["X"]),
            [size for axis, size in sizes.items() if axis not in {"X", "Y"}],
            bytes_per_value=image.dtype.itemsize,
        )
        stored, damaged = lif_pixels.read(path, image)
        labels = list(sizes)
        n_tiles = sizes.get("M", 1)
        well, field = places_of_names([image.path for image in images])[images.index(image)]
        if "M" in labels:
            damaged = within(damaged, {label: n for label, n in sizes.items() if label not in "YXS"}, {"M": tile})
            stored = stored[(slice(None),) * labels.index("M") + (tile,)]
            labels.remove("M")
        data = allocate(stored.shape, stored.dtype, spill_from_bytes=limits.SCRATCH_FROM_BYTES)
        data[...] = stored
        axes = "".join(_AXIS_OF_LABEL.get(label[0], label[0]) for label in labels)
        arranged = to_tczyx(path, data, axes)
        data = arranged.data
        unreadable = places_of(path, damaged, stacked(axes, [sizes[label] for label in labels]), data.shape)
        dimensions = _dimensions(image.xml_element)
        size_y, size_x = (_step(dimensions.get(axis), "length") for axis in "YX")
        is_rgb = sizes.get("S", 1) == 3 and data.shape[1] == 3
        channels = image.xml_element.findall(f"{_DESCRIPTION}/Channels/ChannelDescription")
        bits = max((int(channel.get("Resolution", "0")) for channel in channels), default=0)
        scale = judge([Claim("lif", (size_y, size_x))] if size_y and size_x else [])
        return Image(
            data=data,
            pixel_size_um=scale.pixel_size_um,
            z_step_um=_step(dimensions.get("Z"), "length"),
            time_step_s=_step(dimensions.get("T"), "duration"),
            channel_names=RGB if is_rgb else name_channels([_name(channel) for channel in channels], data.shape[1]),
            is_rgb=is_rgb,
            significant_bits=bits or 8 * stored.dtype.itemsize,
            path=path,
            series=series,
            n_series=len(places),
            name=image.path if n_tiles == 1 else f"{image.path} {_tile_name(image.xml_element, tile)}",
            well=well,
            field=tile + 1 if n_tiles > 1 else field,
            frames_are=arranged.frames_are,
            pixel_size_source=scale.source,
            metadata={"name": image.path, **_tile_position(image.xml_element, tile if n_tiles > 1 else None)},
            notes=(*scale.notes, *arranged.notes),
            unreadable=blank(data, unreadable),
        )


def count_series(path: Path) -> int:
    """How many images (tiles counted one by one) the file has."""
    _check(path)
    with liffile.LifFile(path, squeeze=False) as file:
        images = [image for image in file.images if isinstance(image, liffile.LifImage)]
        return sum(max(1, image.sizes.get("M", 1)) for image in images)


def _check(path: Path) -> None:
    """The XML is small enough and declares no entities, before liffile's parser sees it; descriptions referred to are there.

    Pixels that are not there are told by the image that they are of.
    """
    if path.suffix.lower() in {".xlef", ".xlif"}:
        for part in sorted(parts_of(path)):
            if part.suffix.lower() in DESCRIPTIONS and not part.is_file():
                raise ImageReadError(path, f"{part.name}, to which it refers, is not there")
            if part.suffix.lower() == ".lof" and part.is_file():
                _check_header(part)
        return
    _check_header(path)


def _check_header(path: Path) -> None:
    with path.open("rb") as stream:
        xml = _text(path, stream)
        if xml == _OBJECT_FILE:  # a LOF: version, the pixels, then the XML
            head = stream.read(_LOF_HEAD_BYTES)
            stream.seek(int.from_bytes(head[-8:], "little"), 1)
            xml = _text(path, stream)
    if any(word.encode("utf-16-le") in xml for word in ("<!DOCTYPE", "<!ENTITY")):
        raise ImageReadError(path, "the file's header declares entities, which no microscope writes")


def _text(path: Path, stream: BinaryIO) -> bytes:
    head = stream.read(13)
    n_bytes = 2 * int.from_bytes(head[9:13], "little")
    if len(head) < 13 or head[0] != 0x70 or head[8] != 0x2A or n_bytes > _MAX_XML_BYTES:
        raise ImageReadError(path, "the file is damaged: its header is none")
    xml = stream.read(n_bytes)
    if len(xml) < n_bytes:
        raise ImageReadError(path, "the file is truncated within its header")
    return xml


def _dimensions(element: Element) -> dict[str, dict[str, Any]]:
    return {
        _AXIS_OF_DIMENSION.get(dimension.get("DimID", ""), ""): dict(dimension.attrib)
        for dimension in element.findall(f"{_DESCRIPTION}/Dimensions/DimensionDescription")
    }


def _step(dimension: dict[str, Any] | None, kind: str) -> float | None:
    """Distance of neighbours along an axis: the stated length runs from the first to the last one's centre."""
    if dimension is None or int(dimension.get("NumberOfElements", 0)) < 2:
        return None
    try:
        step = abs(float(dimension.get("Length", 0))) / (int(dimension["NumberOfElements"]) - 1)
    except ValueError:
        return None
    unit = str(dimension.get("Unit", ""))
    return length_um(step, unit) if kind == "length" else duration_s(step, unit)


def _tiles(element: Element) -> list[Element]:
    return [
        tile
        for info in element.findall("./Data/Image/Attachment")
        if info.get("Name") == "TileScanInfo"
        for tile in info.findall("Tile")
    ]


def _tile_name(element: Element, tile: int) -> str:
    tiles = _tiles(element)
    if tile < len(tiles):
        return f"tile x{tiles[tile].get('FieldX', '?')} y{tiles[tile].get('FieldY', '?')}"
    return f"tile {tile + 1}"


def _tile_position(element: Element, tile: int | None) -> dict[str, float]:
    """Stage position of a tile in µm, where the file has it."""
    tiles = _tiles(element)
    if tile is None or tile >= len(tiles):
        return {}
    try:
        return {f"stage_{axis.lower()}_um": float(tiles[tile].get(f"Pos{axis}", "")) * 1e6 for axis in "XY"}
    except ValueError:
        return {}


def _name(channel: Element) -> str:
    for entry in channel.findall("ChannelProperty"):
        if entry.findtext("Key") == "DyeName" and entry.findtext("Value"):
            return str(entry.findtext("Value"))
    return str(channel.get("LUTName", ""))
