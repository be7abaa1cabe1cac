"""How accuracy holds when the instrument changes: `python bench/robustness.py` (needs ../shared/data).

Each image is altered as another microscope, camera or piece of software would have recorded it, its mask with it, and is
then segmented by the shipped pipeline, nothing stated. The alterations are fixed and are not those of the training.
With `--split validation` it looks at the validation part of the train split, which choices may be made on.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from accuracy import robustness_table
from spheroseg.analysis import compare
from spheroseg.formats import labelmask
from spheroseg.imaging import luminance, read_image
from spheroseg.segmentation import classical, load_model, predict
from spheroseg.training.manifest import Record, read_manifest, split_by_group

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
RESULTS = ROOT / "bench" / "results"
SMALLEST_DIAMETER_PX = 10.0
"""Images whose objects would become smaller are left out of a lower magnification: nobody could outline them."""

Plane = NDArray[np.float32]
Labels = NDArray[Any]  # and raw values


def magnified(factor: float) -> Callable[[Plane, Labels], tuple[Plane, Labels]]:
    """The same field through another objective onto the same camera."""

    def alter(plane: Plane, labels: Labels) -> tuple[Plane, Labels]:
        size = (max(1, round(plane.shape[1] * factor)), max(1, round(plane.shape[0] * factor)))
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        small = cv2.resize(labels.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
        return np.asarray(cv2.resize(plane, size, interpolation=way), np.float32), small.astype(labels.dtype)

    return alter


def values(change: Callable[[Plane, float], Plane]) -> Callable[[Plane, Labels], tuple[Plane, Labels]]:
    """An alteration of grey values (0…1 between the percentiles 0.1 and 99.9), given the typical diameter in px."""

    def alter(plane: Plane, labels: Labels) -> tuple[Plane, Labels]:
        return np.asarray(change(plane, typical_diameter_px(labels)), np.float32), labels

    return alter


def shading(plane: Plane, _diameter: float) -> Plane:
    """Light that falls to four tenths in the corners, and a slope."""
    y, x = (np.linspace(-1, 1, side, dtype=np.float32) for side in plane.shape)
    field = (1 - 0.3 * (y[:, None] ** 2 + x[None] ** 2)) * (1 + 0.2 * x[None])
    return np.asarray((plane + 0.3) * field, np.float32)


def noise(plane: Plane, _diameter: float) -> Plane:
    """Camera noise of 8 % of the range."""
    grain = np.random.default_rng(0).standard_normal(plane.shape, dtype=np.float32)
    return np.asarray(plane + 0.08 * grain, np.float32)


def jpeg(plane: Plane, _diameter: float) -> Plane:
    """An 8-bit JPEG of quality 20."""
    _, encoded = cv2.imencode(".jpg", (np.clip(plane, 0, 1) * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 20])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.float32) / np.float32(255)


ALTERATIONS: dict[str, Callable[[Plane, Labels], tuple[Plane, Labels]]] = {
    "as recorded": lambda plane, labels: (plane, labels),
    "a quarter of the magnification": magnified(0.25),
    "half the magnification": magnified(0.5),
    "twice the magnification": magnified(2.0),
    "out of focus (σ 3 % of the diameter)": values(
        lambda p, d: np.asarray(cv2.GaussianBlur(p, (0, 0), max(0.03 * d, 1.0)), np.float32)
    ),
    "uneven light": values(shading),
    "noise": values(noise),
    "16 grey levels": values(lambda p, _: np.round(np.clip(p, 0, 1) * 15) / np.float32(15)),
    "gamma ½": values(lambda p, _: np.sqrt(np.clip(p, 0, 1))),
    "gamma 2": values(lambda p, _: np.square(np.clip(p, 0, 1))),
    "negative": values(lambda p, _: 1 - p),
    "JPEG, quality 20": values(jpeg),
}


def typical_diameter_px(labels: Labels) -> float:
    """Diameter that half of the outlined area belongs to objects above of."""
    areas = np.sort(np.bincount(labels.ravel())[1:])
    areas = areas[areas > 0]
    return float(np.sqrt(4 / np.pi * areas[np.searchsorted(np.cumsum(areas), areas.sum() / 2)]))


def scores(records: list[Record], engines: dict[str, Callable[[Labels], Labels]]) -> dict[str, Any]:
    """Mean over the sources of IoU, AP50 and share of images under IoU 0.7, by alteration and engine."""
    found: dict[str, dict[str, dict[str, list[tuple[float, float, bool]]]]] = {}
    for name, alter in ALTERATIONS.items():
        found[name] = {engine: defaultdict(list) for engine in engines}
        for record in records:
            plane = np.asarray(luminance(read_image(record.image)), np.float32)
            low, high = np.percentile(plane, (0.1, 99.9))
            plane, labels = alter((plane - low) / max(float(high - low), 1e-6), labelmask.read_labels(record.mask))
            if not labels.any() or typical_diameter_px(labels) < SMALLEST_DIAMETER_PX:
                continue
            counts = np.clip(plane * 3000 + 400, 0, 65535).astype(np.uint16)
            for engine, outline in engines.items():
                agreement = compare(labels, outline(counts))
                found[name][engine][record.source].append((agreement.iou, agreement.ap50, agreement.iou < 0.7))
    return {name: {engine: _mean(rows) for engine, rows in row.items()} for name, row in found.items()}


def _mean(sources: dict[str, list[tuple[float, float, bool]]]) -> dict[str, float]:
    table = {"images": float(sum(map(len, sources.values())))}
    for k, name in enumerate(("iou", "ap50", "share_under_0.7")):
        own = [sum(row[k] for row in rows) / len(rows) for rows in sources.values()]
        table[name] = round(sum(own) / len(own), 4)
    return table


def main() -> None:
    """Scores every alteration; the held-out result goes to bench/results/robustness.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="spheroid", help="a shipped model's name or a model folder")
    parser.add_argument("--split", choices=("heldout", "validation"), default="heldout")
    parser.add_argument(
        "--only-network", action="store_true", help="score the network alone; the other results are kept"
    )
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    engines: dict[str, Callable[[Labels], Labels]] = {"SpheroSeg": lambda plane: predict(plane, model).labels}
    if not arguments.only_network:
        engines["classical engine"] = lambda plane: classical(plane).labels
    if arguments.split == "heldout":
        records = read_manifest(DATA, "heldout")
    else:
        records = split_by_group(read_manifest(DATA, "train"))[1]
    result = scores(records, engines)
    print(robustness_table(result))
    if arguments.split == "heldout":
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / "robustness.json"
        if arguments.only_network:  # what the other engine reached before stays
            before = json.loads(path.read_text(encoding="utf-8"))
            result = {name: before.get(name, {}) | row for name, row in result.items()}
        path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
