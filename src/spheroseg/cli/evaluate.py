"""`spheroseg evaluate`: how well a model agrees with masks drawn by people."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from spheroseg.cli.console import cell, messages, progress_bar, show_table, warn
from spheroseg.cli.segment import parse_diameter, parse_pixel_size

if TYPE_CHECKING:
    from spheroseg.analysis import GroupSummary, ImageAgreement, Interval
    from spheroseg.evaluation import Evaluation, Pair

# column, heading, percent or plain, decimals
COLUMNS = (
    ("iou", "IoU", 1, 3),
    ("dice", "Dice", 1, 3),
    ("ap50", "AP50", 1, 3),
    ("ap75", "AP75", 1, 3),
    ("ap50_95", "AP50…95", 1, 3),
    ("area_bias_total", "area bias %", 100, 1),
    ("diameter_bias_matched", "diameter bias %", 100, 1),
    ("mean_boundary_distance_px", "boundary error px", 1, 2),
    ("share_under_0.7", "IoU < 0.7 %", 100, 0),
)


def evaluate(
    images: Annotated[Path, typer.Option("--images", help="Folder of images, searched to any depth.")],
    masks: Annotated[
        Path,
        typer.Option(
            "--masks", help="Folder of label masks (0 is background) named like the images; may be the same folder."
        ),
    ],
    model: Annotated[str, typer.Option("--model", "-m", help="A model's name, or 'classical'.")] = "spheroid",
    pixel_size: Annotated[
        str | None, typer.Option("--pixel-size", metavar="UM", help="µm per pixel of all images.")
    ] = None,
    diameter: Annotated[
        str | None, typer.Option("--diameter", metavar="SIZE", help="Typical diameter, as in 400um or 85px.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option("--threshold", "-t", help="Probability (0 to 1) at the outline.")
    ] = None,
    accurate: Annotated[bool, typer.Option("--accurate", help="Average over mirrored copies.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures to this file, too.")] = None,
    per_image: Annotated[bool, typer.Option("--per-image/--no-per-image", help="List every image.")] = True,
) -> None:
    """Compare a model's outlines with reference masks.

    Prints, for each image, each folder and all together: IoU and Dice of the foreground, AP at IoU 0.5, 0.75
    and averaged over 0.5…0.95, the signed error of area and diameter, the mean distance of the outlines and the
    share of images under IoU 0.7. Square brackets hold the 95 % bootstrap interval over images.
    """
    from spheroseg.evaluation import by_parameters, find_pairs
    from spheroseg.evaluation import evaluate as run
    from spheroseg.formats.parts.files import replacing
    from spheroseg.formats.parts.jsonfile import json_text
    from spheroseg.pipeline import Parameters, model_identity

    diameter_um, diameter_px = parse_diameter(diameter)
    parameters = Parameters(
        model=model,
        pixel_size_um=parse_pixel_size(pixel_size),
        diameter_um=diameter_um,
        diameter_px=diameter_px,
        threshold=threshold,
        accurate=accurate,
    )
    found = find_pairs(images, masks)
    for name in found.alone:
        warn(f"{name}: has no mask and is left out")
    for problem in found.problems:
        warn(problem)
    with progress_bar() as bar:
        task = bar.add_task("Comparing", total=len(found.pairs))

        def show(_pair: Pair, _result: ImageAgreement | None, error: str) -> None:
            bar.advance(task)
            if error:
                warn(error)

        evaluation = run(
            found.pairs, by_parameters(parameters), pixel_size_um=parameters.pixel_size_um, on_progress=show
        )
    for name, note in evaluation.notes:
        warn(f"mask of {name}: {note}")
    if per_image:
        show_table(_image_table(evaluation))
    show_table(_summary_table(evaluation, model))
    if json_file:
        figures = {"model": model_identity(model), **as_json(evaluation)}
        with replacing(json_file) as temporary:
            temporary.write_text(json_text(figures, indent=1) + "\n", encoding="utf-8")
        messages.print(f"All figures: {json_file}", soft_wrap=True)
    if evaluation.errors or found.problems:
        sys.exit(1)


def _image_table(evaluation: Evaluation) -> Table:
    columns = [column for column in COLUMNS if column[0] != "share_under_0.7"]
    table = Table("image", "objects", "found", *(heading for _, heading, _, _ in columns))
    for pair, result in zip(evaluation.pairs, evaluation.results, strict=True):
        row = result.as_row()
        cells = (_number(row[name] * factor, decimals) for name, _, factor, decimals in columns)
        table.add_row(cell(pair.name), str(result.n_reference), str(result.n_predicted), *cells)
    return table


def _summary_table(evaluation: Evaluation, model: str) -> Table:
    table = Table("folder", "images", "objects", *(heading for _, heading, _, _ in COLUMNS), title=f"model: {model}")
    for name, group in evaluation.summary.groups.items():
        table.add_row(cell(name), *_cells(group))
    table.add_section()
    table.add_row("all images", *_cells(evaluation.summary.overall))
    return table


def _cells(group: GroupSummary) -> list[str]:
    figures = (_interval(group.means[name], factor, decimals) for name, _, factor, decimals in COLUMNS)
    return [str(group.n_images), str(group.n_reference), *figures]


def _interval(interval: Interval, factor: float, decimals: int) -> str:
    mean = _number(interval.mean * factor, decimals)
    if math.isnan(interval.low):
        return mean
    return f"{mean} [{_number(interval.low * factor, decimals)}, {_number(interval.high * factor, decimals)}]"


def _number(value: float, decimals: int) -> str:
    return "NA" if math.isnan(value) else f"{value:.{decimals}f}"


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """All figures as JSON values; what has no value is null."""

    def group(summary: GroupSummary) -> dict[str, Any]:
        means = {
            name: {"mean": _plain(i.mean), "low": _plain(i.low), "high": _plain(i.high), "n": i.n}
            for name, i in summary.means.items()
        }
        counts = {"n_images": summary.n_images, "n_reference": summary.n_reference, "n_predicted": summary.n_predicted}
        return {**counts, **means}

    return {
        "overall": group(evaluation.summary.overall),
        "folders": {name: group(summary) for name, summary in evaluation.summary.groups.items()},
        "images": [
            {"image": pair.name, "folder": pair.folder, **{name: _plain(v) for name, v in result.as_row().items()}}
            for pair, result in zip(evaluation.pairs, evaluation.results, strict=True)
        ],
        "errors": [{"image": name, "reason": reason} for name, reason in evaluation.errors],
        "notes": [{"image": name, "note": note} for name, note in evaluation.notes],
    }


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value
