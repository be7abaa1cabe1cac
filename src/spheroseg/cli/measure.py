"""`spheroseg measure`: numbers from label masks that were made elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spheroseg.cli.console import fail, messages, progress_bar, warn
from spheroseg.cli.segment import parse_pixel_size, parse_region

if TYPE_CHECKING:
    from collections.abc import Iterator


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
            "--images",
            help="Folder of the images that the masks belong to, by their paths (plate1/A01.tif, A01_masks.tif): "
            "intensities are measured on them. May be the folder of the masks.",
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
    import pandas as pd

    from spheroseg.batch import find_inputs
    from spheroseg.batch.measure import measure_masks, pair_masks
    from spheroseg.formats.table import write_tables

    if out.suffix.lower() not in {".csv", ".xlsx", ".parquet"}:
        fail(f"--out {out}: the table is written as .csv, .xlsx or .parquet")
    found = find_inputs(masks, are_masks=True)
    pairs = pair_masks(found.files, images)
    n_images = len(found.files) - len(pairs.masks)
    beside = [f"{n_images} images beside their masks are not measured as masks"] if n_images else []
    for sentence in (
        *found.problems,
        *found.left_out,
        *beside,
        *(f"{name}: has no mask" for name in pairs.images_alone),
    ):
        warn(sentence)
    if not pairs.masks:
        fail("there is nothing to measure")
    rows: list[dict[str, Any]] = []
    with progress_bar() as bar:
        task = bar.add_task("Measuring", total=len(pairs.masks))

        def tables() -> Iterator[pd.DataFrame]:
            for table, row in measure_masks(pairs, parse_pixel_size(pixel_size), parse_region(region)):
                bar.advance(task)
                rows.append(row)
                if row["error"] or row["notes"]:
                    warn(f"{row['file']}: {row['error'] or row['notes']}")
                if not row["error"]:
                    yield table

        # the table of images is asked for when the one of objects is complete
        report = write_tables(tables(), (pd.DataFrame([row]) for row in rows), out, run_card={"region": region})
    failed = [row for row in rows if row["error"]]
    if len(failed) == len(rows):
        out.unlink(missing_ok=True)  # a table without a column says nothing
        fail("no mask could be measured", code=1)
    messages.print(f"Done: {report.n_objects} objects in {len(rows) - len(failed)} masks. Table: {out}", soft_wrap=True)
    if failed or found.problems:
        sys.exit(1)
