"""What the service adds to the model: a real worker, database and API, beside the library on the same images.

    python bench/worker.py               60 different images of 1024 × 1024
    python bench/worker.py --images 20   fewer

Then the answers of the threshold endpoint for an image of 2048², moved over twenty thresholds as a person's slider does.

The library reads, segments, outlines and measures each image in a process of its own, once before and once after the
service does, because machines get warm. In the service the time of an image is that between the ends of two results of
one run, the first ones left out; what it has beyond the library's is "around the model": claiming the job, locks,
storage, the objects' rows, events and progress. Uploads and thumbnails are over before.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import psycopg
import tifffile

from api import SECRET, service
from spheroseg.client import Client
from spheroseg.server.migrations import upgrade
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.resources.db import utc_now

RESULTS = Path(__file__).parent / "results"
EXAMPLES = Path(__file__).parents[1] / "src" / "spheroseg" / "examples"
WORKER = "from spheroseg.server.config import load_settings; from spheroseg.server.processes.entry import run_worker; run_worker(load_settings())"
EMAIL, PASSWORD = "bench@example.org", "correct horse battery"
SIDE_PX = 1024
LARGE_PX = 2048
THRESHOLD_AIM_MS = 150.0
N_WARM = 6
"""Images before the measured ones: the model is loaded, and what is compiled once is compiled."""
AIM_MS = 15.0


def draw(folder: Path, n_images: int) -> None:
    """Pictures that are all different: the shipped examples mirrored to a square, turned, and with noise of their own."""
    examples = [tifffile.imread(path) for path in sorted(EXAMPLES.glob("*.tif"))]
    rng = np.random.default_rng(0)
    for number in range(n_images):
        plane = examples[number % len(examples)]
        turned = np.rot90(plane, number // len(examples))
        missing = [(0, SIDE_PX - length) for length in turned.shape]
        square = np.pad(turned, missing, mode="symmetric")
        noise = rng.integers(-2, 3, square.shape)
        top = np.iinfo(plane.dtype).max
        image = np.clip(square.astype(np.int64) + noise, 0, top).astype(plane.dtype)
        tifffile.imwrite(folder / f"{number:04d}.tif", image, resolution=(1e4 / 1.3, 1e4 / 1.3), resolutionunit=3)


def measure_library(folder: Path) -> None:
    """Print the milliseconds of each image as JSON."""
    from spheroseg.imaging import read_image  # noqa: PLC0415 -- only the measured process loads the pixel libraries
    from spheroseg.pipeline import segment  # noqa: PLC0415

    taken = []
    for path in sorted(folder.glob("*.tif")):
        started = time.perf_counter()
        found = segment(read_image(path))
        n_objects, n_rows = len(np.unique(found.polygons.labels)), len(found.measure())
        taken.append((time.perf_counter() - started) * 1000)
        if n_objects != n_rows:
            raise SystemExit(f"{path.name}: {n_objects} outlined objects, {n_rows} measured ones")
    print(json.dumps(taken[N_WARM:]))


def library_ms(folder: Path) -> list[float]:
    """The same in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--library", str(folder)], check=True, stdout=subprocess.PIPE, text=True
    )
    taken: list[float] = json.loads(done.stdout)
    return taken


@contextlib.contextmanager
def worker(url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process with the settings of `spheroseg serve`."""
    environment = os.environ | {
        "SPHEROSEG_DATABASE_URL": url,
        "SPHEROSEG_DATA_DIR": str(folder / "data"),
        "SPHEROSEG_SECRET_KEY": SECRET,
        "SPHEROSEG_LOG_LEVEL": "error",
    }
    process = subprocess.Popen([sys.executable, "-c", WORKER], env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def cpu_s(process: psutil.Process) -> dict[int, float]:
    """Processor time of a process and each of its children so far, by process id."""
    family = [process, *process.children(recursive=True)]
    return {one.pid: sum(one.cpu_times()[:2]) for one in family}


def service_ms(folder: Path, pictures: Path) -> dict[str, Any]:
    """Upload, run over a few images, then over the others; what each of these took."""
    with contextlib.ExitStack() as stack:
        database = EmbeddedPostgres(folder / "database")
        database.start()
        stack.callback(database.stop)
        upgrade(database.url())
        url, api = stack.enter_context(service(database.url(), folder))
        working = stack.enter_context(worker(database.url(), folder))
        (postgres,) = [child for child in psutil.Process().children() if child.name().startswith("postgres")]
        client = stack.enter_context(Client(url))
        client.sign_up(EMAIL, PASSWORD)
        client.sign_in(EMAIL, PASSWORD)
        project = client.create_project("Around the model", pixel_size_um=1.3)
        ids = [image.id for image in sorted(client.upload(project, pictures), key=lambda image: image.name)]
        client.wait(client.segment(project, image_ids=ids[:N_WARM]))
        processes = {"api": psutil.Process(api.pid), "worker": psutil.Process(working.pid), "database": postgres}
        before = {name: cpu_s(process) for name, process in processes.items()}
        run = client.segment(project, image_ids=ids[N_WARM:])
        while not client.run(run).is_over:
            time.sleep(1)
        after = {name: cpu_s(process) for name, process in processes.items()}
        moved = threshold_ms(client, url, folder)
        with psycopg.connect(database.url()) as db:
            rows = db.execute(
                "SELECT extract(epoch FROM finished_at), duration_ms, from_cache, state FROM results WHERE run_id = %s "
                "ORDER BY finished_at",
                (run.id,),
            ).fetchall()
    if any(state != "done" or from_cache for _, _, from_cache, state in rows):
        raise SystemExit("not every image was computed")
    ends = np.array([float(row[0]) for row in rows])
    spent = {
        name: sum(now - before[name].get(pid, 0.0) for pid, now in after[name].items()) * 1000 / len(rows)
        for name in processes
    }
    parent = working.pid
    spent["worker, without its child"] = (after["worker"][parent] - before["worker"][parent]) * 1000 / len(rows)
    return {
        "intervals_ms": (np.diff(ends) * 1000).tolist(),
        "mean_ms": float((ends[-1] - ends[0]) * 1000 / (len(ends) - 1)),
        "job_ms": float(np.mean([row[1] for row in rows])),
        "cpu_ms_an_image": {name: round(value, 1) for name, value in spent.items()},
        "threshold": moved,
    }


def threshold_ms(client: Client, url: str, folder: Path) -> dict[str, Any]:
    """Outlines at twenty other thresholds of an image of crowded nuclei, over HTTP: the first answer, then the others."""
    (nuclei,) = EXAMPLES.glob("*nuclei*.tif")
    plane = tifffile.imread(nuclei)
    missing = [(0, LARGE_PX - length) for length in plane.shape]
    large = folder / "large.tif"
    tifffile.imwrite(
        large, np.pad(plane, missing, mode="symmetric"), resolution=(1e4 / 1.3, 1e4 / 1.3), resolutionunit=3
    )
    project = client.create_project("Thresholds", pixel_size_um=1.3)
    (image,) = client.upload(project, large)
    client.wait(client.segment(project))
    with httpx.Client(base_url=f"{url}/api/v1") as http:
        granted = http.post("/auth/sign-in", json={"email": EMAIL, "password": PASSWORD, "cookies": False}).json()
        http.headers["Authorization"] = f"Bearer {granted['access_token']}"
        (frame,) = http.get(f"/images/{image.id}/frames").json()
        taken = []
        for value in np.linspace(0.3, 0.7, 21):
            started = time.perf_counter()
            http.get(f"/results/{frame['result_id']}/threshold", params={"value": float(value)}).raise_for_status()
            taken.append((time.perf_counter() - started) * 1000)
        n_objects = http.get(f"/results/{frame['result_id']}").json()["n_objects"]
    return {
        "image_px": [LARGE_PX, LARGE_PX],
        "n_objects": n_objects,
        "first_ms": round(taken[0], 1),
        "median_ms": round(float(np.median(taken[1:])), 1),
        "slowest_ms": round(max(taken[1:]), 1),
        "aim_ms": THRESHOLD_AIM_MS,
    }


def measure(n_images: int) -> dict[str, Any]:
    """All figures."""
    with tempfile.TemporaryDirectory(prefix="spheroseg-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        pictures = folder / "pictures"
        pictures.mkdir()
        draw(pictures, N_WARM + n_images)
        load_before = os.getloadavg()[0]
        first = library_ms(pictures)
        served = service_ms(folder, pictures)
        last = library_ms(pictures)
    library = float(np.mean(first + last))
    return {
        "when": utc_now().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": load_before,
        "n_images": n_images,
        "image_px": [SIDE_PX, SIDE_PX],
        "library_ms": {
            "mean": round(library, 1),
            "median": round(float(np.median(first + last)), 1),
            "mean_before": round(float(np.mean(first)), 1),
            "mean_after": round(float(np.mean(last)), 1),
        },
        "service_ms": {
            "mean": round(served["mean_ms"], 1),
            "median": round(float(np.median(served["intervals_ms"])), 1),
            "in_the_job": round(served["job_ms"], 1),
        },
        "around_the_model_ms": round(served["mean_ms"] - library, 1),
        "aim_ms": AIM_MS,
        "cpu_ms_an_image": served["cpu_ms_an_image"],
        "threshold": served["threshold"],
    }


def main() -> None:
    """Measure, print, and keep the figures in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--images", type=int, default=60, help="how many")
    parser.add_argument("--library", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.library is not None:
        measure_library(chosen.library)
        return
    result = json.dumps(measure(chosen.images), indent=1)
    print(result)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "worker.json").write_text(result + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
