"""YOLO segmentation: a text file an image, a line an object: class x1 y1 x2 y2 …, as fractions of width and height.

Written as the trainers expect it: `data.yaml`, `labels/train/<name>.txt` and, where the images are at hand,
`images/train/<name>`. A line is one ring: holes are filled (reported), the parts of one object are joined by bridges of no
width (the trainers' own way), which hold no pixel centre, so the pixels stay the same. Object numbers, confidences, pixel
size and image size have no place in the files.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import yaml
from numpy.typing import NDArray

from spheroseg.errors import FileError, FormatError, ImageReadError
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Report
from spheroseg.formats.parts.files import OneFileAnImage, files_below, replacing
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.formats.parts.numbering import Identity
from spheroseg.formats.parts.outlines import OutlineReader
from spheroseg.geometry import Polygon, Polygons

SUFFIXES = (".txt",)
NAME_FILES = ("data.yaml", "data.yml", "dataset.yaml", "classes.txt", "obj.names")
# more digits than any file means: gives whole pixel edges back as whole numbers
READ_DECIMALS_PX = 4
MAX_COORDINATE = 1.01  # what the trainers themselves tolerate beyond the image

Ring = NDArray[np.float64]


def write(annotations: Annotations, folder: Path | str, *, images: ImageFolder | None = None) -> Report:
    """Write a data set folder.

    Args:
        annotations: the images.
        folder: is made; files of the same names are replaced.
        images: the image files, copied to `images/train`; None writes labels only.

    Returns:
        Filled holes, joined parts, and what else YOLO cannot hold.
    """
    folder, report = Path(folder), Report()
    if folder.suffix.lower() in {".txt", ".yaml", ".yml"}:
        raise FormatError(folder, "YOLO data are a folder of files; give a folder")
    class_ids: dict[str, int] = {}
    files = OneFileAnImage(folder / "labels" / "train", ".txt", report)
    for image in annotations.images:
        lines = [_line(parts, key.class_name, image, class_ids, report) for key, parts in image.objects()]
        file = files.path_for(image.name)
        with replacing(file) as temporary:
            temporary.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        if images is not None:
            _copy_image(image.name, file, folder, images, report)
        if not np.isnan(image.polygons.confidences).all():
            report.add("lost", "", "YOLO labels hold no confidences")
        if image.measurements is not None:
            report.add("lost", "", "YOLO labels hold no measures")
        report.n_images += 1
        report.n_objects += len(lines)
    report.add("lost", "", "YOLO labels hold no object numbers, no pixel size and no image size")
    if images is None:
        report.add("info", "", "labels only; put the images into images/train before training")
    names = {index: name for name, index in class_ids.items()} or {0: "spheroid"}
    settings = yaml.safe_dump({"train": "images/train", "val": "images/train", "names": names}, allow_unicode=True)
    note = "# val is the training set until you split it: move image and label files to images/val and labels/val\n"
    with replacing(folder / "data.yaml") as temporary:
        temporary.write_text(note + settings, encoding="utf-8")
    return report


def read(path: Path | str, *, images: ImageFolder | None = None) -> tuple[Annotations, Report]:
    """Read a data set folder, its data.yaml, a folder of .txt files or one .txt file.

    Args:
        path: the folder or file.
        images: the images, which alone say how large they are; None looks for a folder `images` in the data set.

    Returns:
        What could be read; each line that is no outline is refused with its number and the reason.

    Raises:
        FormatError: the path does not exist, or no images are found.
    """
    path, report = Path(path), Report()
    root = path.parent if path.suffix.lower() in {".yaml", ".yml"} else path
    if images is None:
        images = ImageFolder(_images_of(root))
    names = _class_names(path, report)
    labels = root / "labels" if (root / "labels").is_dir() else root
    found = []
    for file, name in files_below(labels, SUFFIXES):
        if file.name in NAME_FILES or file.name in {"train.txt", "val.txt", "test.txt"}:
            continue
        try:
            info = images.find(name.removesuffix(".txt"))
        except ImageReadError as error:
            report.add("refused", name, f"its image cannot be read ({error.reason})")
            continue
        except FormatError as error:
            report.add("refused", name, error.reason)
            continue
        if info is None:
            report.add("refused", name, "has no image of the same name, which alone would say how large it is")
            continue
        reader = OutlineReader((info.height, info.width), report)
        polygons = _read_lines(file, name, reader, (info.width, info.height), names)
        found.append(
            AnnotatedImage(info.name, info.width, info.height, Polygons.from_list(polygons), info.pixel_size_um)
        )
        report.n_objects += len({polygon.label for polygon in polygons})
    report.n_images = len(found)
    return Annotations(tuple(found)), report


def joined_ring(parts: Sequence[Polygon]) -> tuple[Ring, int]:
    """All parts of an object as one ring without holes.

    Separate parts are joined between their nearest corners, forth and back along the same line, so by the even-odd
    rule no area is added.

    Returns:
        The ring (n, 2), and how many holes were filled.
    """
    if len(parts) == 1:
        return parts[0].exterior, len(parts[0].holes)
    n_holes = sum(len(part.holes) for part in parts)
    filled = shapely.unary_union([shapely.Polygon(part.exterior) for part in parts])
    while True:  # filling a gap between parts may swallow another part
        outer = [shapely.Polygon(piece.exterior) for piece in shapely.get_parts(filled)]
        merged = shapely.unary_union(outer)
        if len(shapely.get_parts(merged)) == len(outer):
            break
        filled = merged
    rings = [shapely.get_coordinates(piece.exterior)[:-1] for piece in outer]
    ring = rings[0]
    for other in rings[1:]:
        distances = ((ring[:, None] - other[None]) ** 2).sum(axis=2)
        i, j = np.unravel_index(np.argmin(distances), distances.shape)
        around = np.roll(other, -j, axis=0)
        ring = np.concatenate([ring[: i + 1], around, around[:1], ring[i:]])
    return ring, n_holes


def _line(
    parts: Sequence[Polygon], class_name: str, image: AnnotatedImage, class_ids: dict[str, int], report: Report
) -> str:
    ring, n_holes = joined_ring(parts)
    where = f"{image.name} {class_name} {parts[0].label}"
    if n_holes:
        report.add("lost", where, "its holes were filled; YOLO holds none")
    if len(parts) > 1:
        report.add("info", where, "its separate parts were joined by bridges of no width")
    fractions = np.clip(ring / (image.width, image.height), 0, 1).ravel()
    index = class_ids.setdefault(class_name, len(class_ids))
    return " ".join([str(index), *(f"{value:.10g}" for value in fractions)])


def _copy_image(name: str, label_file: Path, folder: Path, images: ImageFolder, report: Report) -> None:
    try:
        info = images.find(name)
    except FileError as error:
        report.add("info", name, f"its image was not copied: {error.reason}")
        return
    if info is None:
        report.add("info", name, "its image was not found and not copied")
        return
    relative = label_file.relative_to(folder / "labels")
    with replacing((folder / "images" / relative).with_suffix(info.path.suffix)) as temporary:
        shutil.copyfile(info.path, temporary)


def _images_of(root: Path) -> Path:
    """The folder of images that belongs to a folder of labels, by the trainers' rule: labels → images in the path."""
    candidates = [root / "images"]
    parts = root.parts
    if "labels" in parts:
        last = len(parts) - 1 - parts[::-1].index("labels")
        candidates.append(
            Path(*parts[:last], "images", *(part for part in parts[last + 1 :] if not part.endswith(".txt")))
        )
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise FormatError(root, "YOLO labels do not say how large an image is; give the images' folder")


def _class_names(path: Path, report: Report) -> Mapping[int, str]:
    folders = [path.parent] if path.is_file() else [path, path.parent, path.parent.parent]
    files = [path] if path.suffix.lower() in {".yaml", ".yml"} else [f / name for f in folders for name in NAME_FILES]
    for file in files:
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8-sig", errors="replace")
        if file.suffix.lower() not in {".yaml", ".yml"}:
            return dict(enumerate(line.strip() for line in text.splitlines() if line.strip()))
        try:
            names = _names_in(yaml.safe_load(text))
        except yaml.YAMLError as error:
            report.add("refused", file.name, f"is no YAML ({' '.join(str(error).split())[:160]})")
            return {}
        if not names:
            report.add("info", file.name, "names no classes")
        return names
    report.add("info", "", "no data.yaml; class 0 is taken as “spheroid”")
    return {0: "spheroid"}


def _names_in(settings: Any) -> dict[int, str]:  # noqa: ANN401 -- YAML
    names = settings.get("names") if isinstance(settings, dict) else None
    if isinstance(names, list):
        return {index: str(name) for index, name in enumerate(names)}
    if isinstance(names, dict):
        return {int(index): str(name) for index, name in names.items() if str(index).isdecimal()}
    return {}


def _read_lines(
    file: Path, name: str, reader: OutlineReader, size: tuple[int, int], names: Mapping[int, str]
) -> list[Polygon]:
    polygons: list[Polygon] = []
    label = 1
    for number, line in enumerate(file.read_text(encoding="utf-8-sig", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        where = f"{name} line {number}"
        parsed = _parse(line.split(), where, reader.report)
        if parsed is None:
            continue
        index, points, confidence = parsed
        if index not in names:
            reader.report.add("info", where, f"class {index} has no name")
        identity = Identity(label, names.get(index, f"class_{index}"), confidence)
        outline = np.round(points * size, READ_DECIMALS_PX)
        parts = reader.polygons([outline], identity, where)
        polygons += parts
        label += bool(parts)
    return polygons


def _parse(words: Sequence[str], where: str, report: Report) -> tuple[int, Ring, float | None] | None:
    """Class, points (n, 2) and confidence of a line, or None where it is no outline."""
    try:
        values = [float(word) for word in words]
    except ValueError:
        report.add("refused", where, "holds something that is no number")
        return None
    if not np.isfinite(values).all() or values[0] != int(values[0]) or values[0] < 0:
        report.add("refused", where, "does not begin with the number of a class, or holds a value that is not finite")
        return None
    coordinates, confidence = values[1:], None
    if len(coordinates) in {4, 5}:
        report.add("refused", where, "a box without an outline")
        return None
    if len(coordinates) >= 7 and len(coordinates) % 2 and 0 <= coordinates[-1] <= 1:
        confidence = coordinates.pop()
        report.add("info", where, "an odd number of coordinates; the last one was taken as the confidence")
    if len(coordinates) < 6 or len(coordinates) % 2:
        report.add("refused", where, f"{len(coordinates)} coordinates make no outline")
        return None
    if max(coordinates) > MAX_COORDINATE or min(coordinates) < 1 - MAX_COORDINATE:
        report.add("refused", where, "coordinates beyond 0…1; are they in pixels?")
        return None
    return int(values[0]), np.array(coordinates).reshape(-1, 2), confidence
