"""QuPath GeoJSON: one FeatureCollection an image, one feature an object, coordinates in pixels of the full image.

QuPath reads `objectType`, `classification` and `measurements` of a feature's properties. Image name, size and pixel size have
no place in GeoJSON; they stand in the extra member `image` of the collection (RFC 7946, 6.1), which QuPath ignores.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import FormatError
from spheroseg.formats.dataset import AnnotatedImage, Annotations, ObjectKey, Report
from spheroseg.formats.parts.files import OneFileAnImage, read_each, replacing
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.formats.parts.image_size import image_of_outlines
from spheroseg.formats.parts.jsonfile import as_mapping, json_text, load_json
from spheroseg.formats.parts.numbering import Identity, Numbering
from spheroseg.formats.parts.outlines import OutlineReader
from spheroseg.geometry import Polygon

SUFFIX = ".geojson"
SUFFIXES = (".geojson", ".json", ".geojson.gz")

#: Okabe and Ito 2008, as QuPath's classification colours
CLASS_COLOURS = {"spheroid": (86, 180, 233), "core": (240, 228, 66), "cell": (0, 158, 115)}
OTHER_COLOUR = (204, 121, 167)


def write(
    annotations: Annotations, path: Path | str, *, object_type: Literal["annotation", "detection"] = "annotation"
) -> Report:
    """Write one GeoJSON file an image.

    Args:
        annotations: the images.
        path: a folder, or the .geojson file of the only image.
        object_type: "annotation" can be edited in QuPath, "detection" is light for many thousands of objects.
    """
    report = Report()
    files = OneFileAnImage(Path(path), SUFFIX, report)
    for image in annotations.images:
        features = [_feature(image.name, key, parts, object_type) for key, parts in image.objects()]
        _add_measurements(features, image)
        about: dict[str, Any] = {"name": image.image_file, "width": image.width, "height": image.height}
        about |= image.place_in_file
        if image.pixel_size_um is not None:
            about["pixel_size_um"] = list(image.pixel_size_um)
        collection = {"type": "FeatureCollection", "image": about, "features": features}
        with replacing(files.path_for(image.name)) as temporary:
            temporary.write_text(json_text(collection), encoding="utf-8")
        report.n_images += 1
        report.n_objects += len(features)
    return report


def read(path: Path | str, *, images: ImageFolder | None = None) -> tuple[Annotations, Report]:
    """Read a GeoJSON file or all below a folder: QuPath's collections, lists of features, single features.

    Args:
        path: a file (also gzipped) or a folder.
        images: the images, for the size where the file does not state it.

    Returns:
        What could be read; features that are no areas are refused one by one.

    Raises:
        FormatError: the path does not exist.
    """
    return read_each(path, SUFFIXES, lambda file, name, report: _read_file(file, name, images, report))


def _feature(image_name: str, key: ObjectKey, parts: Sequence[Polygon], object_type: str) -> dict[str, Any]:
    coordinates = [[_closed(ring) for ring in part.rings] for part in parts]
    geometry = (
        {"type": "Polygon", "coordinates": coordinates[0]}
        if len(parts) == 1
        else {"type": "MultiPolygon", "coordinates": coordinates}
    )
    properties: dict[str, Any] = {
        "objectType": object_type,
        "name": str(key.label),
        "classification": {"name": key.class_name, "color": list(CLASS_COLOURS.get(key.class_name, OTHER_COLOUR))},
        "isLocked": False,
    }
    confidences = [part.confidence for part in parts if part.confidence is not None]
    if confidences:
        properties["measurements"] = {"confidence": min(confidences)}
    # the same object has the same id in each export, so that QuPath recognises it
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{image_name}#{key.class_name}:{key.label}")
    return {"type": "Feature", "id": str(identity), "geometry": geometry, "properties": properties}


def _add_measurements(features: list[dict[str, Any]], image: AnnotatedImage) -> None:
    if image.measurements is None:
        return
    by_key = {
        (int(row["label"]), str(row.get("class_name", "spheroid"))): row
        for row in image.measurements.to_dict(orient="records")
    }
    for feature, (key, _) in zip(features, image.objects(), strict=True):
        row = by_key.get((key.label, key.class_name), {})
        numbers = {str(name): value for name, value in row.items() if name != "label" and _is_finite(value)}
        properties = feature["properties"]
        properties["measurements"] = properties.get("measurements", {}) | {n: float(v) for n, v in numbers.items()}


def _is_finite(value: Any) -> bool:  # noqa: ANN401 -- a table cell
    return isinstance(value, (int, float, np.integer, np.floating)) and math.isfinite(value)


def _closed(ring: NDArray[np.float64]) -> list[list[float]]:
    points = ring.tolist()
    # whole numbers without ".0": a third of the file
    return [[int(x) if x.is_integer() else x, int(y) if y.is_integer() else y] for x, y in [*points, points[0]]]


def _read_file(file: Path, name: str, images: ImageFolder | None, report: Report) -> AnnotatedImage:
    data = load_json(file)
    about = as_mapping(as_mapping(data).get("image"))
    ending = next((suffix for suffix in (".geojson.gz", *SUFFIXES) if name.lower().endswith(suffix)), "")
    image_name = str(about.get("name") or name[: len(name) - len(ending)])
    read_image = image_of_outlines(image_name, about, images)
    reader = OutlineReader(read_image.shape, report)
    polygons: list[Polygon] = []
    numbering = Numbering(report)
    for index, feature in enumerate(_features(file, data), 1):
        polygons += _polygons(as_mapping(feature), f"{name} feature {index}", reader, numbering)
    return read_image.with_polygons(polygons, report)


def _features(file: Path, data: Any) -> Iterator[Any]:  # noqa: ANN401 -- JSON
    if isinstance(data, dict) and data.get("type") == "FeatureCollection" and isinstance(data.get("features"), list):
        yield from data["features"]
    elif isinstance(data, list):
        yield from data
    elif isinstance(data, dict) and data.get("type") == "Feature":
        yield data
    elif (
        isinstance(data, dict) and data.get("type") == "GeometryCollection" and isinstance(data.get("geometries"), list)
    ):
        yield from ({"type": "Feature", "geometry": geometry} for geometry in data["geometries"])
    elif isinstance(data, dict) and data.get("type") in ("Polygon", "MultiPolygon"):
        yield {"type": "Feature", "geometry": data}
    else:
        raise FormatError(file, "is JSON but no GeoJSON: no FeatureCollection, Feature or Polygon")


def _polygons(feature: Mapping[str, Any], where: str, reader: OutlineReader, numbering: Numbering) -> list[Polygon]:
    geometry, properties = as_mapping(feature.get("geometry")), as_mapping(feature.get("properties"))
    kind = geometry.get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        reader.report.add("refused", where, f"a {kind or 'feature without a geometry'} bounds no area")
        return []
    coordinates = geometry.get("coordinates")
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts or not all(isinstance(part, list) and part for part in parts):
        reader.report.add("refused", where, "its geometry is empty")
        return []
    if "nucleusGeometry" in feature:
        reader.report.add("lost", where, "its nucleus was not taken over")
    plane = as_mapping(geometry.get("plane"))
    if any(plane.get(axis, 0) not in (0, -1) for axis in ("z", "t")):
        reader.report.add(
            "lost", where, f"lies on z {plane.get('z', 0)}, t {plane.get('t', 0)}; taken as the only plane"
        )
    class_name, name = _class_name(properties), properties.get("name")
    stated = int(name) if isinstance(name, str) and name.isdecimal() else None
    identity = Identity(numbering.number(stated, class_name, where), class_name, _confidence(properties))
    return [polygon for part in parts for polygon in reader.polygons(part, identity, where)]


def _class_name(properties: Mapping[str, Any]) -> str:
    classification = properties.get("classification")
    if isinstance(classification, dict):
        names = classification.get("names")
        if isinstance(names, list) and names:  # QuPath ≥ 0.5: derived classes as a list
            return ": ".join(map(str, names))
        classification = classification.get("name")
    return str(classification) if classification else "spheroid"


def _confidence(properties: Mapping[str, Any]) -> float | None:
    measurements = properties.get("measurements")
    if isinstance(measurements, list):  # QuPath < 0.4: a list of {name, value}
        measurements = {entry.get("name"): entry.get("value") for entry in measurements if isinstance(entry, dict)}
    value = measurements.get("confidence") if isinstance(measurements, dict) else None
    return float(value) if isinstance(value, (int, float)) and 0 <= value <= 1 else None
