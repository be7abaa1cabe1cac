"""`spheroseg convert`: outlines from one file format to another."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from spheroseg.cli.console import messages, progress_bar, warn


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="File or folder to read.", show_default=False)],
    target: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="File or folder to write; its suffix says the format.", show_default=False),
    ],
    format_in: Annotated[
        str | None, typer.Option("--from", help="Format of IN, where its suffix does not say.")
    ] = None,
    format_out: Annotated[
        str | None, typer.Option("--to", help="Format of OUT, where its suffix does not say.")
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option("--images", help="Folder of the images: gives sizes and pixel sizes that IN does not state."),
    ] = None,
) -> None:
    """Convert outlines between label masks, COCO, YOLO, QuPath GeoJSON, ImageJ ROIs, OME-TIFF, OME-Zarr, tables.

    What the new format cannot hold is said, never dropped in silence. Exit code 1: something was not converted.
    """
    from spheroseg.formats import convert as run

    with progress_bar() as bar:
        task = bar.add_task("Writing", total=None)
        report = run(
            source,
            target,
            format_in=format_in,
            format_out=format_out,
            images=images,
            on_image=lambda _: bar.advance(task),
        )
    counts, *notes = report.lines()
    for line in notes:
        warn(line)
    messages.print(f"Written: {target} ({counts})", soft_wrap=True)
    if report.has_errors:
        sys.exit(1)
