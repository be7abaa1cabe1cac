"""`spheroseg examples`: the shipped example images, outlined and measured."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from spheroseg.cli.console import messages


def examples(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the images and the results.")] = Path(
        "spheroseg-examples"
    ),
    model: Annotated[str, typer.Option("--model", "-m", help="A model's name, or 'classical'.")] = "spheroid",
    images_only: Annotated[bool, typer.Option("--images-only", help="Copy the images, segment nothing.")] = False,
    plate: Annotated[
        bool,
        typer.Option(
            "--plate", help="Render the example plate instead: 352 images of a 96-well time course, and its layout."
        ),
    ] = False,
) -> None:
    """Outline and measure the example images that come with SpheroSeg: a first look without own images.

    Each call makes a new folder of results below --out.
    """
    if plate:
        from spheroseg.examples.plate import render_plate

        rendered = render_plate(out)
        messages.print(
            f"Example plate (rendered): {len(rendered)} images in {out / 'images'}, {out / 'layout.csv'}",
            soft_wrap=True,
        )
        return
    images = out / "images"
    images.mkdir(parents=True, exist_ok=True)
    with as_file(files("spheroseg") / "examples") as shipped:
        for path in sorted(shipped.glob("*.tif")):
            shutil.copyfile(path, images / path.name)
    messages.print(f"Example images (rendered, not photographed): {images}", soft_wrap=True)
    if images_only:
        return
    from spheroseg.batch import BatchOptions, find_inputs, run_batch
    from spheroseg.cli.segment import report
    from spheroseg.pipeline import Parameters

    number = 1
    while (results := out / f"results-{number}").exists():
        number += 1
    report(run_batch(find_inputs([images]).files, Parameters(model=model), BatchOptions(results)), results)
    messages.print(f"Tables:   {results / 'objects.csv'} and {results / 'images.csv'}", soft_wrap=True)
    messages.print(f"Overlays: {results / 'overlays'}", soft_wrap=True)
