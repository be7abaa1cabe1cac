"""Wells, their conditions and their response: what the conclusions are drawn from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from spheroseg.analysis.layout import Layout, named
from spheroseg.analysis.observations import REASONS, Observations
from spheroseg.analysis.plate import smallest_plate
from spheroseg.errors import ParameterError
from spheroseg.imaging.filenames import parse_well

Place = tuple[str, str]
_OF_A_GROUP = (
    "plate", "well", "time_h", "cell_line", "compound", "dose", "dose_unit", "control", "response", "gr_rate_per_day",
)  # fmt: skip
_AS_FIRST = {"compound_2": "compound", "dose_2": "dose", "dose_unit_2": "dose_unit"}
TIME_TOLERANCE_H = 0.5  # wells of one reading are imaged minutes apart


@dataclass(frozen=True, slots=True, eq=False)
class Wells:
    """Every well that is named by the layout or seen in the data.

    Attributes:
        table: one row a well: plate, well, row, column, ring (0 is the plate's edge), the layout's columns, in_layout,
            excluded (reason or ""), condition (`condition_names`). Nobody changes it: another analysis may get it too.
        notes: unknown, missing and unnamed wells.
    """

    table: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def treatment_h(self) -> dict[Place, float]:
        """Hour of treatment of the wells whose layout says it."""
        known = self.table[self.table["treatment_time_h"].notna()]
        return dict(
            zip(zip(known["plate"], known["well"], strict=True), known["treatment_time_h"].astype(float), strict=True)
        )


def join(observations: Observations, layout: Layout) -> Wells:
    """The wells of layout and data together.

    Rows without a plate's name describe every plate, but for wells that have a row with its name. A well that it does not name has no condition and is never a
    control.

    Raises:
        ParameterError: layout and data have no well in common, or name plates that differ.
    """
    return _joined(
        layout, tuple(dict.fromkeys(zip(observations.images["plate"], observations.images["well"], strict=True)))
    )


# a person who looks at a plate mends outlines; which wells there are and what is in them stays as it is
@lru_cache(maxsize=8)
def _joined(layout: Layout, places: tuple[Place, ...]) -> Wells:
    seen = pd.DataFrame(places, columns=["plate", "well"], dtype=object)
    plates = sorted(set(seen["plate"]))
    named_plates = set(layout.wells["plate"]) - {""}
    everywhere, own = layout.wells[layout.wells["plate"] == ""], layout.wells[layout.wells["plate"] != ""]
    if plates == [""] and len(named_plates) == 1:
        own = own.assign(plate="")
    elif everywhere.empty and not named_plates & set(plates):
        raise ParameterError(
            f"the layout is of plate {named(sorted(named_plates))}, the data of {named(plates) or 'none'}"
        )
    described = pd.concat([own, *(everywhere.assign(plate=plate) for plate in plates)], ignore_index=True)
    described = described.drop_duplicates(["plate", "well"])  # what is said of a plate's own well counts
    table = described.merge(seen.assign(seen=True), on=["plate", "well"], how="outer", indicator=True)
    table["in_layout"] = table["_merge"] != "right_only"
    in_data = table["_merge"] != "left_only"
    if not (table["in_layout"] & in_data).any():
        raise ParameterError(
            f"no well of the layout ({named(sorted(set(described['well'])))}) is in the data ({named(sorted(set(seen['well'])))})"
        )
    text = table.columns.difference(["dose", "dose_2", "treatment_time_h", "seen", "_merge", "in_layout"])
    table[text] = table[text].fillna("")
    at = table["well"].map(parse_well)
    table["row"], table["column"] = at.str[1], at.str[2]
    for _, wells in table.groupby("plate", sort=False):
        plate = smallest_plate(wells["well"])
        table.loc[wells.index, "ring"] = [plate.ring(well) for well in wells["well"]]
    notes = []
    unknown = table.loc[~table["in_layout"], "well"].tolist()
    if unknown:
        notes.append(f"the layout does not name {named(unknown)}: no condition, and never a control")
    missing = table.loc[~in_data, "well"].tolist()
    if missing:
        notes.append(f"the layout names {named(missing)}, which have no image")
    table = table.drop(columns=["_merge", "seen"]).sort_values(["plate", "row", "column"]).reset_index(drop=True)
    table["condition"] = condition_names(table)
    return Wells(table, tuple(notes))


def last_common_hour(series: pd.DataFrame) -> tuple[float, str]:
    """The last time at which at least half of the wells have a size, and what there is to say of it.

    A single image that was taken later must not take the response from all other wells.

    Args:
        series: as `well_series` gives it.
    """
    times_h = series["time_h"]

    def n_wells(rows: pd.Series[bool]) -> int:
        return len(series.loc[rows, ["plate", "well"]].drop_duplicates())

    n_all = n_wells(times_h.notna())
    latest = np.sort(times_h.unique())[::-1]
    common = (hour for hour in latest if 2 * n_wells((times_h - hour).abs() <= TIME_TOLERANCE_H) >= n_all)
    hour = float(next(common, latest[0]))
    n_later = n_wells(times_h > hour + TIME_TOLERANCE_H)
    if not n_later:
        return hour, ""
    note = f"the response is that at {hour:g} h, the last time of at least half of the wells; {n_later} of {n_all} wells have later ones"
    return hour, note


def response_at(series: pd.DataFrame, hour: float, *, relative: bool) -> pd.DataFrame:
    """Each well's size at one time.

    Args:
        series: as `well_series` gives it.
        hour: the time.
        relative: the size relative to the baseline instead.

    Returns:
        plate, well, time_h, response, response_outline_sd, n_objects.

    Raises:
        ParameterError: no well has a size within half an hour of that time.
    """
    times = np.sort(series["time_h"].unique())
    near = series[(series["time_h"] - hour).abs() <= TIME_TOLERANCE_H]
    if near.empty:
        listed = ", ".join(f"{time:g}" for time in times[:12]) + (" …" if len(times) > 12 else "")
        raise ParameterError(f"no image was taken at {hour:g} h; there are {listed} h")
    near = (
        near.assign(distance=(near["time_h"] - hour).abs()).sort_values("distance").drop_duplicates(["plate", "well"])
    )
    response = near["relative_size" if relative else "size"]
    return near[["plate", "well", "time_h", "n_objects"]].assign(
        response=response, response_outline_sd=response * near["outline_relative_sd"]
    )


def plate_table(wells: Wells, response: pd.DataFrame, observations: Observations) -> pd.DataFrame:
    """One row a well: conditions, response and why a well does not count.

    Returns:
        The columns of `Wells.table`, those of `response`, `status` ("used", "no_condition", "excluded", or a reason of
        `observations.REASONS`, "no_image", "no_response": it has sizes, but not what was asked for), `relative_to_control` (response over the mean of the plate's untreated wells of
        the cell line), and of the images that the response is from (all of the well's where that is a growth rate) `n_images`,
        `n_reviewed` (accepted or excluded by a person) and `review`: "accepted", "excluded" or "unreviewed" where all are,
        "partly", "" where the table does not say.
    """
    table = wells.table.merge(response, on=["plate", "well"], how="left")
    why = observations.exclusions.drop_duplicates(["plate", "well"], keep="last")
    table = table.merge(why[["plate", "well", "reason"]], on=["plate", "well"], how="left")
    status = pd.Series("used", index=table.index)
    status[~table["in_layout"]] = "no_condition"
    valueless = table["response"].isna()
    seen = pd.MultiIndex.from_frame(table[["plate", "well"]]).isin(
        pd.MultiIndex.from_frame(observations.counted[["plate", "well"]])
    )
    unsaid = pd.Series(np.where(seen, "no_response", "no_image"), index=table.index)
    status[valueless] = table["reason"].where(table["reason"].isin(list(REASONS)), unsaid)[valueless]
    status[table["excluded"] != ""] = "excluded"
    table["status"] = status
    table.loc[status == "excluded", ["response", "response_outline_sd"]] = np.nan
    controls = table[(table["status"] == "used") & (table["control"] == "negative")]
    means = controls.groupby(["plate", "cell_line"])["response"].mean().rename("control_mean")
    table = table.merge(means.reset_index(), on=["plate", "cell_line"], how="left")
    table["relative_to_control"] = (table["response"] / table["control_mean"]).where(table["control_mean"] > 0)
    table = table.merge(_review(observations.images, response), on=["plate", "well"], how="left")
    table["review"] = table["review"].fillna("")
    table[["n_images", "n_reviewed"]] = table[["n_images", "n_reviewed"]].fillna(0).astype(int)
    return table.drop(columns=["reason", "control_mean"])


def _review(images: pd.DataFrame, response: pd.DataFrame) -> pd.DataFrame:
    """plate, well, n_images, n_reviewed, review of the images that each well's response is from."""
    hours = response["time_h"].dropna()
    if len(hours):
        near = images["time_h"].sub(hours.median()).abs() <= TIME_TOLERANCE_H
        at = images[near | images["time_h"].isin(hours)].merge(
            response[["plate", "well", "time_h"]].rename(columns={"time_h": "at_h"}), on=["plate", "well"], how="left"
        )
        near = (at["time_h"] - at["at_h"].fillna(hours.median())).abs()  # wells whose only image was excluded
        at = at[(near < 1e-9) | (at["at_h"].isna() & (near <= TIME_TOLERANCE_H))]
    else:
        at = images
    states = ["", "accepted", "excluded", "unreviewed"]
    in_state = at.assign(**{state: at["review"] == state for state in states})
    kinds = in_state.groupby(["plate", "well"])[states].sum()
    n = kinds.sum(axis=1)
    review = pd.Series("partly", index=kinds.index)
    for state in kinds.columns:
        review[kinds[state] == n] = state
    table = pd.DataFrame({"n_images": n, "n_reviewed": kinds["accepted"] + kinds["excluded"], "review": review})
    return table.reset_index()


def condition_names(table: pd.DataFrame) -> pd.Series[str]:
    """What is in each well in a few words: "cisplatin 3 µM, HT-29"; "untreated" for negative controls; "" for none."""

    def name(row: Mapping[Hashable, Any]) -> str:
        if not row["in_layout"]:
            return ""
        control = {"negative": "untreated", "positive": "killing control", "blank": "blank"}.get(str(row["control"]))
        parts = []
        for suffix in ("", "_2"):
            dose = float(row[f"dose{suffix}"])
            if row[f"compound{suffix}"] and dose > 0:
                parts.append(f"{row[f'compound{suffix}']} {dose:g} {row[f'dose_unit{suffix}']}".strip())
        treated = (
            control or " + ".join(parts) or ("untreated" if row["dose"] == 0 else str(row["compound"]) or "no compound")
        )
        return f"{treated}, {row['cell_line']}" if row["cell_line"] else treated

    return pd.Series([name(row) for row in table.to_dict("records")], index=table.index, dtype=object)


def compound_wells(table: pd.DataFrame) -> list[tuple[tuple[str, str, str], pd.DataFrame]]:
    """The wells of each compound with its controls: ((plate, cell line, compound), wells with a `dose`, 0 for controls).

    Controls are the plate's negative controls of the cell line (of no stated line where the plate has one line only) and
    the compound's own wells of dose 0. Wells with two compounds are left to `combination`; one that has the second alone
    is a well of that compound.
    """
    used = table[table["status"] == "used"]
    is_second = (used["dose_2"] > 0) & ~(used["dose"] > 0) & (used["control"] == "")
    alone = used[is_second].drop(columns=["compound", "dose", "dose_unit"]).rename(columns=_AS_FIRST)
    used = pd.concat([used[~(used["dose_2"] > 0)], alone]).sort_index()[[name for name in _OF_A_GROUP if name in table]]
    groups = []
    for plate, here in used.groupby("plate", sort=True):
        line, compound, control = (here[name].to_numpy(object) for name in ("cell_line", "compound", "control"))
        dose = here["dose"].to_numpy(np.float64)
        treated, negative, is_zero = (dose > 0) & (control == ""), control == "negative", (dose == 0) & (control == "")
        keys = sorted(set(zip(line[treated], compound[treated], strict=True)))
        is_one_line = len({of for of, _ in keys}) == 1
        for of_line, of_compound in keys:
            same = (line == of_line) | ((line == "") & is_one_line)
            controls = np.flatnonzero(same & (negative | (is_zero & (compound == of_compound))))
            wells = np.flatnonzero(treated & (line == of_line) & (compound == of_compound))
            group = here.iloc[np.concatenate([controls, wells])]
            group = group.assign(dose=np.concatenate([np.zeros(len(controls)), dose[wells]]))
            groups.append(((str(plate), str(of_line), str(of_compound)), group))
    return groups
