"""`spheroseg segment`: images in, outlines and measures out."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spheroseg.cli.console import fail, messages, progress_bar, warn
from spheroseg.cli.info import AXES_HELP, INTERVAL_HELP
from spheroseg.records import RESULT_FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spheroseg.batch import BatchSummary, Progress
    from spheroseg.segmentation import ObjectRules

MAX_NOTES = 20
FORMATS = (*RESULT_FORMATS, "probability", "overlays")  # the last two need the image, and what the network said of it


def segment(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Images, folders (searched to any depth), patterns such as 'plate1/*.tif', or places in buckets (s3://…).",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results. It must not hold other results.")],
    model: Annotated[
        str,
        typer.Option("--model", "-m", help="A model's name (see 'spheroseg models'), or 'classical' for no network."),
    ] = "spheroid",
    pixel_size: Annotated[
        str | None,
        typer.Option(
            "--pixel-size",
            metavar="UM",
            help="µm per pixel, as in 1.3, or 1.3x1.5 where x and y differ. Overrides the file's own.",
        ),
    ] = None,
    diameter: Annotated[
        str | None,
        typer.Option(
            "--diameter",
            metavar="SIZE",
            help="Typical diameter of the objects, as in 400um or 85px. Without it, it is estimated in each image.",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            "-t",
            help="Probability (0 to 1) above which a pixel belongs to an object. Lower makes outlines wider.",
        ),
    ] = None,
    formats: Annotated[
        str, typer.Option("--formats", "-f", help=f"What to write, separated by commas: {', '.join(FORMATS)}.")
    ] = "csv,masks,overlays",
    channel: Annotated[
        int | None, typer.Option("--channel", help="The channel to outline, counted from 0. All channels are measured.")
    ] = None,
    z: Annotated[
        str, typer.Option("--z", help="The plane of a z-stack: its number from 0, or sharpest, max, mean.")
    ] = "sharpest",
    region: Annotated[
        str,
        typer.Option(
            "--region",
            help="filled: measure objects with their holes filled; net: subtract the holes; core: outline and measure the "
            "dense core of each spheroid, its rim and the invasion around it.",
        ),
    ] = "filled",
    expect: Annotated[
        int | None,
        typer.Option(
            "--expect",
            help="How many objects an image has at most, 1 for one spheroid a well; images with more are flagged "
            "several_objects.",
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            help="Rules by what is shown: by_content (the default: beside the one body of an image debris is left out), "
            "everything, one_spheroid_a_well, many_organoids, invasion or cells. The rules below go over it.",
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            help="touching: part objects that touch; never: what hangs together is one object; always: part at every waist.",
        ),
    ] = None,
    min_diameter: Annotated[
        str | None,
        typer.Option("--min-diameter", metavar="SIZE", help="Leave out smaller objects, as in 50um or 20px."),
    ] = None,
    no_border: Annotated[
        bool, typer.Option("--no-border", help="Leave out objects that the edge of the image cuts.")
    ] = False,
    in_focus_only: Annotated[
        bool, typer.Option("--in-focus-only", help="Leave out objects that are out of focus.")
    ] = False,
    keep_largest: Annotated[
        int | None, typer.Option("--keep-largest", help="Keep only so many of the largest objects of an image.")
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--pattern",
            help="How file names are written, as in '{plate}_{well}_t{time}', when they are not recognised.",
        ),
    ] = None,
    axes: Annotated[str | None, typer.Option("--axes", help=AXES_HELP)] = None,
    interval: Annotated[str | None, typer.Option("--interval", help=INTERVAL_HELP)] = None,
    accurate: Annotated[
        bool,
        typer.Option("--accurate", help="Average over mirrored copies: four times slower, slightly steadier outlines."),
    ] = False,
    workers: Annotated[
        int,
        typer.Option(
            "--workers", "-j", min=0, help="Processes that work side by side; 0 chooses by the number of cores."
        ),
    ] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue a run that was stopped: finished images are kept.")
    ] = False,
    dask: Annotated[
        str | None,
        typer.Option(
            "--dask",
            metavar="ADDRESS",
            help="Let the workers of a Dask cluster do it, as in tcp://10.0.0.5:8786; tables are written as Parquet too.",
        ),
    ] = None,
) -> None:
    """Outline every object in INPUTS and measure it.

    Writes objects.csv (one row an object), images.csv (one row an image), masks/, overlays/ and run.json
    (everything needed to repeat the run) into the folder given by --out.
    """
    from spheroseg.batch import BatchOptions, find_inputs, run_batch
    from spheroseg.batch.buckets import find_in_buckets, is_bucket
    from spheroseg.batch.process import ProcessOptions
    from spheroseg.batch.run import OUTLINE_FORMATS
    from spheroseg.imaging import compile_pattern, parse_interval
    from spheroseg.imaging.readers.axes import parse_axes
    from spheroseg.pipeline import Parameters

    diameter_um, diameter_px = parse_diameter(diameter)
    is_core = region == "core"  # then the core is what is outlined, and its outline is measured
    measured_region = "filled" if is_core else parse_region(region, "filled, net or core")
    parameters = Parameters(
        model=model,
        pixel_size_um=parse_pixel_size(pixel_size),
        diameter_um=diameter_um,
        diameter_px=diameter_px,
        threshold=threshold,
        accurate=accurate,
        channel=channel,
        z=int(z) if z.isdecimal() else z,
        target="core" if is_core else "whole",
        expected_objects=expect,
        rules=object_rules(
            preset,
            split=split,
            min_diameter=min_diameter,
            no_border=no_border,
            in_focus_only=in_focus_only,
            largest=keep_largest,
        ),
    )
    if pattern is not None:
        compile_pattern(pattern)  # a pattern that cannot be used stops the run, not each file
    chosen = parse_formats(formats)
    if chosen & set(OUTLINE_FORMATS):
        chosen |= {"masks"}  # the outline formats are made from them
    if dask:
        chosen |= {"parquet"}  # what Dask's own tools read
    if axes is not None:
        parse_axes(axes)
    process = ProcessOptions(chosen, measured_region, pattern, axes, parse_interval(interval) if interval else None)
    in_buckets = [is_bucket(given) for given in inputs]
    if any(in_buckets) and not all(in_buckets):
        fail("give folders or buckets, not both at once")
    found = find_in_buckets(inputs) if all(in_buckets) else find_inputs(inputs, exclude=out)
    files = found.files
    for sentence in (*found.problems, *found.left_out):
        warn(sentence)
    if not files:
        fail("there is nothing to segment")
    n_workers = workers or max(1, min(len(files), (os.cpu_count() or 1) // 2))
    with progress_bar() as bar:
        task = bar.add_task("Segmenting", total=len(files))

        def show(progress: Progress) -> None:
            bar.update(task, completed=progress.done, total=progress.total)
            if progress.error:
                warn(f"{progress.file.relative}: {progress.error}")

        summary = run_batch(files, parameters, BatchOptions(out, process, n_workers, resume, dask or ""), show)
    report(summary, out)
    if summary.interrupted:
        sys.exit(130)
    if summary.errors or summary.errors_of_outputs or found.problems:
        sys.exit(1)


def report(summary: BatchSummary, out: Path) -> None:
    """Say what came out and where it lies."""
    done = summary.n_files - summary.n_skipped
    rate = f", {done / summary.seconds:.1f} files/s" if summary.seconds and done > 1 else ""
    skipped = f" ({summary.n_skipped} finished earlier)" if summary.n_skipped else ""
    state = "Stopped" if summary.interrupted else "Done"
    messages.print(
        f"{state}: {summary.n_objects} objects in {summary.n_images} images{skipped}, {summary.seconds:.1f} s{rate}."
    )
    if summary.interrupted:
        messages.print("What is finished is in the tables; the same command with --resume does the rest.")
    for note in summary.notes[:MAX_NOTES]:
        warn(note)
    if len(summary.notes) > MAX_NOTES:
        warn(f"{len(summary.notes) - MAX_NOTES} more such notes")
    for file, reason in summary.errors_of_outputs:
        warn(f"{file}: {reason}")
    if summary.errors:
        messages.print(
            f"{len(summary.errors)} of {summary.n_files} files failed; images.csv names each with its reason."
        )
    messages.print(f"Results: {out}", soft_wrap=True)


def object_rules(
    preset: str | None,
    *,
    split: str | None,
    min_diameter: str | None,
    no_border: bool,
    in_focus_only: bool,
    largest: int | None,
) -> ObjectRules:
    """A preset's rules with those over them that were given; ends the command where one makes no sense."""
    from spheroseg.errors import ParameterError
    from spheroseg.segmentation import DEFAULT_RULES, ObjectRules

    smallest_um, smallest_px = parse_diameter(min_diameter, "--min-diameter")
    given: dict[str, Any] = {"split": split, "keep_largest": largest}
    given |= {"leave_out_border": no_border or None, "in_focus_only": in_focus_only or None}
    if min_diameter is not None:
        given |= {"min_diameter_um": smallest_um, "min_diameter_px": smallest_px}
    try:
        return replace(
            ObjectRules.of(preset or DEFAULT_RULES),
            **{name: value for name, value in given.items() if value is not None},
        )
    except ParameterError as error:
        fail(str(error))


def parse_diameter(text: str | None, option: str = "--diameter") -> tuple[float | None, float | None]:
    """'400um' → (400, None); '85px' → (None, 85); a bare number is refused, as it could be either."""
    if text is None:
        return None, None
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(um|µm|μm|px)\s*", text, re.IGNORECASE)
    if not match:
        fail(f"{option} {text}: write a number with its unit, as in 400um or 85px")
    value = float(match[1])
    return (None, value) if match[2].lower() == "px" else (value, None)


def parse_pixel_size(text: str | None) -> tuple[float, float] | None:
    """'1.3' or '1,3' → (1.3, 1.3); '1.3x1.5' (x, y) → (1.5, 1.3), as images have their axes (y, x)."""
    from spheroseg.errors import ParameterError
    from spheroseg.imaging.scale import parse_pixel_size as parse

    if text is None:
        return None
    try:
        size = parse(text)
    except ParameterError as error:
        fail(f"--pixel-size {text}: {error}")
    if "," in text and size[0] == size[1]:
        warn(f"--pixel-size {text}: read as {size[0]:g} µm; write 1.3x1.5 where x and y differ")
    return size


def parse_formats(text: str, known: Sequence[str] = FORMATS) -> frozenset[str]:
    """'csv,masks' → the set; an unknown name is refused with the list of known ones."""
    chosen = {part.strip().lower() for part in text.split(",") if part.strip()}
    unknown = sorted(chosen - set(known))
    if unknown:
        fail(f"--formats {', '.join(unknown)}: not known; choose from {', '.join(known)}")
    return frozenset(chosen)


def parse_region(text: str, choices: str = "filled or net") -> str:
    """'filled' or 'net'; what may be chosen is said when it is neither."""
    if text not in {"filled", "net"}:
        fail(f"--region {text}: choose {choices}")
    return text
