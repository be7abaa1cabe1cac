"""Writes an experiment: tables, plots and the report, into one folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from spheroseg.analysis.conditions import TIME_TOLERANCE_H
from spheroseg.analysis.experiment import Experiment
from spheroseg.analysis.plots import plots
from spheroseg.analysis.report import About, document, write_html, write_pdf
from spheroseg.analysis.tables import tables, write_table

_THUMBNAIL_PX = 180
PICTURE_PX = _THUMBNAIL_PX - 4
"""Longest side of a picture of the montage."""
_MOST_THUMBNAILS = 96


def write_experiment(experiment: Experiment, out: Path, about: About = About()) -> list[Path]:  # noqa: B008 -- frozen
    """Write growth.csv, dose_response.csv, plate.csv, the other tables that hold something, plots and the report.

    Args:
        experiment: the conclusions.
        out: folder; made where it is missing. Files of the same names are replaced.
        about: what the report's head says.

    Returns:
        The files written.
    """
    (out / "plots").mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in tables(experiment).items():
        path = out / f"{name}.csv"
        write_table(table, path)
        paths.append(path)
    drawn = list(plots(experiment))
    for plot in drawn:
        for kind, content in (("svg", plot.svg), ("png", plot.png)):
            path = out / "plots" / f"{plot.name}.{kind}"
            path.write_bytes(content)
            paths.append(path)
    report = document(experiment, about, drawn)
    write_html(report, out / "report.html")
    write_pdf(report, out / "report.pdf")
    return [*paths, out / "report.html", out / "report.pdf"]


def montage(folder: Path, experiment: Experiment) -> tuple[str, bytes] | None:
    """A small picture of each well at the response's time (else the last) out of `overlays/`; None where there are none."""
    overlays = folder / "overlays"
    if not overlays.is_dir():
        return None
    pictured, hour = montage_images(experiment)
    paths = {well: overlays / f"{image}.png" for well, image in pictured}
    pictures = []
    for well, path in paths.items():
        if path.is_file():
            with Image.open(path) as picture:
                picture.thumbnail((PICTURE_PX, PICTURE_PX))
                pictures.append((well, picture.convert("RGB")))
    return contact_sheet(pictures, hour)


def montage_images(experiment: Experiment) -> tuple[list[tuple[str, str]], float]:
    """(plate and well, image) of the first wells, one image each, and the hour they are from."""
    images = experiment.observations.counted
    if images.empty:
        return [], float("nan")
    hour = experiment.time_h if np.isfinite(experiment.time_h) else float(images["time_h"].max())
    near = images[((images["time_h"] - hour).abs() <= TIME_TOLERANCE_H) & (images["image"] != "")]
    pictured = near.drop_duplicates(["plate", "well"]).sort_values(["plate", "well"]).head(_MOST_THUMBNAILS)
    return [(f"{row.plate} {row.well}".strip(), str(row.image)) for row in pictured.itertuples()], hour


def contact_sheet(pictures: Sequence[tuple[str, Image.Image]], hour: float) -> tuple[str, bytes] | None:
    """(caption, PNG) of small pictures with their wells; None of no pictures."""
    if not pictures:
        return None
    columns = min(12, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * _THUMBNAIL_PX, rows * (_THUMBNAIL_PX + 14)), "white")
    draw = ImageDraw.Draw(sheet)
    for index, (well, picture) in enumerate(pictures):
        left, top = index % columns * _THUMBNAIL_PX, index // columns * (_THUMBNAIL_PX + 14)
        sheet.paste(picture, (left + 2, top + 14))
        draw.text((left + 4, top + 1), well, fill="black")
    stream = BytesIO()
    sheet.save(stream, "PNG")
    return f"Images with their outlines at {hour:g} h, by well", stream.getvalue()


def run_card_beside(objects: Path) -> dict[str, Any]:
    """The run card of the folder that a table of objects lies in; empty where it has none."""
    path = objects.parent / "run.json"
    try:
        card = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}
