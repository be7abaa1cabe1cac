"""`spheroseg measure`: numbers from label masks that were made elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from spheroseg.cli.console import fail, messages, progress_bar, warn
from spheroseg.cli.segment import parse_pixel_size, parse_region


def measure(
    masks: Annotated[
        list[str],
        typer.Argument(
            help="Label masks (0 is background, one number an object), folders or patterns.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Table to write: .csv, .xlsx or .parquet.")] = Path(
        "objects.csv"
    ),
    images: Annotated[
        Path | None,
        typer.Option(
            "--images", help="Folder of the images that the masks belong to, by name: intensities are measured on them."
        ),
    ] = None,
    pixel_size: Annotated[
        str | None,
        typer.Option("--pixel-size", metavar="UM", help="µm per pixel, as in 1.3, or X,Y. Overrides the files' own."),
    ] = None,
    region: Annotated[
        str, typer.Option("--region", help="filled: holes count as part of the object; net: they do not.")
    ] = "filled",
) -> None:
    """Measure every object of label masks made by any program.

    Lengths are in µm where the pixel size is known (from --pixel-size, the image or the mask), else in pixels;
    each column's name says which.
    """
    from spheroseg.batch import find_inputs
    from spheroseg.batch.measure import measure_masks, write_objects

    if out.suffix.lower() not in {".csv", ".xlsx", ".parquet"}:
        fail(f"--out {out}: the table is written as .csv, .xlsx or .parquet")
    files, problems = find_inputs(masks)
    for problem in problems:
        warn(problem)
    if not files:
        fail("there is nothing to measure")
    tables, errors = [], []
    with progress_bar() as bar:
        task = bar.add_task("Measuring", total=len(files))
        for table, error in measure_masks(files, images, parse_pixel_size(pixel_size), parse_region(region)):
            bar.advance(task)
            if error:
                errors.append(error)
                warn(error)
            else:
                tables.append(table)
    if not tables:
        fail("no mask could be measured", code=1)
    n_objects = write_objects(tables, out)
    messages.print(f"Done: {n_objects} objects in {len(tables)} masks. Table: {out}", soft_wrap=True)
    if errors or problems:
        sys.exit(1)
