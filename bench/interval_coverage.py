"""How often the 95 % intervals hold the truth, and how far the estimates are off: simulated plates of known curves.

    python bench/interval_coverage.py [REPETITIONS] [DOSES]

Six and eight doses in three wells each with six untreated wells; a complete curve (10 to 100, h = 1.2, the truth between the
doses) with a constant error of 5 % and of 10 % of the top, and with an error of 8 % of each response. Growth rates: 5, 10 and 20
times, 6 % error in the size. What is asked of the interval: relative and absolute IC50 and Hill slope of the model that AICc
chose, as a user gets them. Writes bench/results/coverage.{json,md}.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from spheroseg.analysis import dose_response, growth_rates

RESULTS = Path(__file__).parent / "results"
IC50, HILL, TOP, BOTTOM = 0.8, 1.2, 100.0, 10.0
ABSOLUTE = IC50 * ((TOP - BOTTOM) / (TOP / 2 - BOTTOM) - 1) ** (1 / HILL)
ERRORS = {"constant 5 %": (0.05, 0.0), "constant 10 %": (0.1, 0.0), "proportional 8 %": (0.0, 0.08)}
"""Standard deviations of a well's error: of the top, and of its own response."""


def one(task: tuple[int, int, str]) -> list[float]:
    """Whether the three intervals hold, log10 error of both IC50s, whether 5PL was chosen, whether the relative one is open."""
    seed, n_doses, error = task
    rng = np.random.default_rng([seed, n_doses, list(ERRORS).index(error)])
    doses = np.concatenate([np.zeros(6), np.repeat(np.geomspace(0.01, 100, n_doses), 3)])
    truth = BOTTOM + (TOP - BOTTOM) / (1 + (doses / IC50) ** HILL)
    of_top, of_response = ERRORS[error]
    fit = dose_response(doses, truth + rng.normal(0, 1, len(doses)) * (of_top * TOP + of_response * truth))
    pairs = ((fit.ic50_relative, IC50), (fit.ic50_absolute, ABSOLUTE), (fit.hill, HILL))
    held = [float(not (e.low > t) and not (e.high < t)) for e, t in pairs]
    off = [float(np.log10(e.value / t)) for e, t in pairs[:2]]
    is_open = not np.isfinite([fit.ic50_relative.low, fit.ic50_relative.high]).all()
    return [*held, *off, float(fit.model == "5PL"), float(is_open)]


def rates(n_times: int, repetitions: int) -> tuple[float, float]:
    """Coverage and bias of the growth rate."""
    rng = np.random.default_rng(n_times)
    hours = np.linspace(0, 96, n_times)
    sizes = np.exp(0.5 * hours / 24 + rng.normal(0, 0.06, (repetitions, n_times)))
    wells = [f"w{n}" for n in range(repetitions)]
    table = pd.DataFrame({"plate": "", "well": np.repeat(wells, n_times), "time_h": np.tile(hours, repetitions),
                          "size": sizes.ravel(), "outline_relative_sd": np.nan})  # fmt: skip
    found = growth_rates(table)
    held = (found["growth_rate_per_day_low"] <= 0.5) & (found["growth_rate_per_day_high"] >= 0.5)
    return float(held.mean()), float(found["growth_rate_per_day"].mean() - 0.5)


def main() -> None:
    """Run all designs and write the figures after each."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    designs = (int(sys.argv[2]),) if len(sys.argv) > 2 else (6, 8)
    growth: list[dict[str, float | str]] = [{"what": f"growth rate, {n} times", "n": 10 * repetitions, "coverage": c, "bias_per_day": b}
              for n in (5, 10, 20) for c, b in [rates(n, 10 * repetitions)]]  # fmt: skip
    # designs that are not run again keep what was found before
    before = json.loads((RESULTS / "coverage.json").read_text())["ic50"] if len(designs) == 1 else []
    rows: list[dict[str, float | str]] = [row for row in before if not row["what"].startswith(f"{designs[0]} ")]
    with ProcessPoolExecutor(2) as pool:
        for n_doses in designs:
            for error in ERRORS:
                tasks = [(seed, n_doses, error) for seed in range(repetitions)]
                found = np.array(list(pool.map(one, tasks, chunksize=20)))
                off = 100 * (10 ** np.nanmean(found[:, 3:5], axis=0) - 1)
                shares = {"relative": 0, "absolute": 1, "hill": 2, "five_parameters": 5, "open": 6}
                rows.append(
                    {"what": f"{n_doses} doses × 3 wells, {error}", "n": repetitions,
                     **{name: float(found[:, at].mean()) for name, at in shares.items()},
                     "bias_relative_percent": float(off[0]), "bias_absolute_percent": float(off[1])}
                )  # fmt: skip
                write(rows, growth)


def write(rows: list[dict[str, float | str]], growth: list[dict[str, float | str]]) -> None:
    """coverage.json and coverage.md of what was found so far."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "coverage.json").write_text(json.dumps({"ic50": rows, "growth": growth}, indent=1) + "\n")
    lines = ["# Coverage of the 95 % intervals", "", (__doc__ or "").split("\n\n")[2].replace("\n", " "), "",
             "| design and error | plates | relative IC50 | absolute IC50 | Hill | bias relative | bias absolute | 5PL chosen | open |",
             "|---|---:|---:|---:|---:|---:|---:|---:|---:|"]  # fmt: skip
    lines += [
        f"| {r['what']} | {r['n']} | {r['relative']:.1%} | {r['absolute']:.1%} | {r['hill']:.1%} | {r['bias_relative_percent']:+.1f} % | "
        f"{r['bias_absolute_percent']:+.1f} % | {r['five_parameters']:.1%} | {r['open']:.1%} |"
        for r in rows
    ]
    lines += ["", "| growth rates | wells | coverage | bias (1/day) |", "|---|---:|---:|---:|"]
    lines += [f"| {g['what']} | {g['n']} | {g['coverage']:.1%} | {g['bias_per_day']:+.5f} |" for g in growth]
    error = 100 * 1.96 * np.sqrt(0.95 * 0.05 / min(int(r["n"]) for r in rows))
    lines += [
        "",
        f"The simulation's own error (95 %) of an IC50's coverage is at most ± {error:.1f} percentage points.",
        "",
    ]
    (RESULTS / "coverage.md").write_text("\n".join(lines))
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
