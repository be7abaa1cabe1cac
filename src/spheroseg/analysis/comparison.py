"""Groups of wells against a control: difference, effect size, test, correction. n is wells, never objects."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from spheroseg.errors import ParameterError

Floats = NDArray[np.float64]


def compare_groups(
    groups: Mapping[str, Floats], control: str, test: Literal["welch", "rank"] = "welch"
) -> pd.DataFrame:
    """Each group against the control.

    Welch's t test needs no equal spreads and holds its level at unequal sizes, so no test of normality goes before it;
    "rank" is Brunner and Munzel's test, for values far from any bell. p values are corrected for the number of groups
    by Holm's steps.

    Args:
        groups: (n,) values of the wells by name.
        control: name of the group that the others are compared with.
        test: "welch" or "rank".

    Returns:
        One row a group: group, n, mean, sd, n_control, difference (of means, group − control) with _low and _high,
        ratio of means, hedges_g with _low and _high, test, p, p_holm and reason ("too_few_wells" or "").

    Raises:
        ParameterError: there is no such control or nothing to compare it with.
    """
    if control not in groups or not len(groups[control]):
        raise ParameterError(f"there is no group {control!r} to compare with")
    if len(groups) < 2:
        raise ParameterError("there is one group only; nothing can be compared")
    base = np.asarray(groups[control], np.float64)
    rows = [
        {"group": name, **_row(np.asarray(values, np.float64).tobytes(), base.tobytes(), test)}
        for name, values in groups.items()
        if name != control
    ]
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p"].to_numpy(np.float64))
    return table


# a person who looks at a plate changes a well at a time: the other conditions stay as they are
@lru_cache(maxsize=4096)
def _row(of_wells: bytes, of_control: bytes, test: str) -> Mapping[str, object]:
    values, base = np.frombuffer(of_wells), np.frombuffer(of_control)
    n, m = len(values), len(base)
    mean = float(values.mean()) if n else float("nan")
    row: dict[str, object] = {
        "n": n, "mean": mean, "sd": float(values.std(ddof=1)) if n > 1 else float("nan"), "n_control": m,
        "difference": mean - float(base.mean()), "ratio": mean / float(base.mean()) if base.mean() else float("nan"), "test": test,
    }  # fmt: skip
    if n < 2 or m < 2 or (np.ptp(values) == 0 and np.ptp(base) == 0):
        empty = dict.fromkeys(
            ("difference_low", "difference_high", "hedges_g", "hedges_g_low", "hedges_g_high", "p"), float("nan")
        )
        return row | empty | {"reason": "too_few_wells" if n < 2 or m < 2 else "no_variation"}
    difference, parts = mean - float(base.mean()), (values.var(ddof=1) / n, base.var(ddof=1) / m)
    error = float(np.sqrt(sum(parts)))
    degrees = sum(parts) ** 2 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (m - 1))  # Welch and Satterthwaite
    half = float(special.stdtrit(degrees, 0.975)) * error
    welch_p = 2 * float(special.stdtr(degrees, -abs(difference) / error))
    p = welch_p if test == "welch" else stats.brunnermunzel(values, base).pvalue
    pooled = np.sqrt(((n - 1) * values.var(ddof=1) + (m - 1) * base.var(ddof=1)) / (n + m - 2))
    correction = 1 - 3 / (4 * (n + m - 2) - 1)
    g = correction * (mean - float(base.mean())) / float(pooled)
    g_error = float(np.sqrt((n + m) / (n * m) + g**2 / (2 * (n + m))))
    return row | {
        "difference_low": difference - half, "difference_high": difference + half, "hedges_g": g,
        "hedges_g_low": g - 1.96 * g_error, "hedges_g_high": g + 1.96 * g_error, "p": float(p), "reason": "",
    }  # fmt: skip


def holm(p: Floats) -> Floats:
    """Holm's corrected p values; NaN stays NaN and does not count."""
    corrected = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known])]
    steps = p[order] * (len(order) - np.arange(len(order)))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected
