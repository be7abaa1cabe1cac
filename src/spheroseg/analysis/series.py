"""Series over time: a well's size at each time, and which object is which from one time to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from spheroseg.analysis.observations import KEYS, Observations
from spheroseg.errors import ParameterError
from spheroseg.kernels.compilation import compiled

Floats = NDArray[np.float64]
Correction = tuple[str, str, float, int, int]
"""(plate, well, time_h, label, series): what a person says of an object."""
PerWell = Literal["mean", "sum", "median", "largest"]
PER_WELL: tuple[PerWell, ...] = ("mean", "sum", "median", "largest")
_MOST_STEP = 1.5  # diameters an object moves at most between two times


def well_series(
    observations: Observations, *, per_well: PerWell = "mean", baseline_h: dict[tuple[str, str], float] | None = None
) -> pd.DataFrame:
    """A well's size at each time.

    Args:
        observations: the objects.
        per_well: what several objects of a well make: their mean, sum, median or the largest of them.
        baseline_h: hours of the time that relative sizes refer to, by (plate, well): the last time that is not later;
            wells without an entry start at their first time.

    Returns:
        One row a well and time, sorted: plate, well, time_h, size, n_objects, outline_relative_sd (of the size, by the
        outlines; NaN where unknown), relative_size (NaN without a baseline above 0), interval_rate_per_day (ln of the
        ratio to the time before, a day; NaN for the first and for sizes of 0).

    Raises:
        ParameterError: `per_well` is not known.
    """
    if per_well not in PER_WELL:
        raise ParameterError(
            f"several objects of a well are taken together as {', '.join(PER_WELL)}; not as {per_well!r}"
        )
    images = observations.counted
    grouped = images.groupby(KEYS, sort=True, observed=True)
    summed = grouped[["total", "n_objects"]].sum()
    size = _together(observations, summed, grouped["largest"].max(), per_well)
    series = size.to_frame("size").assign(n_objects=summed["n_objects"])
    if per_well == "largest":
        variance = images.loc[grouped["largest"].idxmax(), "largest_variance"].to_numpy(np.float64)
    else:
        variance = grouped["variance"].sum(min_count=1).to_numpy(np.float64)
    divisor = series["n_objects"].to_numpy() if per_well in {"mean", "median"} else 1
    with np.errstate(invalid="ignore", divide="ignore"):
        series["outline_relative_sd"] = np.sqrt(variance) / divisor / series["size"].to_numpy()
    series = series.reset_index()
    by_well = series.groupby(["plate", "well"], sort=False)
    first = by_well["time_h"].transform("min")
    if baseline_h:
        wanted = pd.Series(
            [baseline_h.get(key, np.nan) for key in zip(series["plate"], series["well"], strict=True)],
            index=series.index,
        ).fillna(first)
    else:
        wanted = first
    before = series[series["time_h"] <= wanted + 1e-9]
    base = before.groupby(["plate", "well"], sort=False)["size"].last().rename("base")
    base_size = series.merge(base.reset_index(), on=["plate", "well"], how="left")["base"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        series["relative_size"] = np.where(base_size > 0, series["size"].to_numpy() / base_size, np.nan)
        log_size = np.log(series["size"].where(series["size"] > 0))
    steps = series.assign(log_size=log_size).groupby(["plate", "well"], sort=False)[["log_size", "time_h"]].diff()
    series["interval_rate_per_day"] = steps["log_size"] / (steps["time_h"] / 24)
    return series


def _together(
    observations: Observations, summed: pd.DataFrame, largest: pd.Series[float], per_well: PerWell
) -> pd.Series[float]:
    if per_well == "median":
        if observations.objects.empty and len(summed):
            raise ParameterError("the objects were not kept, and a median needs each of them (Reading.keep_objects)")
        return observations.objects.groupby(KEYS, sort=True, observed=True)["size"].median()
    if per_well == "largest":
        return largest
    total: pd.Series[float] = summed["total"]
    return total / summed["n_objects"] if per_well == "mean" else total


def link(observations: Observations, corrections: Sequence[Correction] = ()) -> NDArray[np.int64]:
    """The series of each object: one number from its first time to its last, 1… within a well.

    From one time to the next, two objects belong together when each overlaps the other most (as discs of their sizes);
    what is left over is assigned so that the summed distance is least, up to 1.5 diameters. One object at both times is
    linked at once. An object without a partner ends or begins a series.

    Args:
        observations: objects with centroids where a well has several at once.
        corrections: (plate, well, time_h, label, series): what a person says; later times follow.

    Returns:
        (n,) series numbers in the order of `observations.objects`.

    Raises:
        ParameterError: several objects at once have no centroids, or a correction names no object.
    """
    objects = observations.objects.reset_index(drop=True)
    order = objects.sort_values([*KEYS], kind="stable").index.to_numpy()
    table = objects.loc[order]
    diameter = _diameters(table["size"].to_numpy(np.float64), observations.size)
    well = table.groupby(["plate", "well"], sort=False).ngroup().to_numpy()
    frame_of = table.groupby(KEYS, sort=False).ngroup().to_numpy()
    starts = np.flatnonzero(np.diff(frame_of, prepend=-1))
    ends = np.append(starts[1:], len(table))
    x, y = table["x"].to_numpy(np.float64), table["y"].to_numpy(np.float64)
    crowded = ends - starts > 1
    lost = crowded & np.array([not np.isfinite(x[a:b]).all() for a, b in zip(starts, ends, strict=True)])
    if lost.any():
        row = table.iloc[starts[np.flatnonzero(lost)[0]]]
        raise ParameterError(
            f"{row['well']} has several objects at {row['time_h']:g} h and no centroids to link them by"
        )
    numbers: dict[tuple[str, str, float, int], int] = {
        (p, w, round(t, 6), label): number for p, w, t, label, number in corrections
    }
    forced = np.zeros(len(table), np.int64)
    if numbers:
        keys = zip(table["plate"], table["well"], table["time_h"].round(6), table["label"], strict=True)
        forced = np.array([numbers.pop((p, w, float(t), int(label)), 0) for p, w, t, label in keys], np.int64)
        if numbers:
            plate, name, time_h, label = next(iter(numbers))
            raise ParameterError(
                f"a corrected link names object {label} of {f'{plate} {name}'.strip()} at {time_h:g} h; there is none"
            )
    number = np.zeros(len(table), np.int64)
    highest = 0
    for at in range(len(starts)):
        a, b = int(starts[at]), int(ends[at])
        new_well = at == 0 or well[a] != well[starts[at - 1]]
        if new_well:
            highest = 0
        partner = np.full(b - a, -1, np.int64)
        if not new_well:
            c, d = int(starts[at - 1]), a
            partner = _partners(x[c:d], y[c:d], diameter[c:d], x[a:b], y[a:b], diameter[a:b])
            number[a:b] = np.where(partner >= 0, number[c:d][partner], 0)
        for index in range(a, b):
            if forced[index]:
                number[a:b][number[a:b] == forced[index]] = 0  # a number is one object's; who had it begins anew
                number[index] = forced[index]
        highest = max(highest, int(number[a:b].max(initial=0)))
        fresh = np.flatnonzero(number[a:b] == 0)
        number[a + fresh] = highest + 1 + np.arange(len(fresh))
        highest += len(fresh)
    result = np.empty(len(table), np.int64)
    result[order] = number
    return result


def _diameters(sizes: NDArray[np.float64], size: str) -> NDArray[np.float64]:
    """Relative diameters of discs; only ratios to distances in the same unit matter."""
    if size == "volume":
        return np.cbrt(6 * sizes / np.pi)
    return np.sqrt(4 * sizes / np.pi) if size == "area" else sizes


def _partners(
    x0: NDArray[np.float64], y0: NDArray[np.float64], d0: NDArray[np.float64],
    x1: NDArray[np.float64], y1: NDArray[np.float64], d1: NDArray[np.float64],
) -> NDArray[np.int64]:  # fmt: skip
    """For each later object the index of its earlier self, -1 for none."""
    if len(x0) == 1 and len(x1) == 1:
        return np.zeros(1, np.int64)
    partner = np.asarray(_mutual(x0, y0, d0, x1, y1, d1))
    later, earlier = np.flatnonzero(partner < 0), np.setdiff1d(np.arange(len(x0)), partner)
    if len(later) and len(earlier):
        distance = np.hypot(x1[later, None] - x0[earlier], y1[later, None] - y0[earlier])
        reach = _MOST_STEP * np.maximum(d1[later, None], d0[earlier])
        rows, columns = linear_sum_assignment(np.where(distance <= reach, distance, 1e12))
        near = distance[rows, columns] <= reach[rows, columns]
        partner[later[rows[near]]] = earlier[columns[near]]
    return partner


@compiled
def _mutual(x0: Floats, y0: Floats, d0: Floats, x1: Floats, y1: Floats, d1: Floats) -> NDArray[np.int64]:
    """Partners that overlap each other most, by (r0 + r1 − distance)/(smaller diameter)."""
    n0, n1 = len(x0), len(x1)
    best0 = np.full(n0, -1, np.int64)
    score0 = np.zeros(n0)
    best1 = np.full(n1, -1, np.int64)
    for j in range(n1):
        score1 = 0.0
        for i in range(n0):
            gap = (d0[i] + d1[j]) / 2 - np.sqrt((x0[i] - x1[j]) ** 2 + (y0[i] - y1[j]) ** 2)
            if gap > 0:
                score = gap / min(d0[i], d1[j])
                if score > score1:
                    score1 = score
                    best1[j] = i
                if score > score0[i]:
                    score0[i] = score
                    best0[i] = j
    for j in range(n1):
        if best1[j] >= 0 and best0[best1[j]] != j:
            best1[j] = -1
    return best1
