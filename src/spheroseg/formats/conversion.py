"""From one format to another, with everything that was repaired, lost or refused on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from spheroseg.errors import FormatError, ImageReadError, ParameterError
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Report
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.formats.registry import format_named, format_of_source, format_of_target


def convert(
    source: Path | str,
    target: Path | str,
    *,
    format_in: str | None = None,
    format_out: str | None = None,
    images: Path | str | None = None,
    on_image: Callable[[str], None] = lambda _: None,
) -> Report:
    """Read outlines in one format and write them in another.

    Args:
        source: file or folder to read.
        target: file or folder to write; files of the same name are replaced, each when its successor is whole.
        format_in: name in `FORMATS`; None tells it from suffix and content.
        format_out: name in `FORMATS`; None tells it from the suffix.
        images: folder of the images: gives sizes, names and pixel sizes that the source does not state, is copied into
            a YOLO data set or an OME-Zarr, and is what overlays are drawn on.
        on_image: called with the name of each image before it is written, for a progress bar.

    Returns:
        The notes of reading and writing; counts of what was written.

    Raises:
        FormatError: the source cannot be read at all, the target cannot be written, or a format is not recognised.
        ParameterError: no such format, or source and target are the same.
    """
    source, target = Path(source), Path(target)
    if source.resolve() == target.resolve():
        raise ParameterError(f"{source} cannot be converted onto itself")
    reader = format_named(format_in) if format_in else format_of_source(source)
    writer = format_named(format_out) if format_out else format_of_target(target)
    if reader.read is None:
        raise ParameterError(f"{reader.title} holds no outlines that could be read")
    if writer.write is None:
        raise ParameterError(f"{writer.title} is only read, not written")
    folder = None if images is None else ImageFolder(images)
    annotations, report = reader.read(source, folder)
    if report.n_images == 0:
        reasons = "; ".join(str(note) for note in report.notes[:3])
        raise FormatError(
            source, f"holds nothing that could be read as {reader.title}{': ' + reasons if reasons else ''}"
        )
    if folder is not None:
        _note_missing(annotations, folder, report)
    written = writer.write(replace(annotations, images=_announced(annotations, on_image)), target, folder)
    report.extend(written)
    report.n_images, report.n_objects = written.n_images, written.n_objects
    return report


def _announced(annotations: Annotations, on_image: Callable[[str], None]) -> Iterator[AnnotatedImage]:
    for image in annotations.images:
        on_image(image.name)
        yield image


def _note_missing(annotations: Annotations, folder: ImageFolder, report: Report) -> None:
    for image in annotations.images:
        try:
            info = folder.find(image.name)
        except (FormatError, ImageReadError) as error:
            report.add("info", image.name, f"its image cannot be read ({error.reason})")
            continue
        if info is None:
            report.add("info", image.name, "its image is not in the images' folder")
        elif (info.height, info.width) != image.shape:
            report.add(
                "info",
                image.name,
                f"annotated at {image.width} × {image.height} px, but the image has {info.width} × {info.height}",
            )
