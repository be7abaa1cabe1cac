"""What Dask adds to a batch, an image: the same images by one process of this machine and by one worker of a cluster, in turns.

    python bench/dask_batch.py               3 turns of 40 images of 512 × 512
    python bench/dask_batch.py --images 10   fewer

Scheduler, worker and leader are processes of this machine; files and results lie in a folder, masks and tables are written. The
first images of each turn are left out. Processor time is that of everybody who takes part; it says what Dask costs also on a
machine that does much else, which the time between two images does not.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import psutil

from spheroseg.batch import BatchOptions, Progress, find_inputs, run_batch
from spheroseg.batch.process import ProcessOptions
from spheroseg.pipeline import Parameters

RESULTS = Path(__file__).parent / "results"
SIDE_PX = 512
N_WARM = 5
PARAMETERS = Parameters(model="classical", pixel_size_um=(1.3, 1.3))


def draw(folder: Path, n_images: int) -> None:
    """Dark discs on a noisy bright ground, no two alike."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    for number in range(n_images):
        radius_px = 90 + number
        disc = (y - SIDE_PX / 2) ** 2 + (x - SIDE_PX / 2) ** 2 < radius_px**2
        plane = np.where(disc, 90.0, 200.0) + rng.normal(0, 6, (SIDE_PX, SIDE_PX))
        cv2.imwrite(str(folder / f"A{number + 1:03d}.png"), plane.clip(0, 255).astype(np.uint8))


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[psutil.Process]]]:
    """A scheduler and one worker of one thread; their address and themselves."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(kind: str, *arguments: str) -> str:
        log = folder / f"{kind}.log"
        with log.open("wb") as output:
            command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *arguments]
            processes.append(subprocess.Popen(command, stdout=output, stderr=output))
        while (found := re.search(r"(?:Scheduler at|Registered to): +(tcp://\S+)", log.read_text())) is None:
            if processes[-1].poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.05)
        return found[1]

    try:
        address = start("scheduler", "--port", "0", "--host", "127.0.0.1")
        start("worker", address, "--nthreads", "1", "--no-nanny")
        yield address, [psutil.Process(process.pid) for process in processes]
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(30)


def cpu_s(processes: list[psutil.Process]) -> float:
    """Processor time of these and of this process with its children, dead ones too."""
    us = os.times()
    others = [process.cpu_times() for process in processes]
    return us.user + us.system + us.children_user + us.children_system + sum(one.user + one.system for one in others)


def batch(images: Path, out: Path, address: str, helpers: list[psutil.Process]) -> tuple[list[float], float]:
    """Seconds between the ends of two images, and processor seconds an image, after the first ones."""
    ends: list[float] = []
    used: list[float] = []

    def note(_: Progress) -> None:
        ends.append(time.perf_counter())
        used.append(cpu_s(helpers))

    files = find_inputs([images]).files
    options = ProcessOptions(formats=frozenset({"csv", "parquet", "masks"}))
    summary = run_batch(files, PARAMETERS, BatchOptions(out, options, dask=address), note)
    if summary.errors:
        raise SystemExit(str(summary.errors))
    gaps = [after - before for before, after in zip(ends[N_WARM:], ends[N_WARM + 1 :], strict=False)]
    return gaps, (used[-1] - used[N_WARM]) / (len(used) - 1 - N_WARM)


def main() -> None:
    """Take turns, print, keep the figures in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--images", type=int, default=40, help="of a turn")
    parser.add_argument("--turns", type=int, default=3)
    chosen = parser.parse_args()
    gaps: dict[str, list[float]] = {"local": [], "dask": []}
    cpu: dict[str, list[float]] = {"local": [], "dask": []}
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="spheroseg-dask-") as name:
        folder = Path(name)
        images = folder / "images"
        images.mkdir()
        draw(images, chosen.images)
        with cluster(folder) as (address, helpers):
            for turn in range(chosen.turns):
                for kind, where in (("local", ""), ("dask", address)):
                    times, used = batch(images, folder / f"{kind}-{turn}", where, helpers)
                    gaps[kind] += times
                    cpu[kind].append(used)
    wall_ms = {kind: 1000 * statistics.median(times) for kind, times in gaps.items()}
    cpu_ms = {kind: 1000 * statistics.median(times) for kind, times in cpu.items()}
    result = {
        "cores": os.cpu_count(),
        "load_before": load,
        "images": chosen.images * chosen.turns,
        "side_px": SIDE_PX,
        "wall_ms_an_image": {kind: round(value, 1) for kind, value in wall_ms.items()},
        "cpu_ms_an_image": {kind: round(value, 1) for kind, value in cpu_ms.items()},
        "dask_adds_wall_ms": round(wall_ms["dask"] - wall_ms["local"], 1),
        "dask_adds_cpu_ms": round(cpu_ms["dask"] - cpu_ms["local"], 1),
    }
    print(json.dumps(result, indent=1))
    if chosen.images >= 40:
        (RESULTS / "dask.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
