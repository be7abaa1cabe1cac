"""From sizes and a layout to conclusions: everything that `spheroseg analyse` and the service say about a plate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from spheroseg.analysis.assay_quality import edge_effect, z_prime
from spheroseg.analysis.combination import combination
from spheroseg.analysis.comparison import compare_groups
from spheroseg.analysis.conditions import Wells, compound_wells, join, last_common_hour, plate_table, response_at
from spheroseg.analysis.curves import condition_curves
from spheroseg.analysis.dose_response import DoseResponse
from spheroseg.analysis.growth import REASONS as GROWTH_REASONS
from spheroseg.analysis.growth import Window, growth_rates
from spheroseg.analysis.influence import OUTLINE_REACH, image_influence
from spheroseg.analysis.layout import Layout, named
from spheroseg.analysis.observations import Observations, reason_lines
from spheroseg.analysis.responses import compound_response, log_ratios
from spheroseg.analysis.series import PerWell, well_series
from spheroseg.analysis.survival import regrowth_times
from spheroseg.errors import ParameterError

Response = Literal["volume", "area", "diameter", "growth-rate"]
_PLACE = ["plate", "well"]
RESPONSES: tuple[Response, ...] = ("volume", "area", "diameter", "growth-rate")


@dataclass(frozen=True, slots=True)
class Options:
    """How a plate is analysed.

    Attributes:
        response: the wells' response: size at `time_h`, or growth rate over the first window.
        time_h: hour of the response; None for the last one of at least half of the wells.
        relative: respond with the size relative to the baseline (treatment, else first time).
        per_well: what several objects of a well make.
        windows: named hours for growth rates.
        regrowth_factor: a spheroid is no longer controlled at this multiple of its size at treatment; None: not asked.
    """

    response: Response = "volume"
    time_h: float | None = None
    relative: bool = False
    per_well: PerWell = "mean"
    windows: Sequence[Window] = (Window(),)
    regrowth_factor: float | None = None

    def __post_init__(self) -> None:
        if self.response not in RESPONSES:
            raise ParameterError(f"the response is {', '.join(RESPONSES)}; not {self.response!r}")
        if not self.windows:
            raise ParameterError("at least one window for growth rates is needed")
        names = [window.name for window in self.windows]
        doubled = [name for name in names if names.count(name) > 1]
        if doubled:
            raise ParameterError(f"two windows are called {doubled[0]}; give each its own name, as in early=0:48")


@dataclass(frozen=True, eq=False)
class Experiment:
    """The conclusions. Tables are described in docs/reference/analysis.md.

    Attributes:
        options: how it was analysed.
        observations: the sizes, and what was left out.
        wells: conditions.
        series: size of each well at each time.
        growth: one row a well and window.
        plate: one row a well: the response and whether it counts.
        dose_response: one row a compound.
        quality: one row a plate and cell line: Z′, robust Z′, edge effect.
        comparison: one row a condition, against the untreated wells.
        influence: one row an image: how far its outline can move the IC50.
        combinations: one row a pair of doses.
        regrowth: one row a well; empty where not asked.
        fits: the curves by (plate, cell line, compound).
        response_name: "volume at 96 h".
        response_unit: "µm³", "1/day", "" for relative sizes.
        time_h: hour of the response; NaN for growth rates.
        notes: what a person should know.
    """

    options: Options
    observations: Observations
    wells: Wells
    series: pd.DataFrame
    growth: pd.DataFrame
    plate: pd.DataFrame
    dose_response: pd.DataFrame
    quality: pd.DataFrame
    comparison: pd.DataFrame
    influence: pd.DataFrame
    combinations: pd.DataFrame
    regrowth: pd.DataFrame
    fits: dict[tuple[str, str, str], DoseResponse]
    response_name: str
    response_unit: str
    time_h: float
    notes: tuple[str, ...]

    @cached_property
    def curves(self) -> pd.DataFrame:
        """Mean of each condition at each time, made when somebody asks for it."""
        return condition_curves(self.series, self.plate, self.observations)


def analyse(observations: Observations, layout: Layout, options: Options = Options()) -> Experiment:
    """Draw all conclusions.

    Args:
        observations: sizes of objects; for a growth rate of volume, area or diameter as they were read.
        layout: conditions.
        options: how.

    Raises:
        ParameterError: nothing can be concluded: no common well, no image at that time.
    """
    if observations.counted.empty:
        reasons = [*observations.notes, *reason_lines(observations.exclusions)]
        raise ParameterError("; ".join(dict.fromkeys(["no size counts", *reasons])))
    wells = join(observations, layout)
    treatment = wells.treatment_h
    series = well_series(observations, per_well=options.per_well, baseline_h=treatment)
    growth = pd.concat([growth_rates(series, window, treatment) for window in options.windows], ignore_index=True)
    notes = [*observations.notes, *layout.notes, *wells.notes]
    if options.response == "growth-rate":
        of_window = growth[growth["window"] == options.windows[0].name]
        response = of_window[["plate", "well"]].assign(
            time_h=np.nan, n_objects=np.nan, response=of_window["growth_rate_per_day"],
            response_outline_sd=of_window["growth_rate_outline_sd_per_day"],
        )  # fmt: skip
        hour, unit = float("nan"), "1/day"
        name = f"growth rate of {observations.size}, window {options.windows[0].name}"
    else:
        if options.response != observations.size:
            raise ParameterError(f"the sizes are those of {observations.size}, not of {options.response}")
        hour, note = (options.time_h, "") if options.time_h is not None else last_common_hour(series)
        notes += [note] if note else []
        response = response_at(series, hour, relative=options.relative)
        unit = "" if options.relative else observations.unit
        name = f"{'relative ' if options.relative else ''}{observations.size} at {hour:g} h"
    several = int((series["n_objects"] > 1).sum())
    if several:
        notes.append(
            f"several objects at once in {several} of {len(series)} wells and times: their {options.per_well} is the well's size"
        )
    if len(observations.times_h) == 1:
        notes.append("one time only: no growth")
    notes += _absent_hours(observations.times_h, options.windows)
    gaps = growth.loc[growth["reasons"].str.contains("time_gap"), "well"].tolist()
    if gaps:
        notes.append(f"{GROWTH_REASONS['time_gap']} in {named(gaps)}")
    outside = series[~pd.MultiIndex.from_frame(series[_PLACE]).isin(pd.MultiIndex.from_frame(growth[_PLACE]))]
    if len(outside):
        notes.append(f"no time of {named(outside['well'].tolist())} lies in a window: no growth rate")
    baseless = series.groupby("well")["relative_size"].count() == 0
    if options.relative and baseless.any():
        notes.append(
            f"no size above 0 at or before the treatment (or first time) in {named(baseless[baseless].index.tolist())}: no relative size"
        )
    plate = plate_table(wells, response, observations)
    without = plate.loc[plate["status"] == "no_response", "well"].tolist()
    if without and options.response != "growth-rate":
        notes.append(f"no {name} of {named(without)}, which have sizes at other times")
    if not plate["status"].isin(["used", "no_condition"]).any():
        notes.append(f"no well has a value of the {name}: no conclusions")
    plate["gr_rate_per_day"] = log_ratios(series, plate, treatment)
    fits, rows = {}, []
    groups = dict(compound_wells(plate))
    for key, group in groups.items():
        fit, row = compound_response(group, plate, key)
        fits[key] = fit
        rows.append(row)
    if not rows:
        notes.append("no well that counts has a compound with a dose above 0: no dose–response")
    if not (plate.loc[plate["status"] == "used", "control"] == "negative").any():
        notes.append("no negative control in the layout has a value: responses are relative to nothing")
    named_growth = growth.merge(
        plate[["plate", "well", "condition", "compound", "dose", "dose_unit", "cell_line", "control"]],
        on=["plate", "well"],
        how="left",
    )
    influence = image_influence(observations, groups, fits, response=options.response, window=options.windows[0])
    table = (
        pd.DataFrame(rows).assign(response=name, response_unit=unit, time_h=hour)
        if rows
        else pd.DataFrame(columns=["compound"])
    )
    if rows:
        table = _with_outlines(table, influence)
    return Experiment(
        options=options, observations=observations, wells=wells, series=series, growth=named_growth, plate=plate,
        dose_response=table, quality=_quality(plate),
        comparison=_comparison(plate), influence=influence, combinations=_combinations(plate, notes),
        regrowth=_regrowth(series, plate, options, treatment), fits=fits, response_name=name, response_unit=unit, time_h=hour,
        notes=tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def _absent_hours(times_h: Sequence[float], windows: Sequence[Window]) -> list[str]:
    """Hours that a window leaves out and that nothing was imaged at: a slip that changes nothing."""
    absent = {
        window.name: [f"{hour:g}" for hour in window.without_h if not np.isclose(times_h, hour).any()]
        for window in windows
    }
    return [
        f"the window {name} leaves out {', '.join(hours)} h, where no size is"
        for name, hours in absent.items()
        if hours
    ]


def _with_outlines(table: pd.DataFrame, influence: pd.DataFrame) -> pd.DataFrame:
    """By which factor the outlines alone leave each IC50 open, whether looking at them can still change it, and how many to look at."""
    keys = ["plate", "cell_line", "compound"]
    if influence.empty:
        return table.assign(ic50_outline_factor=np.nan, review_can_change=None, n_to_review=None)
    images = influence.assign(square=influence["log10_ic50_sd"] ** 2, is_due=influence["can_change"].eq(True))
    by_compound = images.groupby(keys, sort=False)
    summed = by_compound["is_due"].sum().to_frame("n_to_review")
    summed["spread"] = by_compound["square"].sum(min_count=1)
    summed["review_can_change"] = by_compound["can_change"].first()  # the first image and all after it: everything
    merged = table[keys].merge(summed.reset_index(), on=keys, how="left")
    known = merged["review_can_change"].notna()
    return table.assign(
        ic50_outline_factor=(10 ** (OUTLINE_REACH * np.sqrt(merged["spread"]))).to_numpy(),
        review_can_change=merged["review_can_change"].astype(object).where(known, None).to_numpy(),
        n_to_review=merged["n_to_review"].astype("Int64").where(known).to_numpy(),
    )


def _quality(plate: pd.DataFrame) -> pd.DataFrame:
    used = plate[plate["status"].isin(["used", "no_condition"])]
    rows = []
    for (name, line), wells in used[used["in_layout"]].groupby(["plate", "cell_line"], sort=True):
        z = z_prime(
            wells.loc[wells["control"] == "negative", "response"].to_numpy(np.float64),
            wells.loc[wells["control"] == "positive", "response"].to_numpy(np.float64),
        )
        edge = edge_effect(wells["well"].tolist(), wells["condition"].tolist(), wells["response"].to_numpy(np.float64))
        rows.append(
            {"plate": name, "cell_line": line, "z_prime": z.z_prime, "robust_z_prime": z.robust_z_prime, "n_negative": z.n_negative,
             "n_positive": z.n_positive, "z_reason": z.reason, "edge_ratio": edge.ratio, "edge_low": edge.low, "edge_high": edge.high,
             "edge_p": edge.p, "n_edge": edge.n_edge, "n_inner": edge.n_inner, "edge_reason": edge.reason}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _comparison(plate: pd.DataFrame) -> pd.DataFrame:
    tables = []
    used = plate[(plate["status"] == "used") & (plate["control"] != "blank")]
    for (name, line), wells in used.groupby(["plate", "cell_line"], sort=True):
        groups = {
            str(condition): part["response"].to_numpy(np.float64)
            for condition, part in wells.groupby("condition", sort=False)
        }
        control = next((c for c in groups if c == "untreated" or c.startswith("untreated, ")), None)
        if control is not None and len(groups) > 1:
            tables.append(compare_groups(groups, control).assign(plate=str(name), cell_line=str(line)))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _combinations(plate: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    used = plate[plate["status"] == "used"]
    tables = []
    pairs = used[(used["dose"] > 0) & (used["dose_2"] > 0)]
    done: set[tuple[str, str, frozenset[str]]] = set()
    for pair, _ in pairs.groupby(["plate", "cell_line", "compound", "compound_2"], sort=True):
        name, line, first, second = map(str, pair)
        if (name, line, frozenset((first, second))) in done:  # the other way round in some wells
            continue
        done.add((name, line, frozenset((first, second))))
        here = used[(used["plate"] == name) & (used["cell_line"] == line)]
        a = _dose_of(here, first)
        b = _dose_of(here, second)
        only = (here["control"] == "negative") | ((a + b > 0) & _only(here, {first, second}))
        try:
            excess = combination(
                a[only].to_numpy(), b[only].to_numpy(), here.loc[only, "response"].to_numpy(np.float64)
            )
        except ParameterError as error:
            notes.append(f"{first} + {second}: {error}")
            continue
        tables.append(excess.assign(plate=name, cell_line=line, compound=first, compound_2=second))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _dose_of(wells: pd.DataFrame, compound: str) -> pd.Series[float]:
    first = wells["dose"].where((wells["compound"] == compound) & (wells["control"] == ""), 0.0).fillna(0.0)
    return first + wells["dose_2"].where(wells["compound_2"] == compound, 0.0).fillna(0.0)


def _only(wells: pd.DataFrame, compounds: set[str]) -> pd.Series[bool]:
    fine = wells["control"] == ""
    for suffix in ("", "_2"):
        fine &= wells[f"compound{suffix}"].isin(compounds) | ~(wells[f"dose{suffix}"] > 0)
    return fine


def _regrowth(
    series: pd.DataFrame, plate: pd.DataFrame, options: Options, treatment: dict[tuple[str, str], float]
) -> pd.DataFrame:
    if options.regrowth_factor is None:
        return pd.DataFrame()
    times = regrowth_times(series, options.regrowth_factor, treatment)
    return times.merge(
        plate[["plate", "well", "condition", "compound", "dose", "cell_line"]], on=["plate", "well"], how="left"
    )
