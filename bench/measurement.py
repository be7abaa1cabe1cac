"""Labels → outlines → all shape measures: SpheroSeg beside scikit-image, in one run, on one thread.

    python bench/measurement.py

Scenes of 1, 50, 500 and 5,000 objects in 2048². Ours: `trace`, then `measure` with every shape column, as a table.
Theirs: `find_contours` on the crop of each object, then `regionprops_table` with every property that has a counterpart
among our columns. Times are processor time of the thread, the least of the repetitions, because wall time on a busy
machine measures the other programs; wall time is printed beside it. Writes bench/results/measurement.{json,md}.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours, regionprops, regionprops_table

from spheroseg.geometry import rasterise, trace
from spheroseg.measurement import measure

RESULTS = Path(__file__).parent / "results"
SIZE_PX = 2048
COUNTS = (1, 50, 500, 5000)
OUR_REPETITIONS = 15
THEIR_REPETITIONS = 3
TARGET_MS, TARGET_RATIO = 100.0, 30.0  # at 5,000 objects
THEIR_PROPERTIES = (
    "label", "area", "area_filled", "euler_number", "perimeter_crofton", "perimeter", "equivalent_diameter_area",
    "solidity", "area_convex", "feret_diameter_max", "extent", "axis_major_length", "axis_minor_length",
    "orientation", "eccentricity", "centroid", "bbox",
)  # fmt: skip
FIRST_CALL = """
import time, numpy as np
start = time.process_time()
from spheroseg.measurement import measure
from spheroseg.geometry import trace
imported = time.process_time()
measure(np.eye(8, dtype=np.uint32))
print(imported - start, time.process_time() - imported)
"""


def scene(n_objects: int, seed: int = 0) -> NDArray[np.uint32]:
    """Wavy discs on a grid, one in ten with a hole.

    Returns:
        (2048, 2048) labels 1…n.
    """
    rng = np.random.default_rng(seed)
    labels = np.zeros((SIZE_PX, SIZE_PX), dtype=np.uint32)
    across = int(np.ceil(np.sqrt(n_objects)))
    cell = SIZE_PX / across
    for k in range(n_objects):
        centre = (np.array(divmod(k, across)) + 0.5) * cell + rng.uniform(-0.03, 0.03, 2) * cell
        radius = cell * rng.uniform(0.33, 0.43)
        low = np.maximum((centre - 1.25 * radius).astype(int), 0)
        high = np.minimum((centre + 1.25 * radius).astype(int) + 2, SIZE_PX)
        y, x = np.mgrid[low[0] : high[0], low[1] : high[1]] + 0.5
        distance, angle = np.hypot(y - centre[0], x - centre[1]), np.arctan2(y - centre[0], x - centre[1])
        inside = distance < radius * (1 + 0.08 * np.sin(3 * angle + k) + 0.04 * np.sin(7 * angle))
        if k % 10 == 0:
            inside &= distance > 0.3 * radius
        labels[low[0] : high[0], low[1] : high[1]][inside] = k + 1
    return labels


def ours(labels: NDArray[np.uint32]) -> None:
    """Outlines and the table; `measure` traces the labels."""
    measure(labels)


def theirs(labels: NDArray[np.uint32]) -> None:
    """Outlines and the table by scikit-image."""
    # scikit-image ships no types
    for region in regionprops(labels):  # type: ignore[no-untyped-call]
        find_contours(np.pad(region.image, 1), 0.5)  # type: ignore[no-untyped-call]
    regionprops_table(labels, properties=THEIR_PROPERTIES)  # type: ignore[no-untyped-call]


def least_ms(function: Callable[[], Any], repetitions: int) -> tuple[float, float]:
    """Least processor time of the thread and least wall time, in ms."""
    cpu, wall = [], []
    for _ in range(repetitions):
        cpu_start, wall_start = time.thread_time(), time.perf_counter()
        function()
        cpu.append(time.thread_time() - cpu_start)
        wall.append(time.perf_counter() - wall_start)
    return 1000 * min(cpu), 1000 * min(wall)


def first_call_s(cache: Path) -> tuple[float, float]:
    """Seconds of processor time to import and to the first table, in a new process with a cache of compiled kernels."""
    run = subprocess.run(
        [sys.executable, "-c", FIRST_CALL],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    imported, first = map(float, run.stdout.split())
    return imported, first


def main() -> None:
    """Measure, print and write the results."""
    rows = []
    for n_objects in COUNTS:
        labels = scene(n_objects)
        outlines = trace(labels)
        assert np.array_equal(rasterise(outlines, labels.shape), labels)
        measure(labels)
        our_cpu, our_wall = least_ms(lambda labels=labels: ours(labels), OUR_REPETITIONS)  # type: ignore[misc]
        trace_cpu, _ = least_ms(lambda labels=labels: trace(labels), OUR_REPETITIONS)  # type: ignore[misc]
        draw_cpu, _ = least_ms(lambda o=outlines, s=labels.shape: rasterise(o, s), OUR_REPETITIONS)  # type: ignore[misc]
        their_cpu, their_wall = least_ms(lambda labels=labels: theirs(labels), THEIR_REPETITIONS)  # type: ignore[misc]
        rows.append(
            {
                "objects": n_objects,
                "vertices": len(outlines.vertices),
                "ours_ms": our_cpu,
                "ours_wall_ms": our_wall,
                "of_which_trace_ms": trace_cpu,
                "rasterise_ms": draw_cpu,
                "scikit_image_ms": their_cpu,
                "scikit_image_wall_ms": their_wall,
                "ratio": their_cpu / our_cpu,
            }
        )
        print(
            f"{n_objects:5d} objects: {our_cpu:7.1f} ms, scikit-image {their_cpu:8.0f} ms, {their_cpu / our_cpu:5.0f} ×"
        )
    cold = RESULTS / "cache"
    _, compiling = first_call_s(cold)
    imported, cached = first_call_s(cold)
    for file in sorted(cold.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    cold.rmdir()
    last = rows[-1]
    met = last["ours_ms"] <= TARGET_MS and last["ratio"] >= TARGET_RATIO and min(row["ratio"] for row in rows) >= 1
    print(
        f"targets at 5,000 objects (≤ {TARGET_MS:.0f} ms, ≥ {TARGET_RATIO:.0f} ×, never slower): {'met' if met else 'NOT met'}"
    )
    print(f"first call in a new process: {compiling:.1f} s to compile once a machine, {cached:.2f} s from the cache")
    result = {
        "machine": platform.machine(),
        "processor": processor(),
        "load_average": os.getloadavg()[0],
        "versions": {"numba": numba.__version__, "numpy": np.__version__, "scikit-image": version("scikit-image")},
        "rows": rows,
        "import_s": imported,
        "first_call_compiling_s": compiling,
        "first_call_cached_s": cached,
        "targets_met": met,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "measurement.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "measurement.md").write_text(markdown(result))


def processor() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def markdown(result: dict[str, Any]) -> str:
    """The results as a page."""
    head = (
        f"2048² label image, one thread of {result['processor']}, processor time, least of the repetitions. scikit-image"
        f" {result['versions']['scikit-image']}: `find_contours` a crop, `regionprops_table` with the same columns."
    )
    targets = (
        f"Targets (≤ {TARGET_MS:.0f} ms and ≥ {TARGET_RATIO:.0f} × at 5,000 objects, never slower): "
        f"{'met' if result['targets_met'] else 'NOT met'}. Load average during the run: {result['load_average']:.1f}."
    )
    first = (
        f"First call in a new process: {result['first_call_compiling_s']:.1f} s of processor time once a machine to compile"
        f" the kernels, {result['first_call_cached_s']:.2f} s when they come from the cache, and {result['import_s']:.2f} s to import."
    )
    rows = [
        f"| {row['objects']:,} | {row['ours_ms']:.1f} | {row['of_which_trace_ms']:.1f} | {row['scikit_image_ms']:,.0f} |"
        f" {row['ratio']:.0f} × | {row['rasterise_ms']:.1f} |"
        for row in result["rows"]
    ]
    lines = [
        "# Labels → outlines → shape measures",
        "",
        head,
        "",
        "| objects | SpheroSeg, ms | of which trace | scikit-image, ms | ratio | polygons → labels, ms |",
        "|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
        targets,
        "",
        first,
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
