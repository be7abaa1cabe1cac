"""`spheroseg models`: which models there are and what they say about themselves."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from spheroseg.cli.console import fail, results


def models(
    name: Annotated[str | None, typer.Argument(help="Show this model's whole card.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the cards as JSON.")] = False,
) -> None:
    """List the models that come with SpheroSeg, or show one model's card: data, licences, recipe, scores."""
    from spheroseg.segmentation import list_models

    cards = [card for card in list_models() if name in {None, card.name}]
    if name is not None and not cards:
        known = ", ".join(card.name for card in list_models())
        fail(f"there is no model '{name}'; there are: {known}, and 'classical' (no network)")
    if as_json:
        typer.echo("[" + ",\n".join(card.model_dump_json(indent=1) for card in cards) + "]")
        return
    if name is not None:
        results.print_json(cards[0].model_dump_json())
        return
    table = Table("model", "version", "what it outlines", "size", "sha256")
    for card in cards:
        sizes = ", ".join(f"{kind} {card.size_bytes(kind) / 1e6:.1f} MB" for kind in card.files)
        table.add_row(card.name, card.version, card.description, sizes, card.sha256[:12])
    table.add_row("classical", "–", "No network: adaptive threshold and watershed, for comparison.", "–", "–")
    results.print(table)
    results.print("'spheroseg models NAME' shows a model's whole card.")
