"""What compute children do with files that were uploaded together: understand what they are, make images of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from spheroseg.errors import ImageReadError, SpheroSegError
from spheroseg.formats.ometiff_image import write_image
from spheroseg.imaging import Image, count_series, doubt_about, images_below, parse_interval
from spheroseg.imaging.beside import ENDINGS, look_beside
from spheroseg.imaging.filenames import parse
from spheroseg.imaging.folder import list_folder
from spheroseg.imaging.kinds import is_image_path
from spheroseg.imaging.other_kinds import other_kind
from spheroseg.imaging.plates.plate import PlateImage
from spheroseg.imaging.preferred import read_preferred
from spheroseg.imaging.scale import SOURCES
from spheroseg.imaging.sources import ImageSource, Listing
from spheroseg.server.tables.described import (
    LeftOut,
    SetImage,
    SetSource,
    TakenImage,
    UnderstoodSet,
    UnreadSetImage,
)

MOST_LISTED = 1000
"""Images and files of a set that are told one by one; of the others their number."""


@dataclass(frozen=True, slots=True)
class _Look:
    found: SetImage | UnreadSetImage
    asks_axes: bool = False
    asks_interval: bool = False


def understand(folder: str, axes: str | None = None, interval: str | None = None) -> UnderstoodSet:
    """What files that were uploaded together are, before anything is made of them.

    Args:
        folder: where they lie, under the names that they were uploaded with.
        axes: what the pages of a file are that does not say it.
        interval: time between frames where the file states none ("4h").

    Returns:
        plates: one sentence each.
        images: at most `MOST_LISTED`.
        left_out: files that are no images, or are not read (at most `MOST_LISTED`).
        n_images, n_left_out, n_unreadable, n_beside (files that say something of the images): numbers of all.
        notes: what a person should know.
        asks_axes, asks_interval: whether pages or times are of unknown meaning.
    """
    listing = _listing(folder)
    images: list[SetImage | UnreadSetImage] = []
    n_images = n_unreadable = 0
    asks_axes = asks_interval = False
    for source in listing.sources:
        for look in _looks(source, axes, interval):
            n_images += 1
            n_unreadable += "reason" in look.found
            asks_axes |= look.asks_axes
            asks_interval |= look.asks_interval
            if len(images) < MOST_LISTED:
                images.append(look.found)
    left_out, n_beside = _left_out(Path(folder), listing)
    return {
        "plates": [
            {"name": plate.name, "layout": plate.layout, "summary": plate.summary()} for plate in listing.plates
        ],
        "images": images,
        "n_images": n_images,
        "n_unreadable": n_unreadable,
        "left_out": left_out[:MOST_LISTED],
        "n_left_out": len(left_out),
        "n_beside": n_beside,
        "notes": listing.notes,
        "asks_axes": asks_axes,
        "asks_interval": asks_interval,
    }


def take_source(
    folder: str, relative: str, series: int, target: str, axes: str | None = None, interval: str | None = None
) -> TakenImage | None:
    """Make one image of a set: where it is more than a file alone, all that belongs to it becomes one OME-TIFF.

    Args:
        folder: where the files lie.
        relative: the image, as `list_sources` names it.
        series: of the image's file.
        target: the file to be written.
        axes: what the pages of a file are that does not say it.
        interval: time between frames where the file states none.

    Returns:
        The image; None where the file itself is the image, with all its series: then nothing was written.

    Raises:
        ImageReadError: it cannot be read.
    """
    source = next(each for each in _listing(folder).sources if each.relative == relative)
    if _is_alone(source):
        return None
    image = _read(source, series, axes, interval)
    write_image(image, Path(target))
    return {
        "n_series": image.n_series,
        "name": _file_name(source, image),
        "details": {
            "pixel_size_source": image.pixel_size_source,
            "field": image.field,
            "notes": [*image.notes, f"put together from {source.n_files} files" if source.n_files > 1 else ""],
        },
    }


def list_sources(folder: str) -> list[SetSource]:
    """The images of a set."""
    return [
        {
            "relative": source.relative,
            "file": source.path.relative_to(folder).as_posix(),
            "n_series": 1 if _is_alone(source) or source.plate_image else count_series(source.path),
        }
        for source in _listing(folder).sources
    ]


@lru_cache(maxsize=2)
def _listing(folder: str) -> Listing:
    return images_below(Path(folder))


def _is_alone(source: ImageSource) -> bool:
    """Whether its file says all that is known of it: then it stays as it was uploaded."""
    if source.plate_image is not None or source.n_files > 1 or source.path.is_dir():
        return False
    names = [path.name.lower() for path in source.path.parent.iterdir()]
    if any(name.endswith(".companion.ome") or name == "ndtiff.index" for name in names):
        return False
    beside = look_beside(source.path)
    return not beside.claims and beside.file is None


def _read(source: ImageSource, series: int, axes: str | None, interval: str | None) -> Image:
    return read_preferred(
        lambda stated: source.read(series=series, axes=stated), axes, parse_interval(interval) if interval else None
    ).image


def _file_name(source: ImageSource, image: Image) -> str:
    """Name of the image with its folders; series of one file are told apart by their names."""
    if source.plate_image is not None:
        return f"{source.relative}.ome.tif"
    stem = source.relative
    for ending in (".ome.tif", ".ome.tiff", source.path.suffix):
        if stem.lower().endswith(ending.lower()):
            stem = stem[: len(stem) - len(ending)]
            break
    if image.n_series > 1:
        called = "".join(letter if letter.isalnum() or letter in " -_." else "-" for letter in image.name)
        stem += f"_{called or f's{image.series + 1}'}"
    return f"{stem}.ome.tif"


def _looks(source: ImageSource, axes: str | None, interval: str | None) -> Iterator[_Look]:
    if source.plate_image is not None:
        yield _of_field(source, source.plate_image, interval)
        return
    series, n_series = 0, 1
    while series < n_series:
        try:
            image = _read(source, series, axes, interval)
        except SpheroSegError as error:
            if series == 0:
                n_series = count_series(source.path)
            reason = getattr(error, "reason", None) or str(error)
            unread: UnreadSetImage = {"source": source.relative, "series": series, "reason": reason}
            yield _Look(unread, asks_axes="--axes" in reason)
        else:
            n_series = image.n_series
            yield _of_image(source, image)
        series += 1


def _of_field(source: ImageSource, field: PlateImage, interval: str | None) -> _Look:
    """A field of a plate by its index and its first plane: nobody waits for all pixels of a plate to see what it is."""
    try:
        first = PlateImage(field.plate, field.well, field.field, field.layout, field.files[:1]).read()
    except ImageReadError as error:
        return _Look({"source": source.relative, "series": 0, "reason": error.reason})
    times = field.times_s(field.frames)
    has_times = bool(times) or interval is not None or len(field.frames) == 1
    found = _series_found(source, first)
    of_all: SetImage = {
        **found,
        "n_frames": len(field.frames),
        "n_channels": max(first.n_channels, len(field.channels)),
        "channel_names": list(field.channel_names if any(field.channel_names) else field.channels),
        "n_slices": len(field.slices),
        "frames_are": "time",
        "z_step_um": field.z_step_um,
        "has_times": has_times,
        "n_files": len(field.files),
    }
    return _Look(of_all, asks_interval=not has_times)


def _of_image(source: ImageSource, image: Image) -> _Look:
    found = _series_found(source, image)
    return _Look(
        found,
        asks_axes=image.frames_are == "page" and image.n_frames > 1,
        asks_interval=not found["has_times"],
    )


def _series_found(source: ImageSource, image: Image) -> SetImage:
    size = image.pixel_size_um
    well = image.well or ((parse(source.path).well or "") if image.n_series == 1 else "")
    doubts = [note for note in (*image.notes, doubt_about(image)) if note]
    return {
        "source": source.relative,
        "series": image.series,
        "n_series": image.n_series,
        "name": image.name,
        "plate": image.plate,
        "well": well,
        "field": image.field,
        "width": image.shape[1],
        "height": image.shape[0],
        "n_frames": image.n_frames,
        "frames_are": image.frames_are,
        "n_channels": image.n_channels,
        "channel_names": list(image.channel_names),
        "n_slices": image.n_slices,
        "pixel_size_um": [size[1], size[0]] if size else None,
        "pixel_size_from": SOURCES.get(image.pixel_size_source, image.pixel_size_source),
        "is_size_doubtful": size is None or size == (1.0, 1.0),
        "z_step_um": image.z_step_um,
        "has_times": image.frames_are != "time" or image.n_frames == 1 or image.time_of_frame_s(1) is not None,
        "n_files": source.n_files,
        "doubts": doubts,
    }


def _left_out(folder: Path, listing: Listing) -> tuple[list[LeftOut], int]:
    """Files that become no image, with the reason; and how many others say something of the images."""
    described: list[LeftOut] = [
        {"name": entry.relative, "reason": _reason(entry.path, entry.why)} for entry in listing.left_out
    ]
    known = {entry.path for entry in listing.left_out}
    n_beside = 0
    for path in list_folder(folder).files:
        if path in known or is_image_path(path):
            continue
        if path in listing.parts or path.name.lower().endswith(ENDINGS):
            n_beside += 1
        else:
            described.append({"name": path.relative_to(folder).as_posix(), "reason": "no image"})
    return described, n_beside


def _reason(path: Path, why: str) -> str:
    other = other_kind(path.name)
    return f"a {other.name} file: {other.reason}" if other is not None else why
