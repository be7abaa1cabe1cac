"""COCO instance segmentation: one JSON file for many images.

Every object is written as compressed RLE with `iscrowd: 0`. Why not polygons: they hold no holes, and pycocotools draws
them by a rule of its own (vertices rounded on a five times finer grid) that moves borders by up to a pixel; RLE decodes to
exactly our pixels. What COCO has no place for goes to extra keys, which other tools ignore: `label` and `score` of an
annotation, `pixel_size_um` of an image.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spheroseg.errors import FormatError, ParameterError
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Report
from spheroseg.formats.parts.files import replacing
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.formats.parts.image_size import MAX_SIZE_UM
from spheroseg.formats.parts.jsonfile import json_text, load_json
from spheroseg.formats.parts.numbering import MAX_LABEL, Identity
from spheroseg.formats.parts.objectmask import Mask, mask_of, polygons_of_all
from spheroseg.formats.parts.outlines import OutlineReader
from spheroseg.formats.parts.rle import decode_mask, encode_mask, parse_counts, to_string
from spheroseg.geometry import Polygon, Polygons
from spheroseg.imaging.limits import MAX_PLANE_PX, MAX_SIDE_PX

SUFFIXES = (".json",)


def write(annotations: Annotations, path: Path | str) -> Report:
    """Write all images to one COCO file; images are gone through once and annotations written as they come.

    Args:
        annotations: the images.
        path: the .json file.

    Returns:
        Objects in which no pixel centre lies cannot be held and are reported, as are measurements.
    """
    report = Report()
    category_ids: dict[str, int] = {}
    images: list[dict[str, Any]] = []
    with replacing(Path(path)) as temporary, temporary.open("w", encoding="utf-8") as stream:
        stream.write('{"annotations": [')
        for image in annotations.images:
            images.append(_image_entry(image, len(images) + 1))
            if image.measurements is not None:
                report.add("lost", "", "COCO holds no measures")
            for entry in _annotations(image, len(images), category_ids, report):
                line = json_text({"id": report.n_objects + 1, **entry})
                stream.write(f"{',' if report.n_objects else ''}\n{line}")
                report.n_objects += 1
        report.n_images = len(images)
        categories = [{"id": i, "name": name, "supercategory": "object"} for name, i in category_ids.items()]
        rest = {
            "images": images,
            "categories": categories or [{"id": 1, "name": "spheroid", "supercategory": "object"}],
            "licenses": [],
            "info": {"description": "written by SpheroSeg", "run_card": dict(annotations.run_card)},
        }
        stream.write(f"\n],\n{json_text(rest)[1:]}\n")
    return report


def read(path: Path | str, *, images: ImageFolder | None = None) -> tuple[Annotations, Report]:
    """Read a COCO file: instances, or a bare list of detections ("results").

    Args:
        path: the .json file.
        images: the images, for sizes that the file does not state.

    Returns:
        What could be read; boxes without an outline, unknown images, broken run lengths … are refused one by one.

    Raises:
        FormatError: the file is no JSON (with the line), or no COCO.
    """
    path = Path(path)
    return _CocoReader(path, load_json(path), images).read()


def _image_entry(image: AnnotatedImage, image_id: int) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": image_id,
        "file_name": image.image_file,
        "width": image.width,
        "height": image.height,
    }
    entry |= image.place_in_file
    if image.pixel_size_um is not None:
        entry["pixel_size_um"] = list(image.pixel_size_um)
    return entry


def _annotations(
    image: AnnotatedImage, image_id: int, category_ids: dict[str, int], report: Report
) -> list[dict[str, Any]]:
    entries = []
    for key, polygons in image.objects():
        mask, left, top = mask_of(polygons, image.shape)
        area = int(np.count_nonzero(mask))
        if area == 0:
            report.add("lost", f"{image.name} object {key.label}", "no pixel centre lies inside its outline")
            continue
        entry: dict[str, Any] = {
            "image_id": image_id,
            "category_id": category_ids.setdefault(key.class_name, len(category_ids) + 1),
            "segmentation": {
                "size": [image.height, image.width],
                "counts": to_string(encode_mask(mask, image.shape, left, top)),
            },
            "area": area,
            "bbox": [left, top, mask.shape[1], mask.shape[0]],
            "iscrowd": 0,
            "label": key.label,
        }
        confidences = [polygon.confidence for polygon in polygons if polygon.confidence is not None]
        if confidences:
            entry["score"] = min(confidences)
        entries.append(entry)
    return entries


class _CocoReader:
    def __init__(self, path: Path, data: Any, images: ImageFolder | None) -> None:  # noqa: ANN401 -- JSON
        self._path = path
        self._folder = images
        self._report = Report()
        if isinstance(data, list):
            data = {"annotations": data}
            self._report.add("info", "", "a list of detections without images; the images are named by their ids")
        if not isinstance(data, dict) or not isinstance(data.get("annotations"), list):
            raise FormatError(path, "has no list “annotations”; this is no COCO file of instances")
        self._data: dict[str, Any] = data
        self._categories = {
            entry["id"]: str(entry["name"])
            for entry in self._list("categories")
            if isinstance(entry, dict) and isinstance(entry.get("id"), (int, str)) and "name" in entry
        }

    def read(self) -> tuple[Annotations, Report]:
        by_image = self._annotations_by_image()
        found: list[AnnotatedImage] = []
        for image_id, entry in self._images(by_image).items():
            image = self._image(entry, by_image.pop(image_id, []))
            if image is not None:
                found.append(image)
                self._report.n_objects += sum(1 for _ in image.objects())
        for image_id, entries in by_image.items():
            for index, _ in entries:
                self._report.add(
                    "refused", f"annotation {index}", f"belongs to image {image_id!r}, which the file does not list"
                )
        self._report.n_images = len(found)
        return Annotations(tuple(found), self._run_card()), self._report

    def _list(self, name: str) -> list[Any]:
        value = self._data.get(name, [])
        return value if isinstance(value, list) else []

    def _run_card(self) -> Mapping[str, Any]:
        info = self._data.get("info")
        card = info.get("run_card") if isinstance(info, dict) else None
        return card if isinstance(card, dict) else {}

    def _annotations_by_image(self) -> dict[Any, list[tuple[int, dict[str, Any]]]]:
        """Annotations with their place in the file (from 1), by image id."""
        by_image: dict[Any, list[tuple[int, dict[str, Any]]]] = {}
        ids: set[Any] = set()
        for index, entry in enumerate(self._data["annotations"], 1):
            where = f"annotation {index}"
            if not isinstance(entry, dict) or not isinstance(entry.get("image_id"), (int, str)):
                self._report.add("refused", where, "names no image")
                continue
            if isinstance(entry.get("id"), (int, str)):
                if entry["id"] in ids:
                    self._report.add("repaired", where, "has the id of another annotation; both were kept")
                ids.add(entry["id"])
            by_image.setdefault(entry["image_id"], []).append((index, entry))
        return by_image

    def _images(self, by_image: Mapping[Any, Any]) -> dict[Any, dict[str, Any]]:
        if "images" not in self._data:
            return {image_id: {"file_name": str(image_id)} for image_id in by_image}
        entries: dict[Any, dict[str, Any]] = {}
        for index, entry in enumerate(self._list("images"), 1):
            if not isinstance(entry, dict) or not isinstance(entry.get("id"), (int, str)):
                self._report.add("refused", f"image {index}", "has no id")
            elif entry["id"] in entries:
                self._report.add("refused", f"image {index}", f"has the id {entry['id']!r} of another image")
            else:
                entries[entry["id"]] = entry
        return entries

    def _image(self, entry: dict[str, Any], annotations: list[tuple[int, dict[str, Any]]]) -> AnnotatedImage | None:
        name = str(entry.get("file_name") or entry.get("id"))
        try:
            info = self._folder.find(name) if self._folder else None
        except FormatError as error:
            self._report.add("refused", name, error.reason)
            return None
        size = _size(entry.get("height"), entry.get("width")) or ((info.height, info.width) if info else None)
        size = size or next((shape for _, a in annotations if (shape := _rle_size(a))), None)
        if size is None:
            self._report.add("refused", name, "the file gives no usable size of the image; give the images' folder")
            return None
        pixel_size = _pixel_size(entry.get("pixel_size_um")) or (info.pixel_size_um if info else None)
        reader = OutlineReader(size, self._report)
        polygons: list[Polygon] = []
        masks: list[tuple[Mask, int, int, Identity]] = []
        labels = _labels([annotation for _, annotation in annotations], self._report, name)
        for (index, annotation), label in zip(annotations, labels, strict=True):
            identity = Identity(label, self._class_name(annotation, index), _confidence(annotation.get("score")))
            where = f"annotation {index} ({name})"
            if annotation.get("iscrowd"):
                self._report.add("repaired", where, "marked as a crowd (iscrowd 1); taken as one object")
            segmentation = annotation.get("segmentation")
            if isinstance(segmentation, dict):
                masks += self._mask(segmentation, identity, size, where)
            else:
                polygons += self._outlines(annotation, identity, reader, where)
        polygons += polygons_of_all(masks, size)
        polygons.sort(key=lambda polygon: polygon.label)
        return AnnotatedImage(name, size[1], size[0], Polygons.from_list(polygons), pixel_size)

    def _class_name(self, annotation: dict[str, Any], index: int) -> str:
        category = annotation.get("category_id")
        if isinstance(category, (int, str)) and category in self._categories:
            return self._categories[category]
        self._report.add("info", f"annotation {index}", f"its category {category!r} has no name; taken as “spheroid”")
        return "spheroid"

    def _outlines(
        self, annotation: dict[str, Any], identity: Identity, reader: OutlineReader, where: str
    ) -> list[Polygon]:
        segmentation = annotation.get("segmentation")
        if not isinstance(segmentation, list) or not segmentation:
            reason = "a box without an outline" if annotation.get("bbox") else "has no outline"
            self._report.add("refused", where, reason)
            return []
        if not isinstance(segmentation[0], list):
            self._report.add("repaired", where, "its polygon was not in a list of polygons")
            segmentation = [segmentation]
        polygons: list[Polygon] = []
        for part in segmentation:
            if not isinstance(part, list) or len(part) % 2:
                self._report.add("refused", where, "a polygon with an odd number of coordinates")
                continue
            pairs = part if part and isinstance(part[0], list) else [part[i : i + 2] for i in range(0, len(part), 2)]
            polygons += reader.polygons([pairs], identity, where)
        return polygons

    def _mask(
        self, segmentation: dict[str, Any], identity: Identity, size: tuple[int, int], where: str
    ) -> list[tuple[Mask, int, int, Identity]]:
        """The object's mask in a list, or an empty list and a note."""
        stated = _rle_size({"segmentation": segmentation})
        if stated is not None and stated != size:
            reason = f"its mask is {stated[1]} × {stated[0]} px, the image {size[1]} × {size[0]}"
            self._report.add("refused", where, reason)
            return []
        try:
            mask, left, top = decode_mask(parse_counts(segmentation.get("counts")), size)
        except ParameterError as error:
            self._report.add("refused", where, str(error))
            return []
        if not mask.size:
            self._report.add("refused", where, "its mask is empty")
            return []
        return [(mask, left, top, identity)]


def _size(height: Any, width: Any) -> tuple[int, int] | None:  # noqa: ANN401 -- JSON
    try:
        size = int(height), int(width)
    except (TypeError, ValueError, OverflowError):
        return None
    return size if min(size) >= 1 and max(size) <= MAX_SIDE_PX and size[0] * size[1] <= MAX_PLANE_PX else None


def _rle_size(annotation: dict[str, Any]) -> tuple[int, int] | None:
    segmentation = annotation.get("segmentation")
    size = segmentation.get("size") if isinstance(segmentation, dict) else None
    return _size(*size) if isinstance(size, list) and len(size) == 2 else None


def _pixel_size(value: Any) -> tuple[float, float] | None:  # noqa: ANN401 -- JSON
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(isinstance(v, (int, float)) and 0 < v < MAX_SIZE_UM for v in value)
    ):
        return None
    return float(value[0]), float(value[1])


def _confidence(value: Any) -> float | None:  # noqa: ANN401 -- JSON
    return float(value) if isinstance(value, (int, float)) and 0 <= value <= 1 else None


def _labels(annotations: list[dict[str, Any]], report: Report, where: str) -> list[int]:
    """Our own labels where every annotation has one; another tool's annotations are numbered 1…n."""
    labels = [annotation.get("label") for annotation in annotations]
    if all(isinstance(label, int) and not isinstance(label, bool) and 1 <= label <= MAX_LABEL for label in labels):
        identities = {
            (label, str(annotation.get("category_id"))) for label, annotation in zip(labels, annotations, strict=True)
        }
        if len(identities) == len(annotations):
            return [label for label in labels if isinstance(label, int)]
    if any(label is not None for label in labels):
        report.add("repaired", where, "its objects' numbers are not whole, positive and unique; numbered from 1")
    return list(range(1, len(annotations) + 1))
