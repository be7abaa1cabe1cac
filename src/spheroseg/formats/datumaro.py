"""Datumaro JSON, read only: polygons and masks of the items of one annotation file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spheroseg.errors import FormatError, ParameterError
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Report
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.formats.parts.jsonfile import as_mapping, load_json
from spheroseg.formats.parts.numbering import Identity, Numbering
from spheroseg.formats.parts.objectmask import polygons_of
from spheroseg.formats.parts.outlines import OutlineReader
from spheroseg.formats.parts.rle import decode_mask, parse_counts
from spheroseg.geometry import Polygon, Polygons
from spheroseg.imaging.limits import MAX_PLANE_PX, MAX_SIDE_PX

SUFFIXES = (".json",)


def read(path: Path | str, *, images: ImageFolder | None = None) -> tuple[Annotations, Report]:
    """Read a Datumaro annotation file; shapes of one `group` (not 0) are the parts of one object.

    Args:
        path: the .json file, as in `annotations/default.json`.
        images: the images, for sizes that the file does not state.

    Returns:
        What could be read; boxes, labels and other annotations without an outline are refused one by one.

    Raises:
        FormatError: no JSON (with the line), or no list of items.
    """
    path, report = Path(path), Report()
    data = as_mapping(load_json(path))
    if not isinstance(data.get("items"), list):
        raise FormatError(path, "has no list “items”; this is no Datumaro file")
    classes = as_mapping(as_mapping(data.get("categories")).get("label")).get("labels")
    names = [str(as_mapping(entry).get("name", "")) for entry in classes] if isinstance(classes, list) else []
    found = []
    for index, item in enumerate(data["items"], 1):
        image = _image(as_mapping(item), index, names, images, report)
        if image is not None:
            found.append(image)
            report.n_objects += sum(1 for _ in image.objects())
    report.n_images = len(found)
    return Annotations(tuple(found)), report


def _image(
    item: Mapping[str, Any], index: int, names: list[str], images: ImageFolder | None, report: Report
) -> AnnotatedImage | None:
    media = as_mapping(item.get("image")) or as_mapping(item.get("media"))
    name = str(media.get("path") or item.get("id") or f"item {index}")
    try:
        info = images.find(name) if images else None
    except FormatError as error:
        report.add("refused", name, error.reason)
        return None
    size = _size(media.get("size")) or ((info.height, info.width) if info else None)
    if size is None:
        report.add("refused", name, "the file gives no usable size of the image; give the images' folder")
        return None
    reader, numbering = OutlineReader(size, report), Numbering()
    groups: dict[tuple[int, str], int] = {}
    polygons: list[Polygon] = []
    annotations = item.get("annotations")
    for number, entry in enumerate(annotations if isinstance(annotations, list) else [], 1):
        annotation, where = as_mapping(entry), f"{name} annotation {number}"
        if annotation.get("type") not in ("polygon", "mask"):
            report.add("refused", where, f"a {annotation.get('type')} bounds no outline")
            continue
        class_id = annotation.get("label_id")
        known = isinstance(class_id, int) and 0 <= class_id < len(names) and names[class_id]
        class_name = str(known or "spheroid")
        if not known:
            report.add("info", where, f"its class {class_id!r} has no name; taken as “spheroid”")
        group = annotation.get("group")
        if isinstance(group, int) and group and (group, class_name) in groups:
            label = groups[group, class_name]
        else:
            label = numbering.number(None, class_name)
            if isinstance(group, int) and group:
                groups[group, class_name] = label
        polygons += _outlines(annotation, Identity(label, class_name), reader, size, where)
    pixel_size = info.pixel_size_um if info else None
    return AnnotatedImage(name, size[1], size[0], Polygons.from_list(polygons), pixel_size)


def _outlines(
    annotation: Mapping[str, Any], identity: Identity, reader: OutlineReader, size: tuple[int, int], where: str
) -> list[Polygon]:
    if annotation["type"] == "polygon":
        points = annotation.get("points")
        if not isinstance(points, list) or len(points) % 2:
            reader.report.add("refused", where, "a polygon with an odd number of coordinates")
            return []
        return reader.polygons([[points[i : i + 2] for i in range(0, len(points), 2)]], identity, where)
    rle = as_mapping(annotation.get("rle"))
    if _size(rle.get("size")) != size:
        reader.report.add("refused", where, f"its mask is of size {rle.get('size')}, the image {list(size)}")
        return []
    try:
        mask, left, top = decode_mask(parse_counts(rle.get("counts")), size)
    except ParameterError as error:
        reader.report.add("refused", where, str(error))
        return []
    if not mask.size:
        reader.report.add("refused", where, "its mask is empty")
        return []
    return polygons_of(mask, left, top, identity)


def _size(value: Any) -> tuple[int, int] | None:  # noqa: ANN401 -- JSON
    """(height, width) as Datumaro writes them."""
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(side, int) for side in value):
        return None
    height, width = value
    return (height, width) if min(value) >= 1 and max(value) <= MAX_SIDE_PX and height * width <= MAX_PLANE_PX else None
