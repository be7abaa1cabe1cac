"""What a folder is understood to hold, and where each size, well and time was found: for `spheroseg doctor`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spheroseg.errors import SpheroSegError, printable
from spheroseg.imaging.file_fields import FileFields
from spheroseg.imaging.filenames import WellForms, parse
from spheroseg.imaging.identity import doubt_about, identity_of
from spheroseg.imaging.image import Image
from spheroseg.imaging.read import count_series
from spheroseg.imaging.scale import SOURCES
from spheroseg.imaging.sources import ImageSource

_NO_PLACE = FileFields()
_NAMED = 3  # so many are named, the others counted


@dataclass(frozen=True, slots=True)
class Finding:
    """One image (a series of a file, a field of a plate), or why it could not be read.

    Attributes:
        source: path below the folder, as text that can be printed.
        series: number of the series within its file.
        facts: what was read, plain values by name; {} where it could not be read.
        doubts: what a person should look at, one sentence each.
        error: why it could not be read, or "".
        place: plate, well, field, channel, z and time as metadata and name have them; images alike in all are of one place.
    """

    source: str
    series: int
    facts: dict[str, Any]
    doubts: tuple[str, ...] = ()
    error: str = ""
    place: FileFields = _NO_PLACE


def examine(source: ImageSource, pattern: str | None = None, forms: WellForms = frozenset()) -> Iterator[Finding]:
    """Reads every series of a source; one that cannot be read does not end the others.

    Args:
        source: from `images_below`.
        pattern: own pattern for file names, see `filenames.parse`.
        forms: of the names beside it, see `filenames.forms_of_wells`.
    """
    series, n_series = 0, 1
    while series < n_series:
        try:
            image = source.read(series=series)
        except SpheroSegError as error:
            if series == 0 and source.plate_image is None:
                n_series = count_series(source.path)
            yield Finding(printable(source.relative), series, {}, error=getattr(error, "reason", str(error)))
        else:
            n_series = image.n_series
            fields = identity_of(image, pattern, forms)
            facts = _facts(source, image, fields)
            yield Finding(
                printable(source.relative),
                series,
                facts,
                tuple(_doubts(image, doubt_about(image, pattern, forms))),
                place=fields,
            )
        series += 1


def doubts_between(findings: Sequence[Finding]) -> list[str]:
    """What is doubtful of images beside each other: different scales in a folder, several images of one place.

    Args:
        findings: of all images of a folder.

    Returns:
        One sentence each.
    """
    sentences: list[str] = []
    scales: dict[str, Counter[str]] = defaultdict(Counter)
    places: dict[FileFields, list[str]] = defaultdict(list)
    for finding in findings:
        size = finding.facts.get("pixel_size_um")
        if size:
            scales[finding.source.rpartition("/")[0]][f"{size[0]:.3g}"] += 1
        if finding.place.well:
            places[replace(finding.place, layout="")].append(finding.source)
    for folder, sizes in scales.items():
        if len(sizes) > 1:
            counts = ", ".join(f"{size} µm ({n})" for size, n in sizes.most_common(_NAMED))
            sentences.append(f"{folder or 'the folder'}: images of different pixel sizes: {counts}")
    several = [(place.well, sources) for place, sources in places.items() if len(sources) > 1]
    for well, sources in several[:_NAMED]:
        named = ", ".join(sources[:_NAMED]) + (" …" if len(sources) > _NAMED else "")
        sentences.append(
            f"{len(sources)} images are of well {well}, and nothing tells them apart ({named}); --pattern can say plate, field or time"
        )
    if len(several) > _NAMED:
        sentences.append(f"{len(several) - _NAMED} more wells have several images that nothing tells apart")
    return sentences


def _facts(source: ImageSource, image: Image, fields: FileFields) -> dict[str, Any]:
    size = image.pixel_size_um
    return {
        "kind": "plate" if source.plate_image else image.metadata["format"],
        "files": source.n_files,
        "series": image.n_series,
        "name": image.name or None,
        "width_px": image.shape[1],
        "height_px": image.shape[0],
        "values": str(image.data.dtype),
        "channels": list(image.channel_names),
        "z_planes": image.n_slices,
        "frames": image.n_frames,
        "frames_are": image.frames_are,
        "pixel_size_um": [size[1], size[0]] if size else None,
        "pixel_size_from": SOURCES.get(image.pixel_size_source, image.pixel_size_source) or None,
        "z_step_um": image.z_step_um,
        "time_step_s": image.time_step_s,
        "plate": fields.plate,
        "well": fields.well,
        "well_from": _well_from(source, image, fields),
        "field": fields.field,
        "time_from": "metadata"
        if image.time_step_s
        else ("file name" if fields.time is not None or fields.acquired else None),
    }


def _well_from(source: ImageSource, image: Image, fields: FileFields) -> str | None:
    if fields.well is None:
        return None
    if image.well and (source.plate_image is None or parse(source.path).well != image.well):
        return "metadata"
    return "index or names of the plate's files" if image.well else "file name"


def _doubts(image: Image, doubt: str) -> Iterator[str]:
    if image.pixel_size_um is None:
        yield "no pixel size: lengths and areas will be in px; give it with --pixel-size"
    if image.n_frames > 1 and image.frames_are == "time" and image.time_of_frame_s(1) is None:
        yield "times without a step: give it with --interval"
    if image.n_slices > 1 and image.z_step_um is None:
        yield "z planes without a distance"
    t, z = image.preview_place
    plane = image.data[t, :, z]
    if plane.size > 1 and plane.min() == plane.max():
        yield f"all of it is {plane.flat[0]}: there is nothing to see"
    if doubt:
        yield doubt
    yield from image.notes
