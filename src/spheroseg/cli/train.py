"""`spheroseg train` and `spheroseg export`: from labelled images to a model; need the extra `training`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spheroseg.cli.console import messages, need


def train(
    config: Annotated[
        list[Path],
        typer.Option("--config", "-c", help="TOML file; several are trained together, on the same crops."),
    ],
    resume: Annotated[bool, typer.Option("--resume", help="Continue from the last checkpoint.")] = False,
) -> None:
    """Train a model from images with label masks; checkpoints and curves go where the configuration says."""
    need("torch", "training")
    from spheroseg.training.train import train as run

    for checkpoint in run(config, resume=resume):
        messages.print(f"Checkpoint: {checkpoint}", soft_wrap=True)


def export(
    checkpoint: Annotated[Path, typer.Argument(help="last.pt of a training.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for model.onnx, model.int8.onnx and model.json.")],
    version: Annotated[str, typer.Option("--version", help="Version of the weights, for the card.")] = "1",
) -> None:
    """Turn a checkpoint into a model that 'spheroseg segment --model FOLDER' takes."""
    need("torch", "training")
    from spheroseg.training.export import export as run

    card = run(checkpoint, out, version=version)
    messages.print(f"Model {card.name} {card.version}: {out}", soft_wrap=True)
