"""What one worker does with one file: read, outline, measure, write masks and overlays, return the rows."""

from __future__ import annotations

import contextlib
import hashlib
import signal
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd

from spheroseg.batch.buckets import on_this_machine
from spheroseg.batch.folder import OUTPUTS, Row
from spheroseg.batch.inputs import InputFile
from spheroseg.batch.names import frame_name
from spheroseg.errors import FileError, ImageReadError, SpheroSegError, printable, refused_file, system_reason
from spheroseg.formats import labelmask, overlay
from spheroseg.imaging import doubt_about, identity_of
from spheroseg.imaging.filenames import FileFields
from spheroseg.pipeline import Parameters, Segmentation, segment, set_threads


@dataclass(frozen=True, slots=True)
class ProcessOptions:
    """What is written for each file.

    Attributes:
        formats: of "csv", "xlsx", "masks", "overlays", …
        region: "filled" or "net", see `measurement`.
        filename_pattern: how well, field and time are written in file names; None = the known conventions.
        axes: what the pages of files are that do not say it, see `read_image`.
        interval_s: seconds between frames where the files state none.
    """

    formats: frozenset[str] = field(default_factory=lambda: frozenset({"csv", "masks", "overlays"}))
    region: str = "filled"
    filename_pattern: str | None = None
    axes: str | None = None
    interval_s: float | None = None


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


def fingerprint(file: InputFile) -> str:
    """What tells that an input is still the one that was processed: size and time of change of its files."""
    if file.mark:
        return file.mark
    try:
        marks = [(status.st_size, status.st_mtime_ns) for status in (path.stat() for path in file.files)]
    except OSError:
        return "missing"
    if len(marks) == 1:
        return f"{marks[0][0]}-{marks[0][1]}"
    return hashlib.sha256(repr(marks).encode()).hexdigest()[:20]


def process_file(file: InputFile, parameters: Parameters, out: Path, options: ProcessOptions) -> FileOutcome:
    """Outline and measure every series and frame of one file.

    Masks and overlays are on the disk when it returns. Whatever fails becomes the outcome's `error` and the reason in
    the row of its frame or file; the other frames are done.
    """
    mark = fingerprint(file)
    images: list[Row] = []
    tables: list[pd.DataFrame] = []
    reasons: list[str] = []
    try:
        with on_this_machine(file) as here:
            for name, frame_row, made in _frames(here, parameters, options):
                try:
                    result = made()
                    table = result.measure(region=options.region)
                    _write_files(result, name, out, options)
                    images.append(frame_row | _image_row(result, table, here, options))
                    tables.append(_with_identity(table, frame_row))
                except Exception as error:  # noqa: BLE001 -- nothing that one frame does ends the others
                    reasons.append(reason_of(error))
                    images.append(frame_row | {"status": "failed", "error": reasons[-1]})
    except Exception as error:  # noqa: BLE001 -- nothing that one file does ends the batch
        return FileOutcome.failure(file, mark, reason_of(error))
    if len(images) == len(reasons) == 1:
        return FileOutcome.failure(file, mark, reasons[0])
    failed = f"{len(reasons)} of {len(images)} frames failed: {reasons[0]}" if reasons else ""
    return FileOutcome(mark, images, pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(), failed)


def reason_of(error: Exception) -> str:
    """Why a file failed, in one sentence for its row."""
    if isinstance(error, FileError):
        return error.reason
    if isinstance(error, SpheroSegError):
        return str(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory for this image"
    if isinstance(error, OSError):
        name = refused_file(error)
        return f"{name}: {system_reason(error)}" if name else system_reason(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    return f"a defect of the program, please report it: {type(error).__name__} in {where}: {error}"


def _with_identity(table: pd.DataFrame, frame_row: Row) -> pd.DataFrame:
    """The table with the columns that tell where its objects are from in front."""
    identity = {name: value for name, value in frame_row.items() if name not in {"file", "status", "error"}}
    return pd.concat([pd.DataFrame(dict.fromkeys(identity), index=table.index).assign(**identity), table], axis=1)


def _frames(
    file: InputFile, parameters: Parameters, options: ProcessOptions
) -> Iterator[tuple[str, Row, Callable[[], Segmentation]]]:
    """Name, identity columns and what makes the result of each frame; a series that cannot be read fails when made.

    Raises:
        SpheroSegError: the file cannot be read at all.
    """
    series, n_series = 0, 1
    while series < n_series:
        of_several = series if n_series > 1 else None
        try:
            image = file.read(series, axes=options.axes, interval_s=options.interval_s)
        except (SpheroSegError, MemoryError) as error:
            if of_several is None:
                n_series = file.count_series()
            if n_series == 1:
                raise
            of_several = series
            name = frame_name(file.name, of_several, None)
            row: Row = {"file": file.relative, "image": name, "status": "ok", "error": None, "series": series}
            yield name, row, partial(_raise, error)
            series += 1
            continue
        n_series = image.n_series
        of_several = series if n_series > 1 else None
        spoken = name_columns(identity_of(image, options.filename_pattern, file.forms))
        for t in range(image.n_frames):
            name = frame_name(file.name, of_several, t if image.n_frames > 1 else None)
            row = {"file": file.relative, "image": name, "status": "ok", "error": None, **spoken}
            if of_several is not None:
                row["series"] = series
            if image.name:
                row["name"] = printable(image.name)
            if image.n_frames > 1:
                row["frame"] = t
                row["frame_time_s"] = image.time_of_frame_s(t)
            yield name, row, partial(segment, image, parameters, t=t)
        if image.cut_off:  # nobody knows how many frames are missing: one row stands for them
            name = frame_name(file.name, of_several, image.n_frames)
            row = {"file": file.relative, "image": name, "status": "ok", "error": None, **spoken}
            row |= {"series": series} if of_several is not None else {}
            yield name, row, partial(_raise, ImageReadError(file.path, image.cut_off))
        series += 1


def _raise(error: Exception) -> Segmentation:
    raise error


def name_columns(fields: FileFields) -> Row:
    """Where an image is from, as columns; what is not known has none."""
    row = {name: getattr(fields, name) for name in ("plate", "well", "row", "column", "field", "channel", "z")}
    row["time_h"] = fields.time_h
    row["time_frame"] = int(fields.time) if fields.time is not None and fields.time_h is None else None
    row["acquired"] = fields.acquired.isoformat() if fields.acquired else None
    return {name: printable(v) if isinstance(v, str) else v for name, v in row.items() if v is not None}


def _image_row(result: Segmentation, table: pd.DataFrame, file: InputFile, options: ProcessOptions) -> Row:
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
        "notes": "; ".join(
            filter(
                None,
                (
                    *image.notes,
                    doubt_about(image, options.filename_pattern, file.forms),
                    _left_out(prediction.left_out),
                ),
            )
        ),
        "region": str(table.attrs["region"]),
        "model": card.model.name,
        "model_sha256": card.model.sha256,
        "input_sha256": card.input.sha256 if card.input else None,
    }


def _left_out(counts: Mapping[str, int]) -> str:
    """What the chosen rules left out of an image, in words; empty if nothing."""
    parts = [f"{count} by {rule}" for rule, count in counts.items() if count]
    return f"left out by the rules: {', '.join(parts)}" if parts else ""


def _write_files(result: Segmentation, name: str, out: Path, options: ProcessOptions) -> None:
    """All files of a frame or none: where one cannot be written, what lies on the disk is no result."""
    try:
        _write_each(result, name, out, options)
    except Exception:
        for kind, suffix in OUTPUTS.items():
            with contextlib.suppress(OSError):
                (out / kind / f"{name}{suffix}").unlink(missing_ok=True)
        raise


def _write_each(result: Segmentation, name: str, out: Path, options: ProcessOptions) -> None:
    if "masks" in options.formats:
        labelmask.write_labels(result.labels, out / "masks" / f"{name}.tif", pixel_size_um=result.pixel_size_um)
    if "probability" in options.formats:
        path = out / "probability" / f"{name}.tif"
        labelmask.write_labels(result.probability, path, pixel_size_um=result.pixel_size_um)
    if "overlays" in options.formats:
        overlay.write_overlay(result.image, result.polygons, out / "overlays" / f"{name}.png")
