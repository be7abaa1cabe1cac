"""What compute children do for exports: a spool of frames → files of other programs → one archive."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from spheroseg.formats import table
from spheroseg.formats.dataset import AnnotatedImage, Annotations
from spheroseg.formats.registry import format_named
from spheroseg.geometry import Polygon, Polygons
from spheroseg.records import RESULT_PATHS, ResultFormat
from spheroseg.server.compute import outlines
from spheroseg.server.compute.bundle import ExportedFrame, unpack, unpack_about
from spheroseg.server.compute.measures import as_measures
from spheroseg.server.compute.wells import WellSummary
from spheroseg.server.resources.json_object import JsonObject

_TABLES = {"csv", "xlsx", "parquet"}


def write_archive(spool: str, archive: str, formats: list[ResultFormat], run_card: JsonObject) -> None:
    """Write the files of some formats into a ZIP archive.

    Args:
        spool: bundles of frames, each after its length (8 bytes, little-endian); see `tasks`.
        archive: file to write.
        formats: of `RESULT_FORMATS`.
        run_card: what is the same in how all outlines came about; each frame's own card lies in its bundle.

    Raises:
        FormatError: a format cannot hold the results.
    """
    folder = Path(archive).with_suffix(".files")
    folder.mkdir()
    notes = []
    for name in formats:
        write = format_named(name).write
        assert write is not None, "what is offered can be written"
        report = write(Annotations(_images(Path(spool)), run_card), folder / RESULT_PATHS[name], None)
        notes += [f"{name}: {line}" for line in report.lines()]
    (folder / "report.txt").write_text("".join(f"{note}\n" for note in notes), encoding="utf-8")
    _write_run_cards(Path(spool), folder / "run_cards.json")
    if _TABLES & set(formats):
        _write_wells(Path(spool), folder / "wells.csv")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                target.write(file, file.relative_to(folder).as_posix())
    shutil.rmtree(folder)


def _write_run_cards(spool: Path, path: Path) -> None:
    """A JSON object: the name of each frame, as the tables have it, and its run card."""
    with path.open("w", encoding="utf-8") as file:
        separator = "{"
        for data in _bundles(spool):
            about: ExportedFrame = unpack_about(data)
            file.write(f"{separator}\n{json.dumps(about['name'])}: {json.dumps(about['run_card'])}")
            separator = ","
        file.write("\n}\n" if separator == "," else "{}\n")


def _write_wells(spool: Path, path: Path) -> None:
    """Mean, SD and n of each measure by well; nothing where no image has a well."""
    summary = WellSummary()
    for data in _bundles(spool):
        image = _image(data)
        if image.measurements is not None:
            about: ExportedFrame = unpack_about(data)
            summary.add(image.measurements, about["identity"], about["conditions"])
    found = summary.table()
    if len(found):
        table.write_tables([found], [], path, run_card={})


def _images(spool: Path) -> Iterator[AnnotatedImage]:
    return map(_image, _bundles(spool))


def _bundles(spool: Path) -> Iterator[bytes]:
    with spool.open("rb") as file:
        while length := file.read(8):
            yield file.read(int.from_bytes(length, "little"))


def _image(data: bytes) -> AnnotatedImage:
    about: ExportedFrame
    about, arrays = unpack(data)
    numbers = arrays["number"].tolist()
    ends = np.cumsum(arrays["length"]).tolist()
    blob = arrays["polygons"].tobytes()
    polygons: list[Polygon] = []
    rows = []
    for i, number in enumerate(numbers):
        confidence = float(arrays["confidence"][i])
        known = None if np.isnan(confidence) else confidence
        start = ends[i - 1] if i else 0
        polygons += [
            Polygon(part[0], tuple(part[1:]), number, about["class_names"][i], known)
            for part in outlines.decode(blob[start : ends[i]])
        ]
        values = [None if np.isnan(value) else value for value in arrays["measures"][i].tolist()]
        rows.append(
            {
                "label": number,
                "class_name": about["class_names"][i],
                **as_measures(values, about["columns"]),
                "confidence": known,
                "flags": ";".join(about["flags"][i]),
                "source": about["sources"][i],
                **({} if about["excluded"] is None else {"excluded": about["excluded"][i]}),
            }
        )
    columns = ["label", "class_name", *(column["name"] for column in about["columns"]), "confidence", "flags", "source"]
    columns += [] if about["excluded"] is None else ["excluded"]  # of a project that leaves objects out
    size = about["pixel_size_um"]
    measurements = pd.DataFrame(rows, columns=columns)
    for place, (name, value) in enumerate((about["identity"] | about["conditions"]).items()):
        measurements.insert(place, name, value)
    return AnnotatedImage(
        name=about["name"],
        width=about["width"],
        height=about["height"],
        polygons=Polygons.from_list(polygons),
        pixel_size_um=(size[0], size[1]) if size else None,
        measurements=measurements,
        metadata=about["metadata"],
    )
