"""CVAT XML 1.1, read only: "for images" (polygons, masks, ellipses) and "for video" (polygon and mask tracks).

CVAT counts from the upper left corner of the first pixel, as we do. Its masks are runs of 0, 1, 0 … row by row within their
box (not COCO's columns).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from spheroseg.errors import FormatError
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Report
from spheroseg.formats.parts.numbering import Identity, Numbering
from spheroseg.formats.parts.objectmask import polygons_of
from spheroseg.formats.parts.outlines import OutlineReader
from spheroseg.geometry import Polygon, Polygons
from spheroseg.imaging.limits import MAX_PLANE_PX, MAX_SIDE_PX

SUFFIXES = (".xml", ".zip")
XML_NAME = "annotations.xml"
MAX_XML_BYTES = 2**30
ELLIPSE_CORNERS = 256


def read(path: Path | str) -> tuple[Annotations, Report]:
    """Read annotations.xml or the zip that CVAT exports.

    Args:
        path: the .xml or .zip file.

    Returns:
        What could be read; boxes, lines, points and damaged shapes are refused one by one. An image without a shape
        stays, as an image without objects.

    Raises:
        FormatError: missing, no XML (with the line), or no CVAT annotations.
    """
    path, report = Path(path), Report()
    root = _parse(path)
    if root.tag != "annotations":
        raise FormatError(path, f"is XML, but <{root.tag}> instead of CVAT's <annotations>")
    found = [image for element in root.iter("image") if (image := _image(element, report)) is not None]
    if root.find("track") is not None:
        found += _frames(root, report)
    if not found:
        raise FormatError(
            path, "holds no image that could be read: " + (str(report.notes[0]) if report.notes else "it is empty")
        )
    report.n_images = len(found)
    report.n_objects = sum(1 for image in found for _ in image.objects())
    return Annotations(tuple(found)), report


def _parse(path: Path) -> Element:
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                if archive.getinfo(XML_NAME).file_size > MAX_XML_BYTES:
                    raise FormatError(path, f"{XML_NAME} is larger than {MAX_XML_BYTES // 2**30} GiB")
                data = archive.read(XML_NAME)
        else:
            data = path.read_bytes()
        root: Element = ElementTree.fromstring(data)
    except KeyError as error:
        raise FormatError(path, f"holds no {XML_NAME}; this is no CVAT export") from error
    except (OSError, zipfile.BadZipFile) as error:
        raise FormatError(path, getattr(error, "strerror", None) or str(error)) from error
    except ParseError as error:
        line, column = error.position
        raise FormatError(path, f"is no XML: line {line}, column {column + 1}: {str(error).split(':')[0]}") from error
    except DefusedXmlException as error:
        raise FormatError(path, "declares entities of its own, which annotations never need; refused") from error
    return root


def _image(element: Element, report: Report) -> AnnotatedImage | None:
    name = element.get("name") or f"image {element.get('id', '?')}"
    size = _size(element.get("width"), element.get("height"))
    if size is None:
        report.add("refused", name, "its width and height are not stated")
        return None
    shapes = _Shapes(name, size, report)
    for index, shape in enumerate(element, 1):
        shapes.add(shape, f"{name} shape {index}", shape.get("label"), None)
    return shapes.image()


def _frames(root: Element, report: Report) -> Iterator[AnnotatedImage]:
    """The frames of a video task in which a track has a shape; a track is one object through all of them."""
    original = (
        root.find("meta/task/original_size") or root.find("meta/original_size") or root.find("meta//original_size")
    )
    size = None if original is None else _size(original.findtext("width"), original.findtext("height"))
    if size is None:
        report.add("refused", "", "tracks of a video without <original_size>: the frames' size is not stated")
        return
    frames: dict[int, _Shapes] = {}
    for track in root.iter("track"):
        label = int(track.get("id", "")) + 1 if track.get("id", "").isdecimal() else None
        for shape in track:
            if shape.get("outside") == "1":
                continue
            frame = int(shape.get("frame", "")) if shape.get("frame", "").isdecimal() else 0
            name = f"frame_{frame:06d}.png"
            shapes = frames.setdefault(frame, _Shapes(name, size, report))
            shapes.add(shape, f"{name} track {track.get('id')}", track.get("label"), label)
    yield from (frames[frame].image() for frame in sorted(frames))


class _Shapes:
    """Collects the polygons of one image."""

    def __init__(self, name: str, size: tuple[int, int], report: Report) -> None:
        self._name = name
        self._size = size
        self._report = report
        self._reader = OutlineReader(size, report)
        self._numbering = Numbering()
        self._polygons: list[Polygon] = []

    def image(self) -> AnnotatedImage:
        return AnnotatedImage(self._name, self._size[1], self._size[0], Polygons.from_list(self._polygons))

    def add(self, shape: Element, where: str, class_name: str | None, label: int | None) -> None:
        if shape.tag in {"tag", "attribute"}:
            return
        readers = {"polygon": self._polygon, "mask": self._mask, "ellipse": self._ellipse}
        if shape.tag not in readers:
            self._report.add("refused", where, f"a {shape.tag} bounds no outline")
            return
        class_name = class_name or "spheroid"
        identity = Identity(self._numbering.number(label, class_name), class_name)
        try:
            self._polygons += readers[shape.tag](shape.attrib, identity, where)
        except (KeyError, ValueError, OverflowError) as error:
            missing = f"has no {error}" if isinstance(error, KeyError) else "holds something that is no number"
            self._report.add("refused", where, f"a {shape.tag} that {missing}")

    def _polygon(self, shape: Mapping[str, str], identity: Identity, where: str) -> list[Polygon]:
        points = [[float(value) for value in pair.split(",")] for pair in shape["points"].split(";") if pair.strip()]
        return self._reader.polygons([points], identity, where)

    def _ellipse(self, shape: Mapping[str, str], identity: Identity, where: str) -> list[Polygon]:
        cx, cy, rx, ry = (float(shape[name]) for name in ("cx", "cy", "rx", "ry"))
        rotation = np.deg2rad(float(shape.get("rotation", 0)))
        angle = np.arange(ELLIPSE_CORNERS) * (2 * np.pi / ELLIPSE_CORNERS)
        x, y = rx * np.cos(angle), ry * np.sin(angle)
        points = np.stack(
            [cx + x * np.cos(rotation) - y * np.sin(rotation), cy + x * np.sin(rotation) + y * np.cos(rotation)], axis=1
        )
        self._report.add("info", where, f"an ellipse; taken as a polygon of {ELLIPSE_CORNERS} corners")
        return self._reader.polygons([points], identity, where)

    def _mask(self, shape: Mapping[str, str], identity: Identity, where: str) -> list[Polygon]:
        left, top, width, height = (int(float(shape[name])) for name in ("left", "top", "width", "height"))
        counts = np.array([int(value) for value in shape["rle"].split(",")], dtype=np.int64)
        inside = left >= 0 and top >= 0 and left + width <= self._size[1] and top + height <= self._size[0]
        if width < 1 or height < 1 or not inside:
            self._report.add("refused", where, f"its box of {width} × {height} px at ({left}, {top}) leaves the image")
            return []
        if (counts < 0).any() or counts.sum() != width * height:
            self._report.add(
                "refused", where, f"its run lengths sum to {counts.sum()}, its box has {width} × {height} px"
            )
            return []
        values = np.arange(len(counts)) % 2 == 1
        return polygons_of(np.repeat(values, counts).reshape(height, width), left, top, identity)


def _size(width: Any, height: Any) -> tuple[int, int] | None:  # noqa: ANN401 -- an attribute or nothing
    if not (width and height and str(width).isdecimal() and str(height).isdecimal()):
        return None
    size = int(height), int(width)
    return size if min(size) >= 1 and max(size) <= MAX_SIDE_PX and size[0] * size[1] <= MAX_PLANE_PX else None
