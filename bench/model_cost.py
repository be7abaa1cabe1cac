"""What models cost beside each other, from a file to its table of objects.

    python bench/model_cost.py FOLDER_BEFORE FOLDER_NOW [--rounds 7]

Three rendered images of 1024 × 1024 (many small objects, several, few large), saved as PNG. All models take turns on each, so
that a busy machine is equally unfair to all; figures are processor seconds of this process with two threads, and their ratio to
the first model's.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from spheroseg.pipeline import segment
from spheroseg.segmentation import load_model

SIDE_PX = 1024
RESULTS = Path(__file__).parent / "results"
#: name: count of objects, least and largest radius in px
IMAGES = {"400 objects of 20 px": (400, 8, 12), "60 objects of 48 px": (60, 18, 30), "6 objects of 160 px": (6, 70, 90)}


def picture(count: int, least_px: float, largest_px: float) -> NDArray[np.uint8]:
    """Soft discs on an uneven, noisy ground; 1024² uint8."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float32)
    plane = 60 + 20 * x / SIDE_PX + rng.normal(0, 4, (SIDE_PX, SIDE_PX)).astype(np.float32)
    for _ in range(count):
        radius = rng.uniform(least_px, largest_px)
        cy, cx = rng.uniform(radius + 5, SIDE_PX - radius - 5, 2)
        plane += 90 / (1 + np.exp(np.clip(np.hypot(y - cy, x - cx) - radius, -30, 30)))
    return np.asarray(np.clip(plane, 0, 255), np.float32).astype(np.uint8)


def measure(folders: list[str], rounds: int) -> dict[str, Any]:
    """Median processor seconds by image and model, and each model's ratio to the first."""
    models = {folder: load_model(folder, threads=2) for folder in folders}
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, what in IMAGES.items():
            path = Path(scratch) / f"{name}.png"
            cv2.imwrite(str(path), picture(*what))
            spent: dict[str, list[float]] = {folder: [] for folder in folders}
            for turn in range(rounds + 1):
                for folder, model in models.items():
                    started = time.process_time()
                    found = len(segment(path, opened=model).measure())
                    if turn:  # the first warms up
                        spent[folder].append(time.process_time() - started)
            first = median(spent[folders[0]])
            rows[name] = {
                f"{models[folder].card.name} {models[folder].card.version}": {
                    "cpu_s": round(median(values), 3),
                    "ratio": round(median(values) / first, 2),
                    "found": found,
                }
                for folder, values in spent.items()
            }
    return rows


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", help="names or folders; ratios are to the first one's")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    result = {
        "load_average": round(load, 1),
        "rounds": options.rounds,
        "images": measure(options.models, options.rounds),
    }
    print(json.dumps(result, indent=1))
    (RESULTS / "model_cost.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
