"""`spheroseg convert`: outlines from one file format to another."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from spheroseg.cli.console import messages, warn


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
) -> None:
    """Convert outlines between label masks, COCO, YOLO, QuPath GeoJSON, ImageJ ROIs, OME-TIFF, OME-Zarr, tables.

    What the new format cannot hold is said, never dropped in silence. Exit code 1: something was not converted.
    """
    from spheroseg.formats import convert as run

    report = run(source, target, format_in=format_in, format_out=format_out)
    for line in report.lines()[1:]:
        warn(line)
    messages.print(f"Written: {target} ({report.lines()[0]})", soft_wrap=True)
    if report.of("refused"):
        sys.exit(1)
