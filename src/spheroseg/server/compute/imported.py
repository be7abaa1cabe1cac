"""Outlines of a file of another program (label image, ImageJ ROIs, GeoJSON, COCO, …) for one frame of an image."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from spheroseg.errors import FormatError, SpheroSegError
from spheroseg.formats.dataset import AnnotatedImage, Report
from spheroseg.formats.parts.files import relative_name
from spheroseg.formats.parts.numbering import Identity
from spheroseg.formats.parts.outlines import OutlineReader
from spheroseg.formats.registry import format_of_source
from spheroseg.geometry import Polygon
from spheroseg.server.compute import outlines

MAX_OBJECTS = 50_000
_MAX_NUMBER = 2**31 - 1
_NAMED = 20
_NO_SIZE_OF_THEIR_OWN = frozenset({"geojson", "imagej"})


def read_outlines(
    *, data: bytes, file_name: str, image_name: str, shape: tuple[int, int]
) -> tuple[list[tuple[int, str, float | None, bytes]], list[str]]:
    """The objects of a file, within the image.

    Args:
        data: the file's content.
        file_name: its name; the ending says the format, where several share it the content.
        image_name: where the file is of several images: the one whose objects are wanted.
        shape: (height, width) of the image.

    Returns:
        Number, class, confidence and polygons (see `outlines`) of each object; and what was repaired or left out, in words.

    Raises:
        FormatError: the file is of no such format, damaged, of an image of another size, or has no outlines.
    """
    name = relative_name(file_name).name
    with tempfile.TemporaryDirectory(prefix="spheroseg-import-") as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            entry = format_of_source(path)
            assert entry.read is not None  # else it is not recognised as a source
            annotations, report = entry.read(path, None)
        except SpheroSegError as error:
            raise FormatError(name, getattr(error, "reason", None) or str(error)) from error
    found = tuple(annotations.images)
    image = _wanted(found, name, image_name, report)
    _check_size(image, name, shape, may_be_smaller=entry.name in _NO_SIZE_OF_THEIR_OWN)
    objects = _objects(image, OutlineReader(shape, report))
    if not objects:
        raise FormatError(name, _why_none(report))
    if len(objects) > MAX_OBJECTS:
        raise FormatError(name, f"it has {len(objects)} objects; {MAX_OBJECTS} can be imported at a time")
    notes = [*report.of("refused"), *report.of("repaired")]
    return objects, [f"{note.where}: {note.reason}" if note.where else note.reason for note in notes[:_NAMED]]


def _wanted(found: Sequence[AnnotatedImage], name: str, image_name: str, report: Report) -> AnnotatedImage:
    if not found:
        raise FormatError(name, _why_none(report))
    if len(found) == 1:
        return found[0]
    fitting = [one for one in found if _stem(one.name) == _stem(image_name)]
    if len(fitting) != 1:
        raise FormatError(
            name, f"it has outlines of {len(found)} images, and {len(fitting)} of them are named {image_name}"
        )
    return fitting[0]


def _stem(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).stem.casefold()


def _check_size(image: AnnotatedImage, name: str, shape: tuple[int, int], *, may_be_smaller: bool) -> None:
    """Refuse outlines of another image; where the file need not say a size, the smallest that holds them all is told."""
    if image.shape == shape:
        return
    if may_be_smaller and image.height <= shape[0] and image.width <= shape[1]:
        reach = [np.ceil(polygon.exterior.max(axis=0)) for polygon in image.polygons]
        if not reach or tuple(np.maximum(1, np.max(reach, axis=0)).astype(int)) == (image.width, image.height):
            return
    ours = f"{shape[1]} × {shape[0]} px"
    raise FormatError(name, f"its outlines are of an image of {image.width} × {image.height} px; this one has {ours}")


def _objects(image: AnnotatedImage, reader: OutlineReader) -> list[tuple[int, str, float | None, bytes]]:
    kept: list[tuple[int, str, float | None, list[Polygon]]] = []
    for key, polygons in image.objects():
        where = f"object {key.label}"
        confidence = polygons[0].confidence
        parts = [
            part
            for polygon in polygons
            for part in reader.polygons(polygon.rings, Identity(key.label, key.class_name, confidence), where)
        ]
        if parts:
            kept.append((key.label, _class_name(key.class_name), confidence, parts))
    labels = [label for label, *_ in kept]
    is_numbered = len(set(labels)) == len(labels) and all(1 <= label <= _MAX_NUMBER for label in labels)
    return [
        (label if is_numbered else place, class_name, confidence, outlines.encode([part.rings for part in parts]))
        for place, (label, class_name, confidence, parts) in enumerate(kept, 1)
    ]


def _class_name(name: str) -> str:
    """A class as the editor writes it: "Tumor cell" is `tumor_cell`."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40].rstrip("_")
    return plain if plain[:1].isalpha() else "spheroid"


def _why_none(report: Report) -> str:
    refused = report.of("refused")
    return refused[0].reason if refused else "it has no outlines"
