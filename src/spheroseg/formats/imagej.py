"""ImageJ and Fiji ROI sets: one zip an image, one ROI an object.

ImageJ counts pixel edges for area selections as we do. An outline on whole pixel edges becomes a traced ROI (16-bit whole
coordinates), any other a polygon ROI with sub-pixel coordinates (32-bit floats); an object with holes or several parts
becomes a composite ROI. ImageJ's mask of a traced ROI is our mask: both take the pixels whose centre lies inside.
Label, class and confidence go to the ROI's properties; image name, size and pixel size to the zip's comment.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from roifile import ROI_OPTIONS, ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from spheroseg.errors import FormatError
from spheroseg.formats.dataset import AnnotatedImage, Annotations, ObjectKey, Report
from spheroseg.formats.parts.files import OneFileAnImage, read_each, replacing
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.formats.parts.image_size import image_of_outlines
from spheroseg.formats.parts.jsonfile import as_mapping, json_text
from spheroseg.formats.parts.numbering import Identity, Numbering
from spheroseg.formats.parts.outlines import OutlineReader
from spheroseg.geometry import Polygon
from spheroseg.geometry.geos import from_geos

SUFFIX = ".zip"
SUFFIXES = (".zip", ".roi")
MAX_COORDINATE = 60_535  # ImageJ takes larger 16-bit values as negative
OVAL_CORNERS = 256
MAX_VERTICES = 65_535
MAX_ROI_BYTES = 256 * 2**20
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the same objects give the same file

_MOVE, _LINE, _CLOSE = 0.0, 1.0, 4.0

Ring = NDArray[np.float64]


def write(annotations: Annotations, path: Path | str) -> Report:
    """Write one ROI set an image.

    Args:
        annotations: the images.
        path: a folder, or the .zip file of the only image.

    Returns:
        ROI sets hold no measures.
    """
    report = Report()
    files = OneFileAnImage(Path(path), SUFFIX, report)
    for image in annotations.images:
        with (
            replacing(files.path_for(image.name)) as temporary,
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            archive.comment = json_text(_about(image)).encode()
            for index, (key, parts) in enumerate(image.objects(), 1):
                roi = _roi(key, parts)
                entry = zipfile.ZipInfo(f"{index:04d}_{re.sub(r'[^A-Za-z0-9_-]', '_', roi.name)}.roi", _FIXED_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, roi.tobytes())
                report.n_objects += 1
        if image.measurements is not None:
            report.add("lost", "", "ROI sets hold no measures")
        report.n_images += 1
    return report


def read(path: Path | str, *, images: ImageFolder | None = None) -> tuple[Annotations, Report]:
    """Read a ROI set, a single .roi, or all below a folder; the file's name is the image's.

    Polygons, freehand, traced, rectangular, oval and composite ROIs are areas; lines, points and angles are refused.

    Args:
        path: .zip, .roi or a folder.
        images: the images, for their size; without them it is taken from our own ROI sets or from the outlines.

    Raises:
        FormatError: the path does not exist.
    """
    return read_each(path, SUFFIXES, lambda file, name, report: _read_file(file, name, images, report))


def _roi(key: ObjectKey, parts: Sequence[Polygon]) -> ImagejRoi:
    rings = [ring for part in parts for ring in part.rings]
    points = np.concatenate(rings)
    low, high = np.floor(points.min(axis=0)).astype(int), np.ceil(points.max(axis=0)).astype(int)
    if len(rings) > 1 or len(points) > MAX_VERTICES:
        roi = _composite(rings)
    elif (points == np.round(points)).all() and low.min() >= 0 and high.max() <= MAX_COORDINATE:
        roi = ImagejRoi.frompoints(points.astype(np.int32))
        roi.roitype = ROI_TYPE.TRACED
    else:
        roi = ImagejRoi.frompoints(points.astype(np.float32))
        roi.roitype = ROI_TYPE.POLYGON
        roi.integer_coordinates = np.round(points).astype(np.int32) - low
    # frompoints counts the last pixel in; ImageJ's bounds of an area end at its edge
    roi.left, roi.top, roi.right, roi.bottom = int(low[0]), int(low[1]), int(high[0]), int(high[1])
    roi.options &= ~(ROI_OPTIONS.OVERLAY_BACKGROUNDS | ROI_OPTIONS.OVERLAY_LABELS)
    roi.name = f"{key.class_name} {key.label}"
    roi.props = f"label: {key.label}\nclass: {_one_line(key.class_name)}\n"
    confidences = [part.confidence for part in parts if part.confidence is not None]
    if confidences:
        roi.props += f"confidence: {min(confidences):.6g}\n"
    return roi


def _composite(rings: Sequence[Ring]) -> ImagejRoi:
    roi = ImagejRoi()
    roi.roitype = ROI_TYPE.RECT  # ImageJ marks a composite as a rectangle with a path
    path: list[float] = []
    for ring in rings:
        for i, (x, y) in enumerate(ring.tolist()):
            path += [_LINE if i else _MOVE, x, y]
        path.append(_CLOSE)
    roi.multi_coordinates = np.array(path, dtype=np.float32)
    roi.shape_roi_size = len(path)
    return roi


def _read_file(file: Path, name: str, images: ImageFolder | None, report: Report) -> AnnotatedImage:
    rois, about = _load(file, name, report)
    read_image = image_of_outlines(str(about.get("image") or name.rsplit(".", 1)[0]), about, images)
    reader, numbering = OutlineReader(read_image.shape, report), Numbering(report)
    polygons: list[Polygon] = []
    for where, roi in rois:
        polygons += _polygons(roi, where, reader, numbering)
    return read_image.with_polygons(polygons, report)


def _about(image: AnnotatedImage) -> dict[str, Any]:
    about: dict[str, Any] = {"image": image.image_file, "width": image.width, "height": image.height}
    about |= image.place_in_file
    if image.pixel_size_um is not None:
        about["pixel_size_um"] = list(image.pixel_size_um)
    return about


def _load(file: Path, name: str, report: Report) -> tuple[list[tuple[str, ImagejRoi]], dict[str, Any]]:
    """The ROIs of a file with the place of each, and what the zip's comment says; damaged ROIs are refused one by one."""
    try:
        if file.suffix.lower() == ".roi":
            return _decoded(name, file.read_bytes, report), {}
        with zipfile.ZipFile(file) as archive:
            about = _comment(archive.comment)
            members = [info for info in archive.infolist() if info.filename.lower().endswith(".roi")]
            if not members and not about:
                raise FormatError(file, "holds no .roi files; this is no ROI set")
            if sum(info.file_size for info in members) > MAX_ROI_BYTES:
                raise FormatError(file, f"unpacks to more than {MAX_ROI_BYTES // 2**20} MiB")
            rois = [
                roi
                for info in members
                for roi in _decoded(f"{name} {info.filename}", partial(archive.read, info), report)
            ]
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise FormatError(file, f"is no ROI set ({error})") from error
    return rois, about


def _decoded(where: str, read_bytes: Callable[[], bytes], report: Report) -> list[tuple[str, ImagejRoi]]:
    """One ROI with its place, or none and a note."""
    try:
        return [(where, ImagejRoi.frombytes(read_bytes()))]
    except Exception as error:  # noqa: BLE001 -- zipfile, zlib and roifile raise whatever they trip over in damaged bytes
        report.add("refused", where, f"is no readable ROI ({' '.join(str(error).split())[:120]})")
        return []


def _comment(comment: bytes) -> dict[str, Any]:
    try:
        return as_mapping(json.loads(comment))
    except ValueError:  # none, or another program's
        return {}


def _polygons(roi: ImagejRoi, where: str, reader: OutlineReader, numbering: Numbering) -> list[Polygon]:
    properties = _properties(roi)
    class_name, label = properties.get("class", "spheroid"), properties.get("label", "")
    stated = int(label) if label.isdecimal() else _number_in(roi.name)
    confidence = _fraction(properties.get("confidence", ""))
    _note_place(roi, where, reader.report)
    if roi.composite and roi.multi_coordinates is not None:
        try:
            rings = [ring.astype(np.float64) for ring in roi.coordinates(multi=True)]
        except (NotImplementedError, RuntimeError, IndexError) as error:
            reader.report.add("refused", where, f"its composite path cannot be read ({error})")
            return []
        identity = Identity(numbering.number(stated, class_name, where), class_name, confidence)
        return [p for part in _nested(rings) for p in reader.polygons(part, identity, where)]
    if roi.roitype not in {ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED, ROI_TYPE.RECT, ROI_TYPE.OVAL} or (
        roi.subtype not in {ROI_SUBTYPE.UNDEFINED, ROI_SUBTYPE.ELLIPSE, ROI_SUBTYPE.ROTATED_RECT}
    ):
        reader.report.add("refused", where, f"a {roi.roitype.name.lower()} selection bounds no area")
        return []
    identity = Identity(numbering.number(stated, class_name, where), class_name, confidence)
    if roi.roitype == ROI_TYPE.OVAL:
        reader.report.add("info", where, f"an ellipse; taken as a polygon of {OVAL_CORNERS} corners and the same area")
        return reader.polygons([_oval(roi)], identity, where)
    return reader.polygons([np.asarray(roi.coordinates(), dtype=np.float64)], identity, where)


def _note_place(roi: ImagejRoi, where: str, report: Report) -> None:
    """ImageJ counts slices, frames and channels from 1; 0 is none. An image here is one plane."""
    places = {"slice": roi.z_position, "frame": roi.t_position, "channel": roi.c_position}
    stated = {name: int(number) for name, number in places.items() if number}
    if not stated and roi.position:
        stated = {"slice": int(roi.position)}
    if stated:
        place = ", ".join(f"{name} {number}" for name, number in stated.items())
        report.add("lost", where, f"lies on {place} of its stack; taken as the only plane")


def _oval(roi: ImagejRoi) -> Ring:
    angle = np.arange(OVAL_CORNERS) * (2 * np.pi / OVAL_CORNERS)
    # a regular polygon inside a circle is smaller than the circle; this makes the areas equal
    grow = np.sqrt((2 * np.pi / OVAL_CORNERS) / np.sin(2 * np.pi / OVAL_CORNERS)) / 2
    x = (roi.left + roi.right) / 2 + (roi.right - roi.left) * grow * np.cos(angle)
    y = (roi.top + roi.bottom) / 2 + (roi.bottom - roi.top) * grow * np.sin(angle)
    return np.stack([x, y], axis=1)


def _properties(roi: ImagejRoi) -> dict[str, str]:
    """The ROI's properties as text; roifile's own reading would make the image name 001 a number."""
    pairs = (line.partition(":") for line in roi.props.splitlines())
    return {key.strip(): value.strip() for key, colon, value in pairs if colon}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _nested(rings: Sequence[Ring]) -> list[list[Ring]]:
    """The rings of a composite path by the even-odd rule: outer rings, each with its holes."""
    usable = [ring for ring in rings if len(ring) >= 4]
    area: Any = shapely.Polygon()
    for ring in usable:
        area = shapely.symmetric_difference(area, shapely.make_valid(shapely.Polygon(ring)))
    like = Polygon(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]))
    return [list(piece.rings) for piece in from_geos(area, like)]


def _number_in(name: str) -> int | None:
    """The object's number in a ROI's name such as "0003" or "spheroid 3"; ImageJ's own "0012-0345" is a position."""
    match = re.fullmatch(r"(?:\D*\s)?(\d{1,9})", name or "")
    return int(match[1]) if match else None


def _fraction(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None
