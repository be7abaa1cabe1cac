"""What one worker does with one file: read, outline, measure, write masks and overlays, return the rows."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from spheroseg.batch.folder import Row
from spheroseg.batch.inputs import InputFile
from spheroseg.errors import FileError, SpheroSegError
from spheroseg.formats import labelmask, overlay
from spheroseg.imaging import doubt_about, identity_of, read_image
from spheroseg.imaging.filenames import FileFields
from spheroseg.pipeline import Parameters, Segmentation, segment, set_threads


@dataclass(frozen=True, slots=True)
class ProcessOptions:
    """What is written for each file.

    Attributes:
        formats: of "csv", "xlsx", "masks", "overlays", …
        region: "filled" or "net", see `measurement`.
        filename_pattern: how well, field and time are written in file names; None = the known conventions.
    """

    formats: frozenset[str] = field(default_factory=lambda: frozenset({"csv", "masks", "overlays"}))
    region: str = "filled"
    filename_pattern: str | None = None


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """The rows that one file gives, or why there are none."""

    fingerprint: str
    images: list[Row]
    objects: pd.DataFrame
    error: str = ""

    @classmethod
    def failure(cls, file: InputFile, fingerprint: str, reason: str) -> FileOutcome:
        """The row of a file that could not be processed."""
        row: Row = {"file": file.relative, "image": file.name, "status": "failed", "error": reason}
        return cls(fingerprint, [row], pd.DataFrame(), reason)


def start_worker(threads: int, ignore_interrupt: bool) -> None:
    """Prepare a process: its share of the cores, and Ctrl-C left to the process that leads."""
    if ignore_interrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_threads(threads)


def fingerprint(path: Path) -> str:
    """What tells that a file is still the one that was processed: its size and time of change."""
    try:
        status = path.stat()
    except OSError:
        return "missing"
    return f"{status.st_size}-{status.st_mtime_ns}"


def process_file(file: InputFile, parameters: Parameters, out: Path, options: ProcessOptions) -> FileOutcome:
    """Outline and measure every series and frame of one file.

    Masks and overlays are on the disk when it returns. An error that SpheroSeg knows, and running out of memory,
    become the outcome's `error`; anything else is a defect of the program and is raised.
    """
    mark = fingerprint(file.path)
    images: list[Row] = []
    tables: list[pd.DataFrame] = []
    try:
        for name, frame_row, result in _segmented_frames(file, parameters, options):
            table = result.measure(region=options.region)
            _write_files(result, name, out, options)
            images.append(frame_row | _image_row(result, table))
            tables.append(_with_identity(table, frame_row))
    except FileError as error:
        return FileOutcome.failure(file, mark, error.reason)
    except SpheroSegError as error:
        return FileOutcome.failure(file, mark, str(error))
    except MemoryError:
        return FileOutcome.failure(file, mark, "there is not enough memory for this image")
    return FileOutcome(mark, images, pd.concat(tables, ignore_index=True))


def _with_identity(table: pd.DataFrame, frame_row: Row) -> pd.DataFrame:
    """The table with the columns that tell where its objects are from in front."""
    identity = {name: value for name, value in frame_row.items() if name not in {"file", "status", "error"}}
    return pd.concat([pd.DataFrame(dict.fromkeys(identity), index=table.index).assign(**identity), table], axis=1)


def _segmented_frames(
    file: InputFile, parameters: Parameters, options: ProcessOptions
) -> Iterator[tuple[str, Row, Segmentation]]:
    """Name, identity columns and result of each frame."""
    series, n_series = 0, 1
    while series < n_series:
        image = read_image(file.path, series=series)
        n_series = image.n_series
        spoken = name_columns(identity_of(image, options.filename_pattern))
        for t in range(image.n_frames):
            name = file.name
            name += f"_s{series}" if n_series > 1 else ""
            name += f"_t{t:03d}" if image.n_frames > 1 else ""
            row: Row = {"file": file.relative, "image": name, "status": "ok", "error": None, **spoken}
            if n_series > 1:
                row["series"] = series
            if image.name:
                row["name"] = image.name
            if image.n_frames > 1:
                row["frame"] = t
                row["frame_time_s"] = image.time_of_frame_s(t)
            yield name, row, segment(image, parameters, t=t)
        series += 1


def name_columns(fields: FileFields) -> Row:
    """Where an image is from, as columns; what is not known has none."""
    row = {name: getattr(fields, name) for name in ("plate", "well", "row", "column", "field", "channel", "z")}
    row["time_h"] = fields.time_h
    row["time_frame"] = int(fields.time) if fields.time is not None and fields.time_h is None else None
    row["acquired"] = fields.acquired.isoformat() if fields.acquired else None
    return {name: value for name, value in row.items() if value is not None}


def _image_row(result: Segmentation, table: pd.DataFrame) -> Row:
    image, prediction, card = result.image, result.prediction, result.run_card
    unit = "um" if result.pixel_size_um else "px"
    areas = table[f"area_{unit}2"]
    diameters = table[f"equivalent_diameter_{unit}"]
    size = result.pixel_size_um or (None, None)
    some = len(table) > 0
    return {
        "width_px": image.shape[1],
        "height_px": image.shape[0],
        "dtype": str(image.data.dtype),
        "channels": image.n_channels,
        "channel_outlined": result.frame.channel,
        "z_outlined": result.frame.z,
        "pixel_size_x_um": size[1],
        "pixel_size_y_um": size[0],
        "pixel_size_source": card.pixel_size_source,
        "n_objects": len(table),
        "n_too_small": prediction.n_too_small,
        "n_too_faint": prediction.n_too_faint,
        f"area_sum_{unit}2": float(areas.sum()),
        f"equivalent_diameter_mean_{unit}": float(diameters.mean()) if some else None,
        f"equivalent_diameter_median_{unit}": float(diameters.median()) if some else None,
        "expected_diameter_px": prediction.scale.diameter_px,
        "diameter_source": prediction.scale.source,
        "flags": ";".join(prediction.image_flags),
        "notes": "; ".join(filter(None, (*image.notes, doubt_about(image)))),
        "region": str(table.attrs["region"]),
        "model": card.model.name,
        "model_sha256": card.model.sha256,
        "input_sha256": card.input.sha256 if card.input else None,
    }


def _write_files(result: Segmentation, name: str, out: Path, options: ProcessOptions) -> None:
    if "masks" in options.formats:
        labelmask.write_labels(result.labels, out / "masks" / f"{name}.tif", pixel_size_um=result.pixel_size_um)
    if "probability" in options.formats:
        path = out / "probability" / f"{name}.tif"
        labelmask.write_labels(result.probability, path, pixel_size_um=result.pixel_size_um)
    if "overlays" in options.formats:
        overlay.write_overlay(result.image, result.polygons, out / "overlays" / f"{name}.png")
