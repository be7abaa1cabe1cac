"""How often the 95 % intervals hold the truth, and how far the estimates are off: simulated plates of known curves.

    python bench/interval_coverage.py [REPETITIONS]

Six and eight doses in three wells each with six untreated wells; a complete curve (10 to 100, h = 1.2, the truth between the
doses) with a constant error of 5 % of the top, and with an error of 8 % of each response. Growth rates: 5, 10 and 20 times,
6 % error in the size. What is asked of the interval: relative and absolute IC50 of the model that AICc chose, as a user gets
them. Writes bench/results/coverage.{json,md}.
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
_Found = tuple[bool, bool, float, float, bool]


def one(task: tuple[int, int, str]) -> _Found:
    """Whether the relative and the absolute IC50's interval hold, both estimates' log10 error, whether 5PL was chosen."""
    seed, n_doses, error = task
    rng = np.random.default_rng([seed, n_doses, error == "constant"])
    doses = np.concatenate([np.zeros(6), np.repeat(np.geomspace(0.01, 100, n_doses), 3)])
    truth = BOTTOM + (TOP - BOTTOM) / (1 + (doses / IC50) ** HILL)
    spread = 5.0 if error == "constant" else 0.08 * truth
    fit = dose_response(doses, truth + rng.normal(0, 1, len(doses)) * spread)
    held = [not (e.low > t) and not (e.high < t) for e, t in ((fit.ic50_relative, IC50), (fit.ic50_absolute, ABSOLUTE))]
    off = [float(np.log10(e.value / t)) for e, t in ((fit.ic50_relative, IC50), (fit.ic50_absolute, ABSOLUTE))]
    return held[0], held[1], off[0], off[1], fit.model == "5PL"


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
    """Run all designs and write the figures."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rows = []
    with ProcessPoolExecutor(2) as pool:
        for n_doses in (6, 8):
            for error in ("constant", "proportional"):
                found = np.array(
                    list(pool.map(one, [(seed, n_doses, error) for seed in range(repetitions)], chunksize=20)), float
                )
                relative, absolute = found[:, 0].mean(), found[:, 1].mean()
                rows.append(
                    {"what": f"IC50, {n_doses} doses × 3 wells, {error} error", "n": repetitions, "relative": relative, "absolute": absolute,
                     "bias_relative_percent": 100 * (10 ** np.nanmean(found[:, 2]) - 1),
                     "bias_absolute_percent": 100 * (10 ** np.nanmean(found[:, 3]) - 1), "five_parameters": found[:, 4].mean()}
                )  # fmt: skip
                print(rows[-1], flush=True)
    growth = [{"what": f"growth rate, {n} times", "n": 10 * repetitions, "coverage": c, "bias_per_day": b}
              for n in (5, 10, 20) for c, b in [rates(n, 10 * repetitions)]]  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "coverage.json").write_text(json.dumps({"ic50": rows, "growth": growth}, indent=1))
    lines = ["# Coverage of the 95 % intervals", "", (__doc__ or "").split("\n\n")[2].replace("\n", " "), "",
             "| design | plates | relative IC50 | absolute IC50 | bias relative | bias absolute | 5PL chosen |", "|---|---:|---:|---:|---:|---:|---:|"]  # fmt: skip
    lines += [
        f"| {r['what']} | {r['n']} | {r['relative']:.1%} | {r['absolute']:.1%} | {r['bias_relative_percent']:+.1f} % | "
        f"{r['bias_absolute_percent']:+.1f} % | {r['five_parameters']:.0%} |"
        for r in rows
    ]
    lines += ["", "| growth rates | wells | coverage | bias (1/day) |", "|---|---:|---:|---:|"]
    lines += [f"| {g['what']} | {g['n']} | {g['coverage']:.1%} | {g['bias_per_day']:+.5f} |" for g in growth]
    error = 100 * 1.96 * np.sqrt(0.95 * 0.05 / repetitions)
    lines += ["", f"The simulation's own error (95 %) of an IC50's coverage is ± {error:.1f} percentage points.", ""]
    (RESULTS / "coverage.md").write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
