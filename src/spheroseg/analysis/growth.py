"""Growth: specific rates by regression of ln size on time, doubling times, and which law of growth fits."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from spheroseg.errors import ParameterError

Floats = NDArray[np.float64]

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "one_time": "fewer than two times with a size above 0 in the window: no rate",
        "two_times": "two times in the window: a rate without an interval",
        "rate_includes_0": "the rate's interval includes 0: no doubling time",
        "shrinking": "the size falls: no doubling time",
        "size_0": "sizes of 0 have no logarithm and are left out of the rate",
        "time_gap": "a gap between times is more than three times the usual one",
    }
)
MODELS = ("exponential", "logistic", "gompertz")
_HOUR = r"-?\d+(?:\.\d*)?"
_WINDOW = re.compile(rf"(?:([^=:!]+)=)?({_HOUR})?:({_HOUR})?(?:!({_HOUR}(?:,{_HOUR})*))?")
_PARAMETERS = {"exponential": 2, "logistic": 3, "gompertz": 3}


@dataclass(frozen=True, slots=True)
class Window:
    """Hours that a rate is taken over.

    Attributes:
        name: as it stands in the table.
        start_h: first hour that counts; None for each well's treatment, else its first time.
        end_h: last hour that counts; None for the last time.
        without_h: hours that do not count.
    """

    name: str = "all"
    start_h: float | None = None
    end_h: float | None = None
    without_h: tuple[float, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Window:
        """[NAME=]FROM:TO[!HOUR,HOUR…], as in "early=0:48" or "late=48:!72,96"; an end may be left open.

        Raises:
            ParameterError: the text is none of these.
        """
        match = _WINDOW.fullmatch(text.strip())
        if match is None:
            raise ParameterError(
                f"the window {text!r} makes no sense; write NAME=FROM:TO in hours, as in early=0:48, and hours that do not "
                "count behind a !, as in early=0:48!24"
            )
        start, end = (float(part) if part else None for part in match.group(2, 3))
        without = tuple(float(part) for part in (match[4] or "").split(",") if part)
        return cls((match[1] or text).strip(), start, end, without)

    def __post_init__(self) -> None:
        if self.start_h is not None and self.end_h is not None and self.end_h <= self.start_h:
            raise ParameterError(
                f"the window {self.name} ends at {self.end_h:g} h, before it begins at {self.start_h:g} h"
            )


def growth_rates(
    series: pd.DataFrame, window: Window = Window(), treatment_h: Mapping[tuple[str, str], float] | None = None
) -> pd.DataFrame:
    """Rate, doubling time and law of growth of each well.

    μ is the slope of ln size on time by least squares, its 95 % interval by Student's t with n − 2 degrees of freedom.
    Of area it is ⅔, of diameter ⅓ of that of volume.

    Args:
        series: as `well_series` gives it: plate, well, time_h, size, outline_relative_sd.
        window: hours that count.
        treatment_h: hour of treatment by (plate, well); the window begins there where it states no start.

    Returns:
        One row a well: window, start_h, end_h, n_times, growth_rate_per_day with _low and _high, r_squared,
        growth_rate_outline_sd_per_day (what the outlines alone leave open, 1 sd), doubling_time_h with _low and _high,
        model ("exponential", "logistic", "gompertz"), aicc_exponential, aicc_logistic, aicc_gompertz, plateau
        (of the model, in the size's unit; NaN for exponential) and reasons (keys of `REASONS`, joined by ";").
    """
    inside = _inside(series, window, treatment_h or {})
    wells = inside[["plate", "well"]].drop_duplicates()
    times, logs, spreads, zero = _matrices(inside, wells)
    known = np.isfinite(logs)
    n = known.sum(1)
    t = np.where(known, times[None, :], 0.0)
    y = np.where(known, logs, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        t_mean, y_mean = t.sum(1) / n, y.sum(1) / n
        t_off = np.where(known, times[None, :] - t_mean[:, None], 0.0)
        y_off = np.where(known, logs - y_mean[:, None], 0.0)
        square = (t_off**2).sum(1)
        slope = (t_off * y_off).sum(1) / square
        total = (y_off**2).sum(1)
        rss = np.maximum(total - slope**2 * square, 0.0)
        error = np.sqrt(rss / (n - 2) / square)
        half = np.where(n > 2, stats.t.ppf(0.975, np.maximum(n - 2, 1)) * error, np.nan)
        weights = t_off / square[:, None]
        outline = np.sqrt(np.where(known, (weights * spreads) ** 2, 0.0).sum(1))
        r_squared = np.where(total > 0, 1 - rss / total, np.nan)
    slope = np.where(n >= 2, slope, np.nan)
    low, high = slope - half, slope + half
    doubles = low > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        doubling = [np.where(doubles, np.log(2) / rate * 24, np.nan) for rate in (slope, high, low)]
    laws = _laws(times, logs, known, n, rss)
    result = wells.reset_index(drop=True).assign(
        window=window.name,
        start_h=np.where(n > 0, 24 * np.where(known, times[None, :], np.inf).min(1, initial=np.inf), np.nan),
        end_h=np.where(n > 0, 24 * np.where(known, times[None, :], -np.inf).max(1, initial=-np.inf), np.nan),
        n_times=n,
        growth_rate_per_day=slope,
        growth_rate_per_day_low=low,
        growth_rate_per_day_high=high,
        r_squared=r_squared,
        growth_rate_outline_sd_per_day=np.where(n >= 2, outline, np.nan),
        doubling_time_h=doubling[0],
        doubling_time_h_low=doubling[1],
        doubling_time_h_high=doubling[2],
        **laws,
    )
    with_gap = {
        row.tobytes(): _has_gap(times[row]) for row in np.unique(known, axis=0)
    }  # most wells have the same times
    result["reasons"] = [
        _reasons(int(count), float(lo), float(hi), int(zeros), has_gap=with_gap[row.tobytes()])
        for count, lo, hi, zeros, row in zip(n, low, high, zero, known, strict=True)
    ]
    return result


def _inside(series: pd.DataFrame, window: Window, treatment_h: Mapping[tuple[str, str], float]) -> pd.DataFrame:
    if series.empty:
        raise ParameterError("there are no sizes over time")
    if window.start_h is not None:
        start: pd.Series[float] | float = window.start_h
    elif treatment_h:
        wells = pd.Series(list(zip(series["plate"], series["well"], strict=True)), index=series.index)
        start = wells.map(lambda key: treatment_h.get(key, -np.inf)).astype(float)
    else:
        start = -np.inf
    inside = series[
        (series["time_h"] >= start) & (series["time_h"] <= (np.inf if window.end_h is None else window.end_h))
    ]
    for hour in window.without_h:
        inside = inside[~np.isclose(inside["time_h"], hour)]
    if inside.empty:
        begins = (
            f", which begins at the treatment ({np.max(start):g} h)" if window.start_h is None and treatment_h else ""
        )
        raise ParameterError(
            f"no time lies in the window {window.name}{begins}; the last one is {series['time_h'].max():g} h"
        )
    return inside


def _matrices(inside: pd.DataFrame, wells: pd.DataFrame) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    """Times in days, ln size and its outlines' sd as (wells, times), sizes of 0 a well."""
    hours, column = np.unique(inside["time_h"].to_numpy(np.float64), return_inverse=True)
    row = inside.groupby(["plate", "well"], sort=False).ngroup().to_numpy()
    size = inside["size"].to_numpy(np.float64)
    logs, spreads = np.full((len(wells), len(hours)), np.nan), np.full((len(wells), len(hours)), np.nan)
    positive = size > 0
    logs[row[positive], column[positive]] = np.log(size[positive])
    spreads[row, column] = inside["outline_relative_sd"].to_numpy(np.float64)
    return hours / 24, logs, spreads, np.bincount(row, ~positive, len(wells)).astype(np.int64)


def _has_gap(days: Floats) -> bool:
    gaps = np.diff(days)
    return len(gaps) > 2 and bool(gaps.max() > 3 * np.median(gaps))


def _reasons(n: int, low: float, high: float, zeros: int, *, has_gap: bool) -> str:
    found = []
    if zeros:
        found.append("size_0")
    if n < 2:
        found.append("one_time")
    elif n == 2:
        found.append("two_times")
    elif high < 0:
        found.append("shrinking")
    elif low <= 0:
        found.append("rate_includes_0")
    if has_gap:
        found.append("time_gap")
    return ";".join(found)


def _laws(
    times: Floats, logs: Floats, known: NDArray[np.bool_], n: NDArray[np.int64], exponential_rss: Floats
) -> dict[str, Floats | list[str]]:
    """AICc of each law on ln size, the best one's name and its plateau."""
    gompertz, gompertz_log_plateau, logistic, logistic_log_plateau = _bent(times, logs, known, n)
    aicc = {}
    for name, rss in (("exponential", exponential_rss), ("logistic", logistic), ("gompertz", gompertz)):
        k = _PARAMETERS[name] + 1
        free = n - k - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            value = n * np.log(np.maximum(rss, 1e-18 * n) / n) + 2 * k + 2 * k * (k + 1) / free
        aicc[name] = np.where((free > 0) & np.isfinite(rss), value, np.nan)
    stacked = np.stack([np.where(np.isfinite(aicc[name]), aicc[name], np.inf) for name in MODELS])
    best = stacked.argmin(0)
    some = np.isfinite(stacked.min(0))
    with np.errstate(over="ignore"):
        plateaus = np.stack([np.full(len(n), np.nan), np.exp(logistic_log_plateau), np.exp(gompertz_log_plateau)])
    names = [MODELS[int(index)] if fine else "" for index, fine in zip(best, some, strict=True)]
    plateau = np.where(some, np.take_along_axis(plateaus, best[None], 0)[0], np.nan)
    return {"model": names, **{f"aicc_{name}": aicc[name] for name in MODELS}, "plateau": plateau}


_FITTED: OrderedDict[bytes, tuple[float, ...]] = OrderedDict()
_MOST_FITTED = 20_000
"""Wells whose bent laws are kept: a person who looks at a plate changes a well at a time."""


def _bent(times: Floats, logs: Floats, known: NDArray[np.bool_], n: NDArray[np.int64]) -> Floats:
    """(4, wells): RSS and ln K of the Gompertz law, then of the logistic one; wells that were fitted before are not again."""
    at = times.tobytes()
    keys = [blake2b(at + row.tobytes(), digest_size=16).digest() for row in logs]
    found = {key: fit for key in keys if (fit := _FITTED.get(key)) is not None}
    due = [index for index, key in enumerate(keys) if key not in found]
    if due:
        y, there, count = np.where(known, logs, 0.0)[due], known[due], n[due]
        fits = np.stack([*_gompertz(times, y, there, count), *_logistic(times, y, there, count)], axis=1)
        fresh = {keys[index]: tuple(fit) for index, fit in zip(due, fits.tolist(), strict=True)}
        found |= fresh
        _FITTED.update(fresh)
        while len(_FITTED) > _MOST_FITTED:
            _FITTED.popitem(last=False)
    return np.array([found[key] for key in keys]).T


def _gompertz(times: Floats, y: Floats, known: NDArray[np.bool_], n: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Ln V = ln K − b·exp(−c·t), b ≥ 0: linear in ln K and b; c is searched on a grid that is narrowed four times."""
    best_rss, best_log_k = np.full(len(y), np.inf), np.full(len(y), np.nan)
    span = float(np.ptp(times)) or 1.0
    centre = np.zeros(len(y))
    width = np.log(1000.0)
    best_log_c = np.full(len(y), np.log(1 / span))
    for _ in range(5):
        centre = best_log_c.copy()
        for offset in np.linspace(-1, 1, 21):
            log_c = centre + offset * width / 2
            u = np.exp(-np.exp(log_c)[:, None] * (times - times[0])[None, :])
            rss, log_k = _line(u, y, known, n, rising=False)
            better = rss < best_rss
            best_rss, best_log_k, best_log_c = (
                np.where(better, new, old) for new, old in ((rss, best_rss), (log_k, best_log_k), (log_c, best_log_c))
            )
        width /= 8
    return best_rss, best_log_k


def _line(
    u: Floats, y: Floats, known: NDArray[np.bool_], n: NDArray[np.int64], *, rising: bool
) -> tuple[Floats, Floats]:
    """(RSS, intercept) of y on u for each row; slopes of the wrong sign count as none found."""
    with np.errstate(invalid="ignore", divide="ignore"):
        u = np.where(known, u, 0.0)
        u_mean, y_mean = u.sum(1) / n, y.sum(1) / n
        u_off = np.where(known, u - u_mean[:, None], 0.0)
        y_off = np.where(known, y - y_mean[:, None], 0.0)
        square = (u_off**2).sum(1)
        slope = (u_off * y_off).sum(1) / square
        rss = np.maximum((y_off**2).sum(1) - slope**2 * square, 0.0)
    fine = np.isfinite(slope) & ((slope > 0) == rising) & (square > 1e-12)
    return np.where(fine, rss, np.inf), np.where(fine, y_mean - slope * u_mean, np.nan)


def _logistic(times: Floats, y: Floats, known: NDArray[np.bool_], n: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Ln V = ln K − ln(1 + exp(−r·(t − m))), r > 0: ln K is linear; r and m are searched on grids narrowed four times."""
    span = float(np.ptp(times)) or 1.0
    best_rss, best_log_k = np.full(len(y), np.inf), np.full(len(y), np.nan)
    best_r, best_m = np.full(len(y), np.log(4 / span)), np.full(len(y), times[0] + span / 2)
    r_width, m_width = np.log(1000.0), 4 * span
    for attempt in range(5):
        centre_r, centre_m = best_r.copy(), best_m.copy()
        steps = np.linspace(-1, 1, 15 if attempt == 0 else 7)
        for r_offset in steps:
            r = np.exp(centre_r + r_offset * r_width / 2)
            for m_offset in steps:
                m = centre_m + m_offset * m_width / 2
                bend = np.where(known, np.logaddexp(0.0, -r[:, None] * (times[None, :] - m[:, None])), 0.0)
                with np.errstate(invalid="ignore", divide="ignore"):
                    log_k = (y + bend).sum(1) / n
                rss = np.where(known, (y + bend - log_k[:, None]) ** 2, 0.0).sum(1)
                better = rss < best_rss
                best_rss, best_log_k, best_r, best_m = (
                    np.where(better, new, old)
                    for new, old in ((rss, best_rss), (log_k, best_log_k), (np.log(r), best_r), (m, best_m))
                )
        r_width, m_width = r_width / 4, m_width / 4
    return best_rss, best_log_k
