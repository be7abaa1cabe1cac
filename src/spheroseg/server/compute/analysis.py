"""The analysis of a plate in a compute child: plain values in, plain values out; what makes no sense comes back as a sentence."""

from __future__ import annotations

import io
import json
import math
import pickle
import tempfile
import zipfile
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Unpack

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from spheroseg import analysis as plates
from spheroseg.analysis.layout import named
from spheroseg.analysis.sizes import Size
from spheroseg.analysis.tables import tables
from spheroseg.batch.names import frame_name
from spheroseg.errors import ParameterError, SpheroSegError
from spheroseg.records import RunCard
from spheroseg.server.compute import held_frames, outlines
from spheroseg.server.compute.answer import FRAMES, HEAD, SHORT, pack, size_of, well_part
from spheroseg.server.compute.conclusions import (
    Draft,
    Drawn,
    Inputs,
    Lacks,
    LayoutChecked,
    LayoutRead,
    Picture,
    Refusal,
    TracksMade,
)
from spheroseg.server.compute.frame_sums import KINDS, columns_of
from spheroseg.server.tables.json_columns import ExclusionRow, LayoutRow, LinkRow

pd.options.future.infer_string = (
    False  # of this child alone: words of Arrow take a plate twice as long as words of Python
)
_CURVE_POINTS = 120
_SMALL = 1e-4
"""Numbers below it (p values, doses in M) lose digits where pandas writes them: it has 15 decimals."""
_OUTLINE = (255, 220, 0)
_SHORT_TABLES = ("plate", "growth", "dose_response", "quality", "comparison", "combinations")
_MOST_DRAWN = 3
# a page asks for one group of parts and soon for another
_DRAWN: OrderedDict[str, tuple[plates.Experiment, pd.Series[str]]] = OrderedDict()


def warm_up() -> None:
    """Conclude from a small plate, so that the first person does not wait for what is loaded and compiled once."""
    doses = np.array([0.0, 0.0, 0.0, 0.1, 0.3, 1.0, 3.0, 10.0])
    wells = [f"A{column:02d}" for column in range(1, len(doses) + 1)]
    treated = doses > 0
    layout = pd.DataFrame(
        {"well": wells, "compound": np.where(treated, "any", ""), "dose": doses, "dose_unit": np.where(treated, "nM", ""),
         "control": np.where(treated, "", "negative")}
    )  # fmt: skip
    sizes = [1 + hour / (1 + dose) + 0.01 * place for hour in range(4) for place, dose in enumerate(doses)]
    objects = pd.DataFrame(
        {"well": wells * 4, "image": [f"{hour}" for hour in range(len(sizes))], "label": 1, "volume_um3": sizes,
         "time_h": np.repeat(np.arange(4.0), len(wells))}
    )  # fmt: skip
    experiment = plates.analyse(plates.observe(objects), plates.check_layout(layout))
    pack({name: _as_table(table) for name, table in tables(experiment).items()})


def read_layout(text: str, suffix: str) -> LayoutRead | Refusal:
    """The wells that a text names."""
    try:
        layout = plates.layout_of_text(text, suffix)
    except SpheroSegError as error:
        return {"error": str(error)}
    return {"wells": _as_words(layout.wells), "notes": list(layout.notes)}


def check_layout(
    wells: Sequence[LayoutRow], exclusions: Sequence[ExclusionRow], links: Sequence[LinkRow]
) -> LayoutChecked | Refusal:
    """Whether a layout makes sense."""
    try:
        standard: list[ExclusionRow] = [
            {**exclusion, "well": plates.standard_well(exclusion["well"])} for exclusion in exclusions
        ]
        notes = list(plates.check_layout(pd.DataFrame(wells)).notes) if wells else []
        linked: Any = plates.check_links(pd.DataFrame(links)).to_dict("records") if links else []
    except SpheroSegError as error:
        return {"error": str(error)}
    return {"notes": notes, "exclusions": standard, "links": linked}


def analyse(*, key: str, group: str, given: Inputs | None = None) -> Drawn | Lacks | Refusal:
    """A group of the conclusions.

    Parts: "head" (an object without its tables), each table by its name, and the frames of each well (`answer.well_part`).

    Args:
        key: names everything that the conclusions rest on.
        group: one of `answer.GROUPS`.
        given: what `analysis.conclusions.inputs` gathers; None where this child may have drawn these conclusions already.
    """
    drawn = _DRAWN.get(key)
    if drawn is None:
        if given is None:
            return {"lacks": "everything"}
        frames = None if given["frames"] is None else held_frames.table_of(**given["frames"])
        if given["frames"] is not None and frames is None:
            return {"lacks": "frames"}
        try:
            drawn = _experiment(given, frames)
        except SpheroSegError as error:
            return {"error": str(error)}
        _DRAWN[key] = drawn
        while len(_DRAWN) > _MOST_DRAWN:
            _DRAWN.popitem(last=False)
    experiment, names = drawn
    if group == FRAMES:
        return {"answer": pack(_films(_film(experiment, names)))}
    if group != SHORT:
        table = tables(experiment, [group]).get(group)
        if table is not None and "image" in table:
            table = table.assign(name=_called(table["image"], names))
        return {"answer": pack({} if table is None else {group: _as_table(table)})}
    head = {
        "response_name": experiment.response_name,
        "response_unit": experiment.response_unit,
        "time_h": _plain(experiment.time_h),
        "times_h": experiment.observations.times_h,
        "notes": list(experiment.notes),
        "fits": _fits(experiment),
    }
    parts = {name: _as_table(table) for name, table in tables(experiment, _SHORT_TABLES).items()}
    return {"answer": pack({HEAD: json.dumps(head, allow_nan=False), **parts})}


def tracks(*, objects: Mapping[str, list[Any]], links: list[LinkRow], view: Mapping[str, Any]) -> TracksMade | Refusal:
    """The objects of a well over time."""
    try:
        windows = _windows(view)
        if not objects["image"]:
            raise ParameterError("the well has no objects")
        seen = plates.observe(_known(pd.DataFrame(objects)), plates.Reading(size=size_of(view["response"])))
        there = set(zip(seen.objects["time_h"].round(6), seen.objects["label"], strict=True))
        kept = [link for link in links if (round(link["time_h"], 6), link["object"]) in there]
        followed = plates.follow(seen, plates.check_links(pd.DataFrame(kept)) if kept else None)
        growth = plates.track_growth(followed, windows[0])
    except SpheroSegError as error:
        return {"error": str(error)}
    lost = [
        f"object {link['object']} at {link['time_h']:g} h is gone; its link is not used"
        for link in links
        if link not in kept
    ]
    document = f'{{"tracks":{_as_table(followed)},"growth":{_as_table(growth)},"notes":{json.dumps(lost)}}}'
    return {"json": document.encode()}


def _windows(view: Mapping[str, Any]) -> list[plates.Window]:
    return [plates.Window.parse(text) for text in view["window"] or ()] or [plates.Window()]


def _films(frames: pd.DataFrame) -> dict[str, str]:
    """The frames of each well, as JSON objects with commas between them."""
    lines = frames.to_json(orient="records", double_precision=15, force_ascii=False, lines=True).strip("\n").split("\n")
    starts = np.flatnonzero((frames[["plate", "well"]] != frames[["plate", "well"]].shift()).any(axis=1))
    places = frames.iloc[starts][["plate", "well"]].itertuples(index=False)
    ends = [*starts[1:], len(lines)]
    return {
        well_part(*place): ",".join(lines[start:end]) for place, start, end in zip(places, starts, ends, strict=True)
    }


def analysis_draft(**given: Unpack[Inputs]) -> Draft | Refusal:
    """The conclusions for a report that is written next."""
    from spheroseg.analysis import results  # noqa: PLC0415 -- what draws loads slowly, and most answers draw nothing

    try:
        experiment, names = _experiment(given, pd.DataFrame(given["frames"]))
    except SpheroSegError as error:
        return {"error": str(error)}
    return {"draft": pickle.dumps(_with_names(experiment, names)), "images": results.montage_images(experiment)[0]}


def _with_names(experiment: plates.Experiment, names: pd.Series[str]) -> plates.Experiment:
    """The same conclusions; an image is called as its file, and not by its key, in whatever a person reads."""
    seen = experiment.observations
    images, objects, exclusions, influence = (
        table.assign(image=_called(table["image"], names)) if len(table) else table
        for table in (seen.images, seen.objects, seen.exclusions, experiment.influence)
    )
    seen = replace(seen, images=images, objects=objects, exclusions=exclusions)
    return replace(experiment, observations=seen, influence=influence)


def _called(keys: pd.Series[str], names: pd.Series[str]) -> pd.Series[str]:
    """Name of the file of each image, with the time point where the file has several: "A01.tif", "A01.tif_t003"."""
    of_file = Counter(key.rpartition("/")[0] for key in names.index)
    called = {
        key: frame_name(name, None, int(frame) if of_file[image] > 1 else None)
        for key, name in zip(names.index, names, strict=True)
        for image, _, frame in (key.rpartition("/"),)
    }
    return keys.map(called).fillna("")


def analysis_report(*, draft: bytes, title: str, form: str, cards: list[RunCard], pictures: list[Picture]) -> bytes:
    """The report's bytes.

    Args:
        draft: of `analysis_draft`.
        title: the report's.
        form: "html", "pdf", or "zip" with everything that the command line writes.
        cards: of the runs that made the outlines.
        pictures: of the montage.
    """
    from spheroseg.analysis import results  # noqa: PLC0415 -- see above

    experiment: plates.Experiment = pickle.loads(draft)  # noqa: S301 -- it comes from a child of this service through its pipe
    _, hour = results.montage_images(experiment)
    montage = results.contact_sheet([(each["well"], _outlined(each, results.PICTURE_PX)) for each in pictures], hour)
    plain = [each.plain() for each in cards]
    card = plain[0] if len(plain) == 1 else {f"run {number}": each for number, each in enumerate(plain, 1)}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        files = plates.write_experiment(experiment, out, plates.About(title, run_card=card, montage=montage))
        if form != "zip":
            return (out / f"report.{form}").read_bytes()
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.write(path, path.relative_to(out).as_posix())
        return stream.getvalue()


def _outlined(picture: Picture, side_px: int) -> Image.Image:
    """The small picture of a frame with its outlines on it; its longest side is `side_px`."""
    with Image.open(io.BytesIO(picture["content"])) as whole:
        small = whole.convert("RGB")
    width = small.width
    small.thumbnail((side_px, side_px))
    scale = picture["scale"] * width / small.width
    draw = ImageDraw.Draw(small)
    for polygons in picture["polygons"]:
        for part in outlines.decode(polygons):
            for ring in part:
                points = [(float(x) / scale, float(y) / scale) for x, y in ring]
                draw.line([*points, points[0]], fill=_OUTLINE, width=1)
    return small


def _experiment(given: Inputs, frames: pd.DataFrame | None) -> tuple[plates.Experiment, pd.Series[str]]:
    """The conclusions, and the names of the images by their keys; from the frames' sums where no objects are given."""
    objects, blank, wells, view = given["objects"], given["blank"], given["wells"], given["view"]
    failed = pd.DataFrame(given["failed"]).assign(n_objects=np.nan, status="failed")
    by_hand = [plates.Exclusion(**exclusion) for exclusion in given["exclusions"]]
    size = size_of(view["response"])
    reading = plates.Reading(size=size, exclude=by_hand, keep_objects=objects is not None)
    table = pd.DataFrame(frames if objects is None else objects)
    if view["include_excluded"]:
        table["review"] = table["review"].replace("excluded", "unreviewed")
    if objects is None:
        seen = plates.observe_sums(_sums(table, size), reading, failed)
    else:
        images = pd.concat([pd.DataFrame(blank).assign(n_objects=0, status="ok"), failed], ignore_index=True)
        seen = plates.observe(_known(table), reading, images)
    # without a layout every well is shown, and none has a condition
    layout = _layout(json.dumps(wells or [{"well": well} for well in sorted(set(seen.images["well"]))]))
    options = plates.Options(
        response=view["response"],
        time_h=view["time_h"],
        relative=view["relative"],
        per_well=view["per_well"],
        windows=_windows(view),
    )
    experiment = plates.analyse(seen, layout, options)
    named_images = pd.concat([table, failed]) if len(failed) else table
    return experiment, named_images.drop_duplicates("image").set_index("image")["name"]


def _film(experiment: plates.Experiment, names: pd.Series[str]) -> pd.DataFrame:
    """A row a frame that has a well and a time, by well and time, with the well's relative size then."""
    keys = ["plate", "well", "time_h"]
    seen = experiment.observations.images
    looks = seen[[*keys, "image", "review"]].drop_duplicates("image").sort_values(keys, kind="stable")
    film = looks.merge(experiment.series[[*keys, "relative_size"]], on=keys, how="left")
    return film.assign(name=film["image"].map(names).fillna(""), review=film["review"].replace("", "unreviewed"))


def _known(table: pd.DataFrame) -> pd.DataFrame:
    """Without field and time where no image has one."""
    return table.drop(columns=[name for name in ("field", "time_h") if table[name].isna().all()])


# a person who looks at a plate mends outlines; the layout stays as it is
@lru_cache(maxsize=8)
def _layout(wells: str) -> plates.Layout:
    return plates.check_layout(pd.DataFrame(json.loads(wells)))


def _sums(table: pd.DataFrame, size: Size) -> plates.ImageSums:
    """The sums that the database made, of one kind of size; lengths in px are not mixed with those in µm."""
    names = list(columns_of(size))
    sums = table[names].astype(np.float64)
    unit = next((unit for unit in ("um", "px") if (table["unit"] == unit).any()), "px")
    name, power = KINDS[size]
    column = plates.size_column([f"{name}_{unit}{power}"], size)
    sums = sums.assign(n_negative=0, n_doubled=0)
    other = (table["unit"] != unit) & (sums["n_objects"] + sums["n_border"] > 0)
    notes = []
    if other.any():
        where = named(table.loc[other, "name"].tolist())
        notes.append(f"no pixel size is known for {where}; their sizes in px are not mixed with those in µm")
        n = sums.loc[other, ["n_objects", "n_border", "n_no_value"]].sum(axis=1)
        sums.loc[other, :] = 0
        sums.loc[other, ["variance", "largest", "largest_variance"]] = np.nan
        sums.loc[other, "n_no_value"] = n
    about = _known(table.drop(columns=["unit", *names]))
    return plates.ImageSums(about.join(sums), pd.DataFrame(), column, tuple(notes))


def _fits(experiment: plates.Experiment) -> list[dict[str, object]]:
    document = []
    for (key, fit), row in zip(experiment.fits.items(), experiment.dose_response.to_dict("records"), strict=True):
        given = fit.doses[fit.doses > 0]
        at = np.geomspace(given.min() / 2, given.max() * 2, _CURVE_POINTS)
        curve = fit.curve
        document.append(
            {
                "plate": key[0], "cell_line": key[1], "compound": key[2], "dose_unit": row["dose_unit"],
                "doses": fit.doses.tolist(), "responses": fit.responses.tolist(), "wells": list(fit.wells),
                "residuals": [] if curve is None else (fit.responses - curve(fit.doses)).tolist(),
                "curve_doses": [] if curve is None else at.tolist(), "curve_responses": [] if curve is None else curve(at).tolist(),
            }
        )  # fmt: skip
    return document


def _as_table(table: pd.DataFrame) -> str:
    """A table as JSON; what is NaN or infinite is null."""
    names = json.dumps([str(name) for name in table.columns])
    numbers = np.abs(table.select_dtypes("float").to_numpy(np.float64))
    if ((numbers > 0) & (numbers < _SMALL)).any():
        rows = [[_plain(value) for value in row] for row in table.astype(object).to_numpy().tolist()]
        return f'{{"columns":{names},"rows":{json.dumps(rows, allow_nan=False, ensure_ascii=False)}}}'
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
            str(name): "" if _plain(value) is None else f"{value:.12g}" if isinstance(value, float) else str(value)
            for name, value in row.items()
        }
        for row in wells.to_dict("records")
    ]
