"""`spheroseg info`: what was read from a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from spheroseg.cli.console import cell, results, warn

if TYPE_CHECKING:
    from spheroseg.imaging.filenames import WellForms

AXES_HELP = (
    "What the pages of a file are whose metadata do not say it: channels, z or time; their numbers as in t12c2 "
    "(the slowest first); or all stored axes as in zcyx."
)
INTERVAL_HELP = "Time between frames where the files state none, as in 4h, 30min or 90s."


def info(
    files: Annotated[list[Path], typer.Argument(help="Image files, or folders for an overview.", show_default=False)],
    pattern: Annotated[
        str | None, typer.Option("--pattern", help="How file names are written, as in '{plate}_{well}_t{time}'.")
    ] = None,
    series: Annotated[int, typer.Option("--series", min=0, help="Which image of a file of several, from 0.")] = 0,
    axes: Annotated[str | None, typer.Option("--axes", help=AXES_HELP)] = None,
    interval: Annotated[str | None, typer.Option("--interval", help=INTERVAL_HELP)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object a file and line.")] = False,
) -> None:
    """Tell what SpheroSeg reads from FILES: size, channels, bit depth, pixel size, and what the name says.

    Of a folder it tells which images would be taken, plates and sets of files included, and what would be left out.
    A pixel size that is missing here is missing in every measurement: give it with --pixel-size then.
    """
    from spheroseg.errors import SpheroSegError
    from spheroseg.imaging import parse_interval
    from spheroseg.imaging.filenames import forms_by_folder

    forms = forms_by_folder(files)
    interval_s = parse_interval(interval) if interval else None
    failed = False
    for path in files:
        try:
            if path.is_dir() and not is_image_folder(path):
                facts = preview(path)
                failed = failed or not facts["images"]
            else:
                facts = describe(
                    path, pattern, series=series, axes=axes, interval_s=interval_s, forms=forms[path.parent]
                )
        except SpheroSegError as error:
            warn(str(error))
            failed = True
            continue
        if as_json:
            typer.echo(json.dumps(facts, ensure_ascii=False, allow_nan=False))
            continue
        table = Table(show_header=False, title=cell(path), title_justify="left")
        for name, value in facts.items():
            if name != "file":
                table.add_row(name.replace("_", " "), _text(value))
        results.print(table)
    if failed:
        sys.exit(1)


def is_image_folder(path: Path) -> bool:
    """Whether a folder is one image itself (a Zarr store)."""
    return any((path / name).is_file() for name in ("zarr.json", ".zgroup", ".zattrs"))


def preview(folder: Path) -> dict[str, Any]:
    """What a folder would give: its images, plates and what is left out, as JSON values."""
    from spheroseg.errors import printable
    from spheroseg.imaging import images_below

    listing = images_below(folder)
    return {
        "file": printable(folder),
        "images": [
            printable(source.relative) + (f" ({source.n_files} files)" if source.n_files > 1 else "")
            for source in listing.sources
        ],
        "understood": listing.sentences() or ["no images in here"],
    }


def describe(
    path: Path,
    pattern: str | None,
    *,
    series: int = 0,
    axes: str | None = None,
    interval_s: float | None = None,
    forms: WellForms = frozenset(),
) -> dict[str, Any]:
    """The facts of one file as JSON values; None is "the file does not say"."""
    import numpy as np

    from spheroseg.batch.process import name_columns
    from spheroseg.errors import printable
    from spheroseg.imaging import doubt_about, read_image
    from spheroseg.imaging.filenames import parse

    image = read_image(path, series=series, axes=axes, interval_s=interval_s)
    t, z = image.preview_place
    plane = image.data[t, 0, z]
    # a sample of a very large plane is enough to tell an empty or clipped image
    sample = plane[:: max(1, plane.shape[0] // 2048), :: max(1, plane.shape[1] // 2048)]
    sample = sample[np.isfinite(sample)] if sample.dtype.kind == "f" else sample
    return {
        "file": printable(path),
        "width_px": image.shape[1],
        "height_px": image.shape[0],
        "channels": list(image.channel_names) or image.n_channels,
        "frames": image.n_frames,
        "frames_are": image.frames_are,
        "z_planes": image.n_slices,
        "series": image.n_series,
        "name": image.name or None,
        "plate": image.plate or None,
        "well": image.well or None,
        "field": image.field,
        "colour": image.is_rgb,
        "values": str(image.data.dtype),
        "significant_bits": image.significant_bits,
        "value_range": [float(np.min(sample)), float(np.max(sample))] if sample.size else None,
        "pixel_size_um_x": image.pixel_size_um[1] if image.pixel_size_um else None,
        "pixel_size_um_y": image.pixel_size_um[0] if image.pixel_size_um else None,
        "pixel_size_from": image.pixel_size_source or None,
        "z_step_um": image.z_step_um,
        "time_step_s": image.time_step_s,
        "name_says": name_columns(parse(path, pattern, forms=forms)),
        "notes": [note for note in (*image.notes, doubt_about(image, pattern, forms)) if note],
    }


def _text(value: Any) -> str | Text:  # noqa: ANN401 -- a JSON value
    if value is None:
        return "[dim]not said[/dim]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        value_text = ", ".join(f"{key} {item}" for key, item in value.items())
        return cell(value_text) if value_text else "[dim]nothing recognised[/dim]"
    if isinstance(value, list):
        return (
            Text("\n").join(map(cell, value))
            if any(isinstance(v, str) for v in value)
            else " … ".join(f"{v:g}" for v in value)
        )
    return f"{value:g}" if isinstance(value, float) else cell(value)
