"""Tables of measured objects → sizes by well and time, with everything that was left out and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from spheroseg.analysis.exclusions import COLUMNS as EXCLUSIONS
from spheroseg.analysis.exclusions import Exclusion, leave_out
from spheroseg.analysis.image_sums import COLUMNS as SUMS
from spheroseg.analysis.image_sums import RATIOS, ImageSums, image_sums
from spheroseg.analysis.layout import named
from spheroseg.analysis.plate import is_well, standard_well
from spheroseg.analysis.sizes import Size, numbers
from spheroseg.errors import ParameterError

KEYS = ["plate", "well", "time_h"]
REASONS = {
    "no_value": "the size is empty or not finite",
    "no_well": "what stands in the column well is no well",
    "no_time": "no time is given",
    "doubled_time": "the well has this time twice; nobody said which counts",
    "touches_border": "the object is cut by the image's edge",
    "blank_image": "the image shows no object",
    "failed_image": "the image could not be outlined",
    "by_hand": "excluded by a person",
    "layout": "excluded in the layout",
}
_LEAST_SIZE, _MOST_SIZE = 1e-30, 1e30
_LISTED_ELSEWHERE = {"by_hand", "layout", "touches_border"}  # people did it, or it was asked for
_OBJECTS = ["plate", "well", "time_h", "image", "label", "size", "outline_sd", "x", "y"]


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Sizes by well and time.

    Attributes:
        images: one row an image that has a well and a time: plate, well, time_h, image, field, review ("accepted",
            "unreviewed", "excluded"; "" where the table does not say), status ("used", else why it does not count: one of
            `REASONS`), and the sums of its objects (`image_sums.COLUMNS`).
        objects: one row an object that counts: plate, well, time_h, image, label, `size`, `outline_sd` (of ln diameter,
            NaN where unknown), x, y (centroid in the table's unit, NaN where unknown); empty where nobody asked for objects.
        exclusions: one row an image and reason: `exclusions.COLUMNS`; reasons are those of `REASONS`.
        size: "volume", "area" or "diameter".
        unit: of the size: "µm³".
        statement: where the size is from.
        notes: what a person should know.
        counted: the images that count.
    """

    images: pd.DataFrame
    objects: pd.DataFrame
    exclusions: pd.DataFrame
    size: Size
    unit: str
    statement: str
    notes: tuple[str, ...] = ()
    counted: pd.DataFrame = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "counted", self.images[self.images["status"] == "used"])

    @property
    def times_h(self) -> list[float]:
        """All times that count, ascending."""
        return sorted(float(time) for time in self.counted["time_h"].unique())


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read.

    Attributes:
        size: what a well's response is made of.
        interval_h: hours between frames, where the table only counts frames.
        keep_border: count objects that the image's edge cuts.
        exclude: what a person left out.
        keep_objects: keep each object: what medians and links over time need.
    """

    size: Size = "volume"
    interval_h: float | None = None
    keep_border: bool = False
    exclude: Sequence[Exclusion] = field(default_factory=tuple)
    keep_objects: bool = True


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
    columns = [str(name) for name in table.columns]
    return observe_sums(sums_of([table], columns, reading), reading, images)


def sums_of(parts: Iterable[pd.DataFrame], columns: Sequence[str], reading: Reading) -> ImageSums:
    """What `observe_sums` needs of a table that comes in parts."""
    if len(columns) == 1:
        raise ParameterError(
            f"the table of objects has one column only, {columns[0][:60]!r}; its cells are parted by comma, semicolon or tab"
        )
    if "well" not in columns:
        raise ParameterError("the table of objects has no column 'well'; the file names did not say it (see --pattern)")
    return image_sums(parts, columns, reading.size, keep_border=reading.keep_border, keep_objects=reading.keep_objects)


def observe_sums(sums: ImageSums, reading: Reading = Reading(), images: pd.DataFrame | None = None) -> Observations:
    """Sizes by well and time of the sums of images.

    Args:
        sums: of all images, also of those without objects.
        reading: what is read.
        images: more images without objects.

    Raises:
        ParameterError: nothing can be read: no wells, no times that can be told, a size that is negative.
    """
    notes = list(sums.notes)
    rows = _identity(sums.images, reading, notes)
    rows[list(SUMS)] = sums.images[list(SUMS)].to_numpy()
    rows["status"], rows["error"] = "used", ""
    rows["image_row"] = np.arange(len(rows))
    negative = rows[rows["n_negative"] > 0]
    if not negative.empty:
        raise ParameterError(f"{sums.column.column} is negative in {named(negative['well'].astype(str).tolist())}")
    beyond = rows[(rows["largest"] > 0) & ~rows["largest"].between(_LEAST_SIZE, _MOST_SIZE)]
    if not beyond.empty:
        raise ParameterError(
            f"{sums.column.column} is {beyond['largest'].iloc[0]:g} in {named(beyond['well'].astype(str).tolist())}, which no object has"
        )
    nothing = rows[(rows["largest"] == 0) & (rows["total"] == 0)]
    if len(nothing) and (rows["total"] > 0).any():
        notes.append(
            f"{sums.column.column} is 0 in {named(nothing['well'].tolist())}, which no object has; it counts as it stands"
        )
    if images is not None:
        rows = pd.concat([rows, _blank(images, reading, has_times="time_h" in sums.images)], ignore_index=True)
    wells = {well: standard_well(well) if is_well(well) else None for well in rows["well"].unique()}
    valueless = (rows["n_objects"] + rows["n_border"] == 0) & (rows["n_no_value"] > 0)
    standard = rows["well"].map(wells)
    homeless = standard.isna()
    if homeless.all() or (len(rows) and valueless.all()):
        names = [str(well) for well, standard in wells.items() if standard is None and str(well).strip()]
        raise ParameterError(f"no row has a well and a size{f'; {named(names)} are no wells' if names else ''}")
    left_out: list[pd.DataFrame] = []
    _record(left_out, rows[rows["n_no_value"] > 0], "no_value", "n_no_value")
    has_failed = rows["status"] == "failed_image"
    _record(left_out, rows[homeless & ~has_failed], "no_well")
    # what failed is named wherever it belongs
    _record(left_out, rows[has_failed & (homeless | rows["time_h"].isna())], "failed_image", None)
    rows = rows.assign(well=standard)[~homeless]
    timeless = rows["time_h"].isna()
    _record(left_out, rows[timeless & (rows["status"] != "failed_image")], "no_time")
    rows = rows[~timeless].reset_index(drop=True)
    for reason, count in (("no_value", "n_no_value"), ("touches_border", "n_border")):
        rows.loc[(rows["n_objects"] == 0) & (rows[count] > 0), "status"] = reason
    empty = rows[["n_objects", "n_no_value", "n_border"]].sum(axis=1) == 0
    rows.loc[empty & (rows["status"] != "failed_image"), "status"] = "blank_image"
    # what a person left out is gone first: of two images of one time the other one counts then
    kept, by_hand, exclusion_notes = leave_out(rows, [*reading.exclude, *_reviewed_out(rows)])
    rows.loc[by_hand.index, "status"] = "by_hand"
    _record(left_out, kept[kept["n_border"] > 0], "touches_border", "n_border")
    used = rows[rows["status"] == "used"]
    doubled = used[used.duplicated([*KEYS, "field"], keep=False) | (used["n_doubled"] > 0)]
    rows.loc[doubled.index, "status"] = "doubled_time"
    _record(left_out, doubled, "doubled_time")
    for reason in ("blank_image", "failed_image"):
        _record(left_out, rows[rows["status"] == reason], reason, None)
    exclusions = _exclusions([*left_out, by_hand])
    observations = Observations(
        rows.drop(columns=["image_row", "error", "review_reason", "reviewed_by"]),
        _objects(sums.objects, rows),
        exclusions,
        reading.size,
        sums.column.unit,
        sums.column.statement,
        (*notes, *exclusion_notes, *reason_lines(exclusions[~exclusions["reason"].isin(_LISTED_ELSEWHERE)])),
    )
    if len(observations.counted) and not (observations.counted["total"] > 0).any():
        raise ParameterError(f"every {reading.size} is 0")
    return observations


def _record(left_out: list[pd.DataFrame], rows: pd.DataFrame, reason: str, count: str | None = "n_objects") -> None:
    if len(rows):
        n = rows[count] if count else 0
        detail = REASONS[reason] if reason != "failed_image" else rows["error"].replace("", REASONS[reason])
        left_out.append(rows.assign(n_objects=n, reason=reason, detail=detail, by=""))


def _exclusions(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part[list(EXCLUSIONS)] for part in parts if len(part)]
    table = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(EXCLUSIONS))
    return table.astype({"n_objects": int})


def reason_lines(exclusions: pd.DataFrame) -> list[str]:
    """A sentence for each reason, with the wells."""
    lines = []
    for reason, rows in exclusions.groupby("reason", sort=False):
        wells = [str(well) or "rows without a well" for well in rows["well"]]
        lines.append(f"left out: {named(wells)} ({REASONS[str(reason)]})")
    return lines


def _objects(objects: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    if objects.empty:
        return pd.DataFrame(columns=_OBJECTS)
    used = rows.loc[rows["status"] == "used", [*KEYS, "image", "image_row"]]
    return objects.merge(used, on="image_row", how="inner")[_OBJECTS]


def _reviewed_out(rows: pd.DataFrame) -> list[Exclusion]:
    """The images that were excluded in the review; the table may say why (`review_reason`) and who (`reviewed_by`)."""
    images = rows[rows["review"] == "excluded"]
    return [
        Exclusion(row["well"], row["plate"], None, row["image"], row["review_reason"] or "excluded in the review", row["reviewed_by"])
        for row in images.to_dict("records")
    ]  # fmt: skip


def _words(column: pd.Series) -> list[str]:
    """What stands in the cells, without blanks around it; "" where nothing does."""
    values = column.astype(object).where(column.notna(), "").tolist()
    words = {value: str(value).strip() for value in dict.fromkeys(values)}  # a plate has many rows and few names
    return [words[value] for value in values]


def _identity(table: pd.DataFrame, reading: Reading, notes: list[str]) -> pd.DataFrame:
    rows = pd.DataFrame(index=table.index)
    for name in ("plate", "well", "image", "review", "review_reason", "reviewed_by"):
        rows[name] = _words(table[name]) if name in table.columns else ""
    odd = rows[~rows["review"].isin(["", "accepted", "excluded", "unreviewed"])]
    if len(odd):
        rows.loc[odd.index, "review"] = ""
        notes.append(
            f"review says {odd['review'].iloc[0]!r} in {named(odd['well'].tolist())}, which is none of accepted, excluded and unreviewed: "
            "taken as not said"
        )
    rows["field"] = table["field"].astype(str) if "field" in table.columns else ""
    rows["time_h"] = times_h(table, rows["plate"], reading.interval_h, notes)
    return rows


def times_h(
    table: pd.DataFrame, plates: pd.Series[str], interval_h: float | None, notes: list[str]
) -> pd.Series[float]:
    """Hours of each row, from time_h, other units, dates of acquisition or counted frames.

    Raises:
        ParameterError: the table counts frames and nobody said how far apart they are, or a time is no number.
    """
    if interval_h is not None and not 0 < interval_h < float("inf"):
        raise ParameterError(f"the interval between frames is {interval_h} h; it must be above 0")
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
    return pd.Series(numbers(table, frames) * interval_h, index=table.index)


def _blank(images: pd.DataFrame, reading: Reading, *, has_times: bool) -> pd.DataFrame:
    """Images that were looked at and have no object, and those that failed with their `error`, as rows of sums."""
    if images.empty or "well" not in images.columns or "n_objects" not in images.columns:
        return pd.DataFrame()
    has_failed = images["status"] == "failed" if "status" in images.columns else pd.Series(False, index=images.index)
    read = images[has_failed | (images["n_objects"].fillna(-1) == 0)]
    blank = _identity(read, reading, []).assign(image_row=-1)
    blank["status"] = np.where(has_failed[read.index], "failed_image", "blank_image")
    blank["error"] = read["error"].fillna("").astype(str) if "error" in read.columns else ""
    if has_times and "time_h" in read.columns:
        # the first hour is not that of whatever has none
        blank["time_h"] = blank["time_h"].where(read["time_h"].notna())
    blank = blank[blank["well"].map(is_well) | (blank["status"] == "failed_image")]
    sums = {name: 0.0 if name == "total" else np.nan if "largest" in name or name == "variance" else 0 for name in SUMS}
    return blank.assign(**sums)


def ratio_means(observations: Observations, name: str) -> pd.DataFrame:
    """plate, well, time_h and `value`: the mean of one of `image_sums.RATIOS` over a well's objects; wells that have it."""
    assert name in RATIOS
    images = observations.counted
    known = (
        images[images[f"{name}_n"] > 0].groupby(KEYS, sort=False, observed=True)[[f"{name}_total", f"{name}_n"]].sum()
    )
    return (known[f"{name}_total"] / known[f"{name}_n"]).rename("value").reset_index()
