"""The analysis of a plate in a compute child: plain values in, plain values out; what makes no sense comes back as a sentence."""

from __future__ import annotations

import io
import json
import math
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from spheroseg import analysis as plates
from spheroseg.analysis import results
from spheroseg.analysis.layout import named
from spheroseg.analysis.results import tables
from spheroseg.analysis.sizes import Size
from spheroseg.errors import SpheroSegError
from spheroseg.server.compute import outlines
from spheroseg.server.compute.frame_sums import COLUMNS, KINDS, OF_KIND, OF_RATIO, SUMS
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.tables.json_columns import ExclusionRow, LayoutRow

_CURVE_POINTS = 120
_OUTLINE = (255, 220, 0)
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


def read_layout(text: str, suffix: str) -> JsonObject:
    """The wells that a text names: {"wells", "notes"} or {"error"}."""
    try:
        layout = plates.layout_of_text(text, suffix)
    except SpheroSegError as error:
        return {"error": str(error)}
    return {"wells": _as_words(layout.wells), "notes": list(layout.notes)}


def check_layout(wells: Sequence[LayoutRow], exclusions: Sequence[ExclusionRow]) -> JsonObject:
    """Whether a layout makes sense: {"notes", "exclusions" with their wells as they are written here} or {"error"}."""
    try:
        standard = [{**exclusion, "well": plates.standard_well(exclusion["well"])} for exclusion in exclusions]
        notes = list(plates.check_layout(pd.DataFrame(wells)).notes) if wells else []
    except SpheroSegError as error:
        return {"error": str(error)}
    return {"notes": notes, "exclusions": standard}


def analyse(**given: Any) -> JsonObject:  # noqa: ANN401 -- what `analysis.service.inputs` gathers
    """All conclusions, or {"error"}."""
    try:
        experiment, frames = _experiment(**given)
    except SpheroSegError as error:
        return {"error": str(error)}
    sent = {name: _as_table(table) for name, table in tables(experiment).items() if name in _SENT}
    head = {
        "response_name": experiment.response_name,
        "response_unit": experiment.response_unit,
        "time_h": _plain(experiment.time_h),
        "times_h": experiment.observations.times_h,
        "notes": list(experiment.notes),
        "fits": _fits(experiment),
    }
    of_tables = ",".join(f"{json.dumps(name)}:{table}" for name, table in sent.items())
    text = f'{json.dumps(head, allow_nan=False)[:-1]},"tables":{{{of_tables}}},"frames":{_as_json(frames, "records")}}}'
    return {"json": text.encode()}


def montage_images(**given: Any) -> JsonObject:  # noqa: ANN401 -- see `analyse`
    """{"images": (plate and well, image) of the report's small pictures}; none where there is no report."""
    try:
        experiment, _ = _experiment(**given)
    except SpheroSegError:
        return {"images": []}
    return {"images": results.montage_images(experiment)[0]}


def analysis_report(
    *,
    title: str,
    form: str,
    cards: list[JsonObject],
    pictures: list[JsonObject],
    **given: Any,  # noqa: ANN401 -- see `analyse`
) -> JsonObject:
    """{"content": the report's bytes}, or {"error"}."""
    try:
        experiment, _ = _experiment(**given)
    except SpheroSegError as error:
        return {"error": str(error)}
    _, hour = results.montage_images(experiment)
    montage = results.contact_sheet([(each["well"], _outlined(each)) for each in pictures], hour)
    card = cards[0] if len(cards) == 1 else {f"run {number}": each for number, each in enumerate(cards, 1)}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        files = plates.write_experiment(experiment, out, plates.About(title, run_card=card, montage=montage))
        if form != "zip":
            return {"content": (out / f"report.{form}").read_bytes()}
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.write(path, path.relative_to(out).as_posix())
        return {"content": stream.getvalue()}


def _outlined(picture: Mapping[str, Any]) -> Image.Image:
    """The small picture of a frame with its outlines on it."""
    with Image.open(io.BytesIO(picture["content"])) as whole:
        small = whole.convert("RGB")
    width = small.width
    small.thumbnail((results.PICTURE_PX, results.PICTURE_PX))
    scale = picture["scale"] * width / small.width
    draw = ImageDraw.Draw(small)
    for polygons in picture["polygons"]:
        for part in outlines.decode(polygons):
            for ring in part:
                points = [(float(x) / scale, float(y) / scale) for x, y in ring]
                draw.line([*points, points[0]], fill=_OUTLINE, width=1)
    return small


def _experiment(
    *, frames: list[tuple[Any, ...]], objects: Mapping[str, list[Any]] | None, blank: list[JsonObject],
    wells: list[LayoutRow], exclusions: list[JsonObject], view: Mapping[str, Any],
) -> tuple[plates.Experiment, pd.DataFrame]:  # fmt: skip
    by_hand = [plates.Exclusion(**exclusion) for exclusion in exclusions]
    size: Any = "volume" if view["response"] == "growth-rate" else view["response"]
    reading = plates.Reading(size=size, exclude=by_hand, keep_objects=objects is not None)
    if objects is None:
        table = pd.DataFrame(frames, columns=list(COLUMNS))
        seen = plates.observe_sums(_sums(table, size), reading)
    else:
        table = pd.DataFrame(objects)
        images = pd.DataFrame(blank).assign(n_objects=0) if blank else None
        seen = plates.observe(_known(table), reading, images)
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
    about = table.drop_duplicates("image")[["image", "name"]]
    shown = seen.images.drop_duplicates("image").sort_values(["plate", "well", "time_h"], kind="stable")
    film = shown[["plate", "well", "time_h", "image", "review"]].merge(about, on="image", how="left")
    film = film.assign(name=film["name"].fillna(""), review=film["review"].replace("", "unreviewed"))
    return plates.analyse(seen, layout, options), film


def _known(table: pd.DataFrame) -> pd.DataFrame:
    """Without field and time where no image has one."""
    return table.drop(columns=[name for name in ("field", "time_h") if table[name].isna().all()])


def _sums(table: pd.DataFrame, size: Size) -> plates.ImageSums:
    """The sums that the database made, for one kind of size; lengths in px are not mixed with those in µm."""
    values = pd.DataFrame(
        np.array(table["sums"].tolist(), np.float64).reshape(len(table), len(SUMS)),
        columns=list(SUMS),
        index=table.index,
    )
    unit = next((unit for unit in ("um", "px") if (table["unit"] == unit).any()), "px")
    name, power = KINDS[size]
    column = plates.size_column([f"{name}_{unit}{power}"], size)
    sums = values[[f"{size}_{each}" for each in OF_KIND]].set_axis(list(OF_KIND), axis=1)
    sums = sums.join(values[list(OF_RATIO)]).assign(n_negative=0, n_doubled=0)
    other = (table["unit"] != unit) & (sums["n_objects"] + sums["n_border"] > 0)
    notes = []
    if other.any():
        where = named(table.loc[other, "name"].tolist())
        notes.append(f"no pixel size is known for {where}; their sizes in px are not mixed with those in µm")
        n = sums.loc[other, ["n_objects", "n_border", "n_no_value"]].sum(axis=1)
        sums.loc[other, :] = 0
        sums.loc[other, ["variance", "largest", "largest_variance"]] = np.nan
        sums.loc[other, "n_no_value"] = n
    return plates.ImageSums(
        _known(table.drop(columns=["unit", "sums"])).join(sums), pd.DataFrame(), column, tuple(notes)
    )


def _fits(experiment: plates.Experiment) -> list[JsonObject]:
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


def _as_table(table: pd.DataFrame) -> str:
    """A table as JSON; what is NaN or infinite is null."""
    names = json.dumps([str(name) for name in table.columns])
    return f'{{"columns":{names},"rows":{_as_json(table, "values")}}}'


def _as_json(table: pd.DataFrame, orient: Literal["values", "records"]) -> str:
    return str(table.to_json(orient=orient, double_precision=15, force_ascii=False))


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
