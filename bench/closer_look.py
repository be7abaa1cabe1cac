"""What the closer look for smaller objects costs, from a file to its table of objects: each image with and without it in turns.

    python bench/closer_look.py [--rounds 3]

The images are those that rules are chosen by: the validation part and the laboratories never seen. Figures are processor
seconds of this process with two threads.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

from spheroseg.pipeline import segment
from spheroseg.segmentation import Model, load_model
from spheroseg.training.manifest import read_manifest, split_by_group

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
RESULTS = ROOT / "bench" / "results"


def spent_s(path: Path, model: Model) -> float:
    """Processor seconds of one image."""
    started = time.process_time()
    segment(path, opened=model).measure()
    return time.process_time() - started


def measure(paths: list[Path], rounds: int) -> dict[str, dict[str, float]]:
    """Median processor seconds of each image with and without the look, and their ratio."""
    model = load_model("spheroid", threads=2)
    module = import_module("spheroseg.segmentation.predict")  # the package has a function of this name
    looks: dict[str, Callable[..., int]] = {"with": module.smaller_inside, "without": lambda *_: 0}
    rows = {}
    for path in paths:
        spent: dict[str, list[float]] = {name: [] for name in looks}
        for turn in range(rounds + 1):
            for name, look in looks.items():
                with patch.object(module, "smaller_inside", look):
                    taken = spent_s(path, model)
                if turn:  # the first warms up
                    spent[name].append(taken)
        middle = {name: round(median(values), 4) for name, values in spent.items()}
        rows[path.stem] = middle | {"ratio": round(middle["with"] / middle["without"], 3)}
    return rows


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    records = split_by_group(read_manifest(DATA, "train"))[1] + read_manifest(DATA, "ood")
    rows = measure([record.image for record in records], options.rounds)
    both = {name: sum(row[name] for row in rows.values()) for name in ("with", "without")}
    ratios = sorted(row["ratio"] for row in rows.values())
    result: dict[str, Any] = {
        "load_average": round(load, 1),
        "rounds": options.rounds,
        "images": len(rows),
        "all_together": round(both["with"] / both["without"], 3),
        "median": round(median(ratios), 3),
        "over_1.05": sum(ratio > 1.05 for ratio in ratios),
        "largest": ratios[-1],
        "rows": rows,
    }
    print(json.dumps({name: value for name, value in result.items() if name != "rows"}, indent=1))
    (RESULTS / "closer_look.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
