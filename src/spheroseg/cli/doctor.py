"""`spheroseg doctor`: what SpheroSeg understands of a folder, and what is doubtful."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from spheroseg.cli.console import cell, fail, messages, progress_bar, results, show_table, warn

if TYPE_CHECKING:
    from spheroseg.imaging.examination import Finding


def doctor(
    folder: Annotated[Path, typer.Argument(help="A folder of images, searched to any depth.", show_default=False)],
    pattern: Annotated[
        str | None, typer.Option("--pattern", help="How file names are written, as in '{plate}_{well}_t{time}'.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, one object an image and line, the last one about the folder.")
    ] = False,
) -> None:
    """Read every image below FOLDER and tell how each size, well and time was found, and what is doubtful.

    Nothing is changed and nothing leaves this machine. Send the output along when you ask for help.
    """
    from spheroseg.errors import printable
    from spheroseg.imaging import compile_pattern, images_below
    from spheroseg.imaging.examination import doubts_between, examine
    from spheroseg.imaging.filenames import forms_by_folder

    if not folder.is_dir():
        fail(f"{printable(folder)}: there is no such folder")
    if pattern is not None:
        compile_pattern(pattern)
    listing = images_below(folder)
    findings: list[Finding] = []
    forms = forms_by_folder(source.path for source in listing.sources)
    with progress_bar() as bar:
        task = bar.add_task("Reading", total=len(listing.sources))
        for source in listing.sources:
            findings += examine(source, pattern, forms[source.path.parent])
            bar.advance(task)
    between = doubts_between(findings)
    failed = [finding for finding in findings if finding.error]
    if as_json:
        for finding in findings:
            typer.echo(
                json.dumps(
                    {
                        "source": finding.source,
                        "number": finding.series,
                        **finding.facts,
                        "doubts": finding.doubts,
                        "error": finding.error,
                    },
                    ensure_ascii=False,
                    allow_nan=False,
                )
            )
        aside = [{"file": printable(entry.relative), "why": entry.why} for entry in listing.left_out]
        typer.echo(
            json.dumps({"folder": listing.sentences(), "doubts": between, "left_out": aside}, ensure_ascii=False)
        )
    else:
        show_table(_table(findings))
        for sentence in listing.sentences():
            results.print(sentence, soft_wrap=True, markup=False)
        for doubt in between:
            results.print(doubt, soft_wrap=True, markup=False)
        _show_doubts(findings)
        messages.print(f"{len(findings) - len(failed)} images read, {len(failed)} not.")
    if failed or not findings:
        if not findings:
            warn(f"{printable(folder)}: no images in here")
        sys.exit(1)


def _table(findings: list[Finding]) -> Table:
    table = Table()
    for column in (
        "image",
        "series",
        "kind",
        "pixels",
        "channels",
        "z",
        "frames",
        "µm per px",
        "from",
        "well",
        "from",
        "step",
        "from",
    ):
        table.add_column(column)
    for finding in findings:
        facts = finding.facts
        if finding.error:
            table.add_row(cell(finding.source), str(finding.series), "not read")
            continue
        size = facts["pixel_size_um"]
        step = f"{facts['time_step_s']:g} s" if facts["time_step_s"] else "–"
        table.add_row(
            cell(finding.source),
            cell(f"{finding.series + 1} of {facts['series']}" + (f" {facts['name']}" if facts["name"] else "")),
            facts["kind"],
            f"{facts['width_px']} × {facts['height_px']} {facts['values']}",
            cell(", ".join(facts["channels"])),
            str(facts["z_planes"]),
            f"{facts['frames']}" + ("" if facts["frames_are"] == "time" else f" ({facts['frames_are']})"),
            (f"{size[0]:.4g}" if abs(size[0] - size[1]) < 1e-3 * size[0] else f"{size[0]:.4g} × {size[1]:.4g}")
            if size
            else "–",
            facts["pixel_size_from"] or "–",
            cell(facts["well"] or "–"),
            facts["well_from"] or "–",
            step,
            facts["time_from"] or "–",
        )
    return table


def _show_doubts(findings: list[Finding]) -> None:
    """Each doubt once, with the images that it is about; then what could not be read."""
    about: dict[str, list[str]] = {}
    for finding in findings:
        for doubt in finding.doubts:
            about.setdefault(doubt, []).append(finding.source)
    for doubt, sources in about.items():
        named = ", ".join(dict.fromkeys(cell(source).plain for source in sources[:3])) + (
            " …" if len(sources) > 3 else ""
        )
        results.print(f"{len(sources)} × {doubt} ({named})", soft_wrap=True, markup=False)
    for finding in findings:
        if finding.error:
            warn(f"{cell(finding.source).plain}, series {finding.series}: {finding.error}")
