"""The analysis of a plate in a compute child: plain values in, plain values out; what makes no sense comes back as a sentence."""

from __future__ import annotations

import io
import math
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spheroseg import analysis as plates
from spheroseg.analysis.results import tables
from spheroseg.errors import SpheroSegError

_CURVE_POINTS = 120
_BLANK = {"name": "", "review": "unreviewed"}
_SENT = (
    "plate",
    "growth",
    "dose_response",
    "series",
    "curves",
    "quality",
    "comparison",
    "review_order",
    "combinations",
    "left_out",
)


def read_layout(text: str, suffix: str) -> dict[str, Any]:
    """The wells that a text names: {"wells", "notes"} or {"error"}."""
    try:
        layout = plates.layout_of_text(text, suffix)
    except SpheroSegError as error:
        return {"error": str(error)}
    return {"wells": _as_words(layout.wells), "notes": list(layout.notes)}


def check_layout(wells: Sequence[Mapping[str, Any]], exclusions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Whether a layout makes sense: {"notes", "exclusions" with their wells as they are written here} or {"error"}."""
    try:
        standard = [{**exclusion, "well": plates.standard_well(exclusion["well"])} for exclusion in exclusions]
        notes = list(plates.check_layout(pd.DataFrame(wells)).notes) if wells else []
    except SpheroSegError as error:
        return {"error": str(error)}
    return {"notes": notes, "exclusions": standard}


def analyse(**given: Any) -> dict[str, Any]:  # noqa: ANN401 -- what `analysis.service.inputs` gathers
    """All conclusions, or {"error"}."""
    try:
        experiment, frames = _experiment(**given)
    except SpheroSegError as error:
        return {"error": str(error)}
    sent = {name: _as_table(table) for name, table in tables(experiment).items() if name in _SENT}
    return {
        "response_name": experiment.response_name,
        "response_unit": experiment.response_unit,
        "time_h": _plain(experiment.time_h),
        "times_h": experiment.observations.times_h,
        "notes": list(experiment.notes),
        "tables": sent,
        "fits": _fits(experiment),
        "frames": frames,
    }


def analysis_report(*, title: str, form: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401 -- see `analyse`
    """{"content": the report's bytes}, or {"error"}."""
    try:
        experiment, _ = _experiment(**given)
    except SpheroSegError as error:
        return {"error": str(error)}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        files = plates.write_experiment(experiment, out, plates.About(title))
        if form != "zip":
            return {"content": (out / f"report.{form}").read_bytes()}
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.write(path, path.relative_to(out).as_posix())
        return {"content": stream.getvalue()}


def _experiment(
    *, objects: Mapping[str, list[Any]], blank: list[dict[str, Any]], wells: list[dict[str, Any]],
    exclusions: list[dict[str, Any]], view: Mapping[str, Any],
) -> tuple[plates.Experiment, list[dict[str, Any]]]:  # fmt: skip
    table = pd.DataFrame(objects)
    if table["field"].isna().all():
        table = table.drop(columns="field")
    if table["time_h"].isna().all():
        table = table.drop(columns="time_h")
    about = table.drop_duplicates("image").set_index("image")[["name", "review"]].to_dict("index")
    by_hand = [plates.Exclusion(**exclusion) for exclusion in exclusions]
    size: Any = "volume" if view["response"] == "growth-rate" else view["response"]
    images = pd.DataFrame(blank).assign(n_objects=0) if blank else None
    seen = plates.observe(table, plates.Reading(size=size, exclude=by_hand), images)
    if wells:
        layout = plates.check_layout(pd.DataFrame(wells))
    else:  # without a layout every well is shown, and none has a condition
        layout = plates.check_layout(pd.DataFrame({"well": sorted(set(seen.images["well"]))}))
    options = plates.Options(
        response=view["response"],
        time_h=view["time_h"],
        relative=view["relative"],
        per_well=view["per_well"],
        windows=[plates.Window.parse(text) for text in view["window"] or ()] or [plates.Window()],
    )
    shown = seen.images.drop_duplicates("image").sort_values(["plate", "well", "time_h"])
    frames = [
        {
            "plate": row["plate"],
            "well": row["well"],
            "time_h": float(row["time_h"]),
            "image": row["image"],
            **about.get(row["image"], _BLANK),
        }
        for row in shown.to_dict("records")
    ]
    return plates.analyse(seen, layout, options), frames


def _fits(experiment: plates.Experiment) -> list[dict[str, Any]]:
    told = []
    for (key, fit), row in zip(experiment.fits.items(), experiment.dose_response.to_dict("records"), strict=True):
        given = fit.doses[fit.doses > 0]
        at = np.geomspace(given.min() / 2, given.max() * 2, _CURVE_POINTS)
        curve = fit.curve
        told.append(
            {
                "plate": key[0], "cell_line": key[1], "compound": key[2], "dose_unit": row["dose_unit"],
                "doses": fit.doses.tolist(), "responses": fit.responses.tolist(), "wells": list(fit.wells),
                "residuals": [] if curve is None else (fit.responses - curve(fit.doses)).tolist(),
                "curve_doses": [] if curve is None else at.tolist(), "curve_responses": [] if curve is None else curve(at).tolist(),
            }
        )  # fmt: skip
    return told


def _as_table(table: pd.DataFrame) -> dict[str, Any]:
    return {
        "columns": [str(name) for name in table.columns],
        "rows": [[_plain(value) for value in row] for row in table.itertuples(index=False)],
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 -- a cell of any table
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def _as_words(wells: pd.DataFrame) -> list[dict[str, str]]:
    """Rows as a person would write them."""
    return [
        {
            str(name): "" if _plain(value) is None else f"{value:g}" if isinstance(value, float) else str(value)
            for name, value in row.items()
        }
        for row in wells.to_dict("records")
    ]
