"""Tables of measured objects → sizes by well and time, with everything that was left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from spheroseg.analysis.exclusions import COLUMNS as EXCLUSIONS
from spheroseg.analysis.exclusions import Exclusion, leave_out
from spheroseg.analysis.layout import named
from spheroseg.analysis.plate import is_well, standard_well
from spheroseg.analysis.sizes import Size, numbers, outline_sd, size_column
from spheroseg.errors import ParameterError

KEYS = ["plate", "well", "time_h"]
REASONS = {
    "no_value": "the size is empty",
    "no_well": "what stands in the column well is no well",
    "no_time": "no time is given",
    "doubled_time": "the well has this time twice; nobody said which counts",
    "touches_border": "the object is cut by the image's edge",
    "blank_image": "the image shows no object",
    "by_hand": "excluded by a person",
    "layout": "excluded in the layout",
}


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Sizes of objects by well and time.

    Attributes:
        objects: one row an object that counts: plate, well, time_h, image, label, `size`, `outline_sd` (of ln diameter,
            NaN where unknown), x, y (centroid in the table's unit, NaN where unknown), flags and any other measure.
        images: one row an image, also blank ones: plate, well, time_h, image, n_objects, review ("accepted", "unreviewed",
            "excluded"; "" where the table does not say).
        exclusions: one row a thing that was left out: `exclusions.COLUMNS`; reasons are those of `REASONS`.
        size: "volume", "area" or "diameter".
        unit: of the size: "µm³".
        statement: where the size is from.
        notes: what a person should know.
    """

    objects: pd.DataFrame
    images: pd.DataFrame
    exclusions: pd.DataFrame
    size: Size
    unit: str
    statement: str
    notes: tuple[str, ...] = ()

    @property
    def times_h(self) -> list[float]:
        """All times, ascending."""
        return sorted(float(time) for time in self.objects["time_h"].unique())


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read.

    Attributes:
        size: what a well's response is made of.
        interval_h: hours between frames, where the table only counts frames.
        keep_border: count objects that the image's edge cuts.
        exclude: what a person left out.
    """

    size: Size = "volume"
    interval_h: float | None = None
    keep_border: bool = False
    exclude: Sequence[Exclusion] = field(default_factory=tuple)


def observe(table: pd.DataFrame, reading: Reading = Reading(), images: pd.DataFrame | None = None) -> Observations:
    """Sizes by well and time of a table with a row an object.

    Args:
        table: `objects.csv` as `spheroseg segment` writes it, or any tidy table with well, time_h and a size column
            whose name ends in its unit (volume_um3, area_um2, diameter_um, …_px).
        reading: what is read.
        images: `images.csv` beside it, for the images without objects.

    Raises:
        ParameterError: nothing can be read: no wells, no size column, no unit, a pixel size or a size that is negative.
    """
    if table.empty and (images is None or images.empty):
        raise ParameterError("the table of objects is empty")
    if "well" not in table.columns:
        raise ParameterError("the table of objects has no column 'well'; the file names did not say it (see --pattern)")
    _check_pixel_size(table)
    column = size_column([str(name) for name in table.columns], reading.size)
    notes: list[str] = []
    frame = _identity(table, reading, notes)
    frame["size"] = column.values(table)
    frame["outline_sd"] = outline_sd(table)
    for axis in ("x", "y"):
        name = next(
            (f"centroid_{axis}_{unit}" for unit in ("um", "px") if f"centroid_{axis}_{unit}" in table.columns), None
        )
        frame[axis] = numbers(table, name) if name else np.nan
    frame["flags"] = table["flags"].astype(object).fillna("").astype(str) if "flags" in table.columns else ""
    negative = frame[numbers(table, column.column) < 0]
    if not negative.empty:
        raise ParameterError(f"{column.column} is negative in {named(negative['well'].astype(str).tolist())}")
    other_unit = column.column.replace("_um", "_px") if "_um" in column.column else ""
    if other_unit in table.columns and (frame["size"].isna() & table[other_unit].notna()).any():
        where = frame.loc[frame["size"].isna() & table[other_unit].notna(), "image"].astype(str).tolist()
        notes.append(f"no pixel size is known for {named(where)}; their sizes in px are not mixed with those in µm")
    left_out: list[pd.DataFrame] = []
    frame = _leave_out(frame, frame["size"].isna(), "no_value", left_out)
    wells = {well: is_well(well) for well in frame["well"].unique()}
    frame = _leave_out(frame, ~frame["well"].map(wells).astype(bool), "no_well", left_out)
    if frame.empty and (images is None or images.empty):
        names = [str(well) for well, fine in wells.items() if not fine]
        raise ParameterError(f"no row has a well and a size{f'; {named(names)} are no wells' if names else ''}")
    frame["well"] = frame["well"].map({well: standard_well(well) for well in frame["well"].unique()})
    frame = _leave_out(frame, frame["time_h"].isna(), "no_time", left_out)
    shown = _images_of(frame, images, reading)
    # what a person left out is gone first: of two images of one time the other one counts then
    frame, by_hand, said = leave_out(frame, [*reading.exclude, *_reviewed_out(frame)])
    if "touches_border" in table.columns and not reading.keep_border:
        cut = table["touches_border"].astype(str).str.lower().isin(["true", "1", "1.0"]).loc[frame.index]
        frame = _leave_out(frame, cut, "touches_border", left_out)
    frame = _leave_out(frame, _doubled(frame, named_objects="label" in table.columns), "doubled_time", left_out)
    blank = shown[shown["n_objects"] == 0]
    if not blank.empty:
        left_out.append(blank.assign(label=np.nan, reason="blank_image", detail=REASONS["blank_image"]))
    observations = Observations(
        frame.reset_index(drop=True),
        shown,
        _exclusions([*left_out, by_hand]),
        reading.size,
        column.unit,
        column.statement,
        (*notes, *said),
    )
    if len(observations.objects) and not (observations.objects["size"] > 0).any():
        raise ParameterError(f"every {reading.size} is 0")
    return observations


def exclude(observations: Observations, what: Sequence[Exclusion]) -> Observations:
    """The observations without wells, times or images that a person left out; each with the reason given.

    Raises:
        ParameterError: an exclusion names no plate and several have its well.
    """
    frame, out, notes = leave_out(observations.objects, what)
    return replace(
        observations, objects=frame.reset_index(drop=True), exclusions=_exclusions([observations.exclusions, out]),
        notes=(*observations.notes, *notes),
    )  # fmt: skip


def _reviewed_out(frame: pd.DataFrame) -> list[Exclusion]:
    """The images that were excluded in the review; the table may say why (`review_reason`) and who (`reviewed_by`)."""
    images = frame[frame["review"] == "excluded"].drop_duplicates("image")
    return [
        Exclusion(row["well"], row["plate"], None, row["image"], row["review_reason"] or "excluded in the review", row["reviewed_by"])
        for row in images.to_dict("records")
    ]  # fmt: skip


def _check_pixel_size(table: pd.DataFrame) -> None:
    for name in ("pixel_size_um", "pixel_size_x_um", "pixel_size_y_um"):
        if name in table.columns:
            wrong = table[numbers(table, name) <= 0]
            if not wrong.empty:
                where = wrong["image"] if "image" in wrong.columns else wrong["well"]
                raise ParameterError(
                    f"{name} is {wrong[name].iloc[0]} in {named(where.astype(str).tolist())}; it must be above 0"
                )


def _identity(table: pd.DataFrame, reading: Reading, notes: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(index=table.index)
    for name in ("plate", "well", "image"):
        text = table[name] if name in table.columns else pd.Series("", index=table.index)
        frame[name] = (
            text.fillna("").astype(str).str.strip()
            if not isinstance(text.dtype, pd.CategoricalDtype)
            else text.astype(str)
        )
    for name in ("review", "review_reason", "reviewed_by"):
        frame[name] = table[name].fillna("").astype(str) if name in table.columns else ""
    frame["field"] = table["field"].astype(str) if "field" in table.columns else ""
    frame["label"] = table["label"] if "label" in table.columns else 0
    frame["time_h"] = times_h(table, frame["plate"], reading.interval_h, notes)
    return frame


def times_h(
    table: pd.DataFrame, plates: pd.Series[str], interval_h: float | None, notes: list[str]
) -> pd.Series[float]:
    """Hours of each row, from time_h, other units, dates of acquisition or counted frames.

    Raises:
        ParameterError: the table counts frames and nobody said how far apart they are, or a time is no number.
    """
    for name, hours in (("time_h", 1.0), ("time_min", 1 / 60), ("time_s", 1 / 3600), ("time_d", 24.0)):
        if name in table.columns and table[name].notna().any():
            times = pd.Series(numbers(table, name) * hours, index=table.index)
            if (times < 0).any():
                notes.append("times before 0 are kept: 0 is taken to be the treatment or the first plate reading")
            return times
    if "acquired" in table.columns and table["acquired"].notna().any():
        when = pd.to_datetime(table["acquired"], errors="coerce", format="ISO8601")
        since = when - when.groupby(plates).transform("min")
        notes.append("times are hours since the first acquisition of each plate")
        return (since.dt.total_seconds() / 3600).round(4)
    if "frame_time_s" in table.columns and table["frame_time_s"].notna().any():
        return pd.Series(numbers(table, "frame_time_s") / 3600, index=table.index)
    frames = next(
        (name for name in ("time_frame", "frame") if name in table.columns and table[name].notna().any()), None
    )
    if frames is None:
        notes.append("the table has no times: one time only")
        return pd.Series(0.0, index=table.index)
    if interval_h is None:
        raise ParameterError(
            f"the table counts frames ({frames}) and has no hours; say how far apart they are (--interval)"
        )
    if interval_h <= 0:
        raise ParameterError(f"the interval between frames is {interval_h} h; it must be above 0")
    return pd.Series(numbers(table, frames) * interval_h, index=table.index)


def _leave_out(frame: pd.DataFrame, which: pd.Series[bool], reason: str, left_out: list[pd.DataFrame]) -> pd.DataFrame:
    if which.any():
        left_out.append(frame[which].assign(reason=reason, detail=REASONS[reason]))
        return frame[~which].copy()
    return frame


def _doubled(frame: pd.DataFrame, *, named_objects: bool) -> pd.Series[bool]:
    """Rows of wells that have a time twice: two images of one field, or two rows that nothing tells apart."""
    place = [*KEYS, "field"]
    if named_objects and (frame["image"] != "").any():
        per_image = frame[[*place, "image"]].drop_duplicates()
        twice = per_image[per_image.duplicated(place, keep=False)]
        if twice.empty:
            return pd.Series(frame.duplicated([*place, "image", "label"], keep=False), index=frame.index)
        marked = frame.merge(twice[place].drop_duplicates().assign(_twice=True), on=place, how="left")["_twice"]
        return pd.Series(marked.notna().to_numpy(), index=frame.index)
    return pd.Series(
        frame.duplicated([*place, "image", "label"] if named_objects else place, keep=False), index=frame.index
    )


def _images_of(frame: pd.DataFrame, images: pd.DataFrame | None, reading: Reading) -> pd.DataFrame:
    by_image = frame.groupby([*KEYS, "image"], sort=False)
    counted = by_image["review"].agg(n_objects="size", review="first").reset_index()
    if images is None or images.empty or "well" not in images.columns or "n_objects" not in images.columns:
        return counted
    read = images[images["status"] == "ok"] if "status" in images.columns else images
    read = read[read["n_objects"].fillna(-1) == 0]
    blank = _identity(read, reading, [])[[*KEYS, "image", "review"]].assign(n_objects=0)
    blank = blank[blank["well"].map(is_well)]
    if blank.empty:
        return counted
    blank["well"] = blank["well"].map(standard_well)
    return pd.concat([counted, blank], ignore_index=True)


def _exclusions(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part[[name for name in EXCLUSIONS if name in part.columns]] for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(EXCLUSIONS))
