"""Outline formats of a whole run, made from what each finished file left: its masks and its rows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from spheroseg.batch.folder import ResultsFolder, Row
from spheroseg.errors import FileError, SpheroSegError, system_reason
from spheroseg.formats import labelmask
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Report
from spheroseg.formats.registry import format_named
from spheroseg.geometry import trace
from spheroseg.records import RESULT_PATHS, ResultFormat, RunCard


def write_outlines(
    folder: ResultsFolder, names: Sequence[str], format_name: ResultFormat, run_card: RunCard
) -> tuple[Report, str]:
    """Write the outlines of every finished frame in one format; what an earlier run wrote there is replaced.

    Args:
        folder: of the results; its masks must have been written.
        names: of the inputs that are in the run.
        format_name: of outlines.
        run_card: goes into the formats that can hold it.

    Returns:
        What the format cannot hold, and why it could not be written, or "".
    """
    path = folder.path / RESULT_PATHS[format_name]
    report, missing = Report(), Report()
    entry = format_named(format_name)
    assert entry.write is not None, "only formats that can be written are offered"
    try:
        if path.is_dir():  # files of images that are no longer in the run
            shutil.rmtree(path)
        report = entry.write(Annotations(_annotated(folder, names, missing), run_card.plain()), path, None)
    except SpheroSegError as error:
        return report, str(error)
    except OSError as error:
        return report, system_reason(error)
    report.extend(missing)
    refused = report.of("refused")
    return report, str(refused[0]) if refused else ""


def _annotated(folder: ResultsFolder, names: Sequence[str], missing: Report) -> Iterator[AnnotatedImage]:
    for part in folder.parts(names):
        columns: list[str] = part["columns"]
        objects_of: dict[str, list[dict[str, Any]]] = {}
        for values in part["objects"]:
            one = dict(zip(columns, values, strict=True))
            objects_of.setdefault(str(one["image"]), []).append(one)
        for row in part["images"]:
            if row["status"] != "ok":
                continue
            try:
                yield _image(folder.path, row, objects_of.get(row["image"], []))
            except FileError as error:
                missing.add("refused", row["image"], f"its mask is no longer there: {error.reason}")


def _image(folder: Path, row: Row, objects: list[dict[str, Any]]) -> AnnotatedImage:
    labels = labelmask.read_own_labels(folder / "masks" / f"{row['image']}.tif")
    confidences = {one["label"]: one["confidence"] for one in objects if one.get("confidence") is not None}
    class_name = str(objects[0]["class_name"]) if objects else "spheroid"
    size = row["pixel_size_y_um"], row["pixel_size_x_um"]
    is_one_of_several = "series" in row or "frame" in row
    return AnnotatedImage(
        name=str(Path(row["file"]).with_name(row["image"]).as_posix()) if is_one_of_several else row["file"],
        width=labels.shape[1],
        height=labels.shape[0],
        polygons=trace(labels, class_name=class_name, confidences=confidences),
        pixel_size_um=None if None in size else size,
        file=row["file"] if is_one_of_several else "",
        metadata={name: row[name] for name in ("series", "frame", "well", "plate") if name in row},
    )
