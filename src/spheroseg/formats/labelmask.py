"""Label masks: an image whose pixel value is the number of the object, 0 is background. TIFF and 16-bit PNG.

A label mask holds neither classes nor confidences nor two objects on one pixel. Objects of the class "core" lie on top of
others, so they get a file of their own: `A01.tif` and `A01_core.tif`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image as PillowImage

from spheroseg.errors import FormatError, ImageReadError, ParameterError
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Report
from spheroseg.formats.ometiff import write_planes
from spheroseg.formats.parts.files import OneFileAnImage, files_below, replacing
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.formats.parts.labelplane import (
    decode_stored,
    named_like,
    note_hidden_pixels,
    refuse_other_size,
)
from spheroseg.geometry import Polygons, rasterise, trace
from spheroseg.imaging.stored import read_stored

SUFFIXES = (".tif", ".tiff", ".png", ".bmp")
WRITTEN_SUFFIXES = (".tif", ".tiff", ".png")
CORE = "core"
CORE_ENDING = "_core"

Labels = NDArray[Any]


def write_labels(labels: Labels, path: Path | str, *, pixel_size_um: tuple[float, float] | None = None) -> None:
    """Write a label mask, whole or not at all.

    TIFF: deflate; uint16 with ImageJ's metadata up to label 65,535, else uint32 with OME metadata; both carry the
    pixel size. PNG: 16 bit; it cannot carry the pixel size.

    Args:
        labels: (y, x) integers or booleans, 0 is background.
        path: ends in .tif, .tiff or .png.
        pixel_size_um: (y, x) in µm, or None.

    Raises:
        FormatError: another suffix, or labels beyond 65,535 in a PNG.
        ParameterError: not a (y, x) array of whole numbers ≥ 0.
    """
    path = Path(path)
    if labels.ndim != 2 or labels.dtype.kind not in "bui" or (labels.size and labels.min() < 0):
        raise ParameterError(f"a label mask is (y, x) whole numbers ≥ 0; this is {labels.dtype} {labels.shape}")
    largest = int(labels.max(initial=0))
    if largest > 2**32 - 1:
        raise FormatError(path, f"label {largest} is beyond 32 bits")
    if path.suffix.lower() == ".png":
        if largest > 65_535:
            raise FormatError(path, f"label {largest} is beyond the 65,535 of a 16-bit PNG; write TIFF")
        with replacing(path) as temporary:
            PillowImage.fromarray(labels.astype(np.uint16)).save(temporary, format="PNG", compress_level=6)
        return
    if path.suffix.lower() not in WRITTEN_SUFFIXES:
        raise FormatError(path, "label masks are written as .tif, .tiff or .png")
    if largest > 65_535:
        # ImageJ's own TIFF has no 32-bit integers
        write_planes(labels.astype(np.uint32)[None], path, ["labels"], pixel_size_um=pixel_size_um)
        return
    resolution = (1.0, 1.0) if pixel_size_um is None else (1 / pixel_size_um[1], 1 / pixel_size_um[0])
    with replacing(path) as temporary:
        tifffile.imwrite(
            temporary,
            labels.astype(np.uint16),
            imagej=True,
            compression="zlib",
            resolution=resolution,
            resolutionunit="NONE",
            metadata={"axes": "YX"} | ({} if pixel_size_um is None else {"unit": "um"}),
        )


def read_labels(path: Path | str, *, report: Report | None = None) -> Labels:
    """Read a label mask from any image file that holds one.

    Whole-number float masks are taken as they are. A mask of 0 and 255 (or 65535, or black and white) alone is a
    foreground mask: its 8-connected parts become objects 1…n. In a colour mask black is background and each other colour
    one object. Each of these is said in `report`.

    Args:
        path: TIFF, PNG or BMP.
        report: gets the notes.

    Returns:
        (y, x) unsigned labels, 0 is background.

    Raises:
        FormatError: the file is no label mask, with the reason.
    """
    return read_calibrated_labels(path, report=report)[0]


def read_calibrated_labels(
    path: Path | str, *, report: Report | None = None
) -> tuple[Labels, tuple[float, float] | None]:
    """`read_labels`, and the pixel size (y, x) in µm that the file says, or None."""
    path = Path(path)
    try:
        return _read(path, path.name, Report() if report is None else report)
    except ImageReadError as error:
        raise FormatError(path, error.reason) from error


def write(annotations: Annotations, path: Path | str, *, suffix: str = ".tif") -> Report:
    """Write one mask an image, named like the image; cores go to `<name>_core<suffix>`.

    Args:
        annotations: the images.
        path: a folder, or the file of the only image (.tif, .tiff, .png).
        suffix: ".tif" or ".png", for a folder.

    Returns:
        What masks cannot hold: classes, confidences, pixels under another object, pixel size (PNG).
    """
    path, report = Path(path), Report()
    is_file = path.suffix.lower() in WRITTEN_SUFFIXES and not path.is_dir()
    files = OneFileAnImage(path, path.suffix.lower() if is_file else suffix, report)
    for image in annotations.images:
        file = files.path_for(image.name)
        try:
            _write_image(image, file, report)
        except FormatError as error:
            report.add("refused", image.name, error.reason)
    return report


def _write_image(image: AnnotatedImage, file: Path, report: Report) -> None:
    classes = set(image.polygons.class_names)
    for members, target in ((classes - {CORE}, file), (classes & {CORE}, _core_file(file))):
        if not members and target != file:
            continue
        drawn = rasterise(
            (polygon for polygon in image.polygons if polygon.class_name in members), image.shape, dtype=np.uint32
        )
        write_labels(drawn, target, pixel_size_um=image.pixel_size_um)
        note_hidden_pixels(image, drawn, members, report)
    unheld = sorted(classes - {CORE, "spheroid"})
    if unheld:
        report.add("lost", image.name, f"a label mask holds no classes: {', '.join(unheld)}")
    if not np.isnan(image.polygons.confidences).all():
        report.add("lost", "", "a label mask holds no confidences")
    if file.suffix.lower() == ".png" and image.pixel_size_um is not None:
        report.add("lost", "", "a PNG mask holds no pixel size")
    report.n_images += 1
    report.n_objects += sum(1 for _ in image.objects())


def read(
    path: Path | str, *, images: ImageFolder | None = None, class_name: str = "spheroid"
) -> tuple[Annotations, Report]:
    """Read the mask or all masks below a folder.

    Args:
        path: a file or a folder.
        images: the images of the masks; they give names and pixel sizes, and a mask of another size is refused.
        class_name: of the objects; those of a mask `<name>_core` beside `<name>` are cores.

    Raises:
        FormatError: the path does not exist.
    """
    report, found = Report(), []
    files = {Path(name).with_suffix(""): (file, name) for file, name in files_below(Path(path), SUFFIXES)}
    for stem, (file, name) in files.items():
        if stem.name.endswith(CORE_ENDING) and stem.with_name(stem.name.removesuffix(CORE_ENDING)) in files:
            continue  # read with the mask it belongs to
        try:
            image = _read_image(file, name, class_name, report)
            refuse_other_size(file, image, images)
        except (FormatError, ImageReadError) as error:
            report.add("refused", name, error.reason)
            continue
        image = _with_cores(image, files.get(stem.with_name(stem.name + CORE_ENDING)), report)
        found.append(named_like(image, images))
        report.n_images += 1
        report.n_objects += sum(1 for _ in image.objects())
    return Annotations(tuple(found)), report


def _core_file(file: Path) -> Path:
    return file.with_name(f"{file.stem}{CORE_ENDING}{file.suffix}")


def _with_cores(image: AnnotatedImage, core_file: tuple[Path, str] | None, report: Report) -> AnnotatedImage:
    if core_file is None:
        return image
    file, name = core_file
    try:
        cores = _read_image(file, name, CORE, report)
    except (FormatError, ImageReadError) as error:
        report.add("refused", name, error.reason)
        return image
    if cores.shape != image.shape:
        reason = f"is {cores.width} × {cores.height} px, its spheroids {image.width} × {image.height}"
        report.add("refused", name, reason)
        return image
    return replace(image, polygons=Polygons.from_list([*image.polygons, *cores.polygons]))


def _read_image(file: Path, name: str, class_name: str, report: Report) -> AnnotatedImage:
    labels, pixel_size_um = _read(file, name, report)
    height, width = labels.shape
    return AnnotatedImage(name, width, height, trace(labels, class_name=class_name), pixel_size_um)


def read_own_labels(path: Path) -> Labels:
    """A mask that SpheroSeg wrote, number by number: nothing has to be found out about it.

    Raises:
        ImageReadError: it is not there, or damaged.
    """
    return read_stored(path).values


def _read(file: Path, where: str, report: Report) -> tuple[Labels, tuple[float, float] | None]:
    stored = read_stored(file)
    return decode_stored(stored, file, report, where=where), stored.image.pixel_size_um
