"""`spheroseg analyse`: a table of objects and a layout in; growth, IC50s, plots and a report out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spheroseg.cli.console import cell, fail, messages, warn

if TYPE_CHECKING:
    from spheroseg.analysis.exclusions import Exclusion
    from spheroseg.analysis.experiment import Experiment
    from spheroseg.analysis.growth import Window


def analyse(
    objects: Annotated[
        Path,
        typer.Argument(
            help="objects.csv of 'spheroseg segment', or any table with well, time_h and a size column such as area_um2."
        ),
    ],
    layout: Annotated[
        Path,
        typer.Option(
            "--layout",
            "-l",
            help="What is in each well: a table, a plate drawn in a spreadsheet, wellmap TOML or an Incucyte plate map.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for tables, plots and the report.")],
    response: Annotated[str, typer.Option("--response", help="volume, area, diameter or growth-rate.")] = "volume",
    time: Annotated[
        float | None,
        typer.Option(
            "--time", metavar="H", help="Hour of the response; without it the last one of at least half of the wells."
        ),
    ] = None,
    relative: Annotated[
        bool, typer.Option("--relative", help="Respond with the size relative to treatment (else the first time).")
    ] = False,
    per_well: Annotated[
        str, typer.Option("--per-well", help="What several objects of a well make: mean, sum, median or largest.")
    ] = "mean",
    window: Annotated[
        list[str] | None,
        typer.Option(
            "--window",
            metavar="NAME=FROM:TO[!H,H]",
            help="Hours for growth rates, as in early=0:48, without those behind a !, as in early=0:48!24; may be repeated. "
            "The first one is that of --response growth-rate.",
        ),
    ] = None,
    interval: Annotated[
        float | None,
        typer.Option("--interval", metavar="H", help="Hours between frames, where the table only counts them."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude",
            metavar="[PLATE/]WELL[@H][=REASON]",
            help="Leave a well out, or one of its times, as in B07@48=bubble or plate2/B07; may be repeated.",
        ),
    ] = None,
    keep_border: Annotated[
        bool, typer.Option("--keep-border", help="Count objects that the image's edge cuts.")
    ] = False,
    regrowth: Annotated[
        float | None,
        typer.Option(
            "--regrowth",
            metavar="FACTOR",
            help="Spheroid control: a spheroid has grown back at this multiple of its size at treatment.",
        ),
    ] = None,
    tracks: Annotated[
        bool, typer.Option("--tracks", help="Follow each object over time: tracks.csv and track_growth.csv.")
    ] = False,
    links: Annotated[
        Path | None,
        typer.Option(
            "--links",
            metavar="FILE",
            help="Which object is which, where that was linked wrongly: a table with well, time_h, object, track; implies --tracks.",
        ),
    ] = None,
    about: Annotated[
        list[str] | None,
        typer.Option(
            "--about",
            metavar="WHAT=TEXT",
            help="A line of the report's head, as in 'culture medium=DMEM'; may be repeated.",
        ),
    ] = None,
    title: Annotated[str, typer.Option("--title", help="Title of the report.")] = "Plate report",
    dask: Annotated[
        str | None,
        typer.Option(
            "--dask", metavar="ADDRESS", help="Let the workers of a Dask cluster read the table, which is Parquet then."
        ),
    ] = None,
) -> None:
    """From outlines to growth rates and IC50s, with intervals.

    Writes growth.csv (one row a well), dose_response.csv (one row a compound), plate.csv (one row a well with its response and
    whether it counts), more tables where they apply, plots/ and report.html and report.pdf.
    """
    from spheroseg.analysis.experiment import RESPONSES, Options
    from spheroseg.analysis.experiment import analyse as analyse_experiment
    from spheroseg.analysis.growth import Window
    from spheroseg.analysis.layout_files import read_layout
    from spheroseg.analysis.objects_table import read_objects
    from spheroseg.analysis.observations import Reading
    from spheroseg.analysis.report import About
    from spheroseg.analysis.results import montage, run_card_beside, write_experiment
    from spheroseg.analysis.series import PER_WELL
    from spheroseg.analysis.tables import write_table
    from spheroseg.analysis.tracks import follow, read_links, track_growth

    chosen = next((known for known in RESPONSES if known == response), None)
    if chosen is None:
        fail(f"--response {response}: choose {', '.join(RESPONSES)}")
    together = next((known for known in PER_WELL if known == per_well), None)
    if together is None:
        fail(f"--per-well {per_well}: choose {', '.join(PER_WELL)}")
    if out.exists() and not out.is_dir():
        fail(f"--out {out}: is a file, not a folder")
    reading = Reading(
        size="volume" if chosen == "growth-rate" else chosen, interval_h=interval, keep_border=keep_border,
        exclude=[parse_exclusion(text) for text in exclude or []], keep_objects=together == "median" or tracks or links is not None,
    )  # fmt: skip
    options = Options(
        response=chosen, time_h=time, relative=relative, per_well=together, regrowth_factor=regrowth,
        windows=[parse_window(text) for text in window or []] or [Window()],
    )  # fmt: skip
    stated = dict(_pair("--about", text) for text in about or [])
    if dask and objects.suffix.lower() != ".parquet":
        fail(f"--dask {dask}: reads Parquet, and {objects.name} is none")
    read_parquet = None
    if dask:
        from spheroseg.batch.dask_cluster import columns_of_cluster

        read_parquet = columns_of_cluster(dask)
    corrections = read_links(links) if links is not None else None
    seen = read_objects(objects, reading, read_parquet)
    experiment = analyse_experiment(seen, read_layout(layout), options)
    followed = follow(seen, corrections) if tracks or links is not None else None
    card = run_card_beside(objects)
    write_experiment(experiment, out, About(title, stated, card, montage(objects.parent, experiment)))
    if followed is not None:
        write_table(followed, out / "tracks.csv")
        write_table(track_growth(followed, options.windows[0]), out / "track_growth.csv")
    for note in experiment.notes:
        warn(note)
    _summary(experiment, out)


def parse_window(text: str) -> Window:
    """'early=0:48', '0:48' or 'early=0:48!24'; an end may be left open."""
    from spheroseg.analysis.growth import Window
    from spheroseg.errors import ParameterError

    try:
        return Window.parse(text)
    except ParameterError as error:
        fail(f"--window: {error}")


def parse_exclusion(text: str) -> Exclusion:
    """'B07', 'B07@48=bubble', 'plate2/B07'."""
    from spheroseg.analysis.exclusions import Exclusion
    from spheroseg.errors import ParameterError

    try:
        return Exclusion.parse(text)
    except ParameterError as error:
        fail(f"--exclude {error}")


def _pair(option: str, text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        fail(f"{option} {text}: write WHAT=TEXT")
    return key.strip(), value.strip()


def _summary(experiment: Experiment, out: Path) -> None:
    for row, fit in zip(experiment.dose_response.to_dict("records"), experiment.fits.values(), strict=True):
        name = ", ".join(part for part in (row["compound"], row["cell_line"], row["plate"]) if part)
        unit = f" {row['dose_unit']}" if row["dose_unit"] else ""
        flags = f"  ({row['flags'].replace(';', ', ')})" if row["flags"] else ""
        messages.print(
            cell(f"{name}: relative IC50 {fit.ic50_relative}{unit}, absolute {fit.ic50_absolute}{unit}{flags}"),
            soft_wrap=True,
        )
    used = int((experiment.plate["status"] == "used").sum())
    messages.print(
        cell(
            f"Done: {used} of {len(experiment.plate)} wells count, response {experiment.response_name}. Report: {out / 'report.html'}"
        ),
        soft_wrap=True,
    )
