"""A service that works without pause: does it keep its memory and its handles?

    python bench/soak.py                  90 s
    python bench/soak.py --seconds 600    ten minutes

One person uploads images, runs a model over them, looks at tiles and tables, draws and takes back, orders an export and
deletes everything, again and again. Every second the resident memory, the open files and the threads of API, worker and
their children are read, and the connections of the database. The first third is left out (models are loaded, caches fill);
what counts is the trend of the rest. Handles that grow, or memory that grows by more than a tenth of itself and 32 MB, fail.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Self

import numpy as np
import psutil
import psycopg

from api import service
from spheroseg.client import Client
from spheroseg.server.migrations import upgrade
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.resources.db import utc_now
from worker import EMAIL, PASSWORD, draw, worker

RESULTS = Path(__file__).parent / "results"
N_IMAGES = 6
HANDLES_MAY_GROW = 8
"""Connections of the pools are opened when they are first needed, and closed after half an hour."""
MEMORY_MAY_GROW_MB, MEMORY_MAY_GROW = 32.0, 0.1


class Watch:
    """What processes hold, read once a second."""

    def __init__(self, processes: dict[str, psutil.Process], database_url: str) -> None:
        self._processes, self._url = processes, database_url
        self.rows: dict[str, list[tuple[float, ...]]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        started = time.monotonic()
        with psycopg.connect(self._url, autocommit=True) as db:
            while not self._over.wait(1.0):
                now = time.monotonic() - started
                for name, process in self._processes.items():
                    with contextlib.suppress(psutil.NoSuchProcess):
                        self._note(name, now, [process])
                        self._note(f"{name}'s children", now, process.children(recursive=True))
                count = db.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                ).fetchone()
                assert count is not None
                self.rows.setdefault("database", []).append((now, 0.0, float(count[0]), 0.0))

    def _note(self, name: str, now: float, family: list[psutil.Process]) -> None:
        memory_mb = sum(one.memory_info().rss for one in family) / 1e6
        handles, threads = sum(one.num_fds() for one in family), sum(one.num_threads() for one in family)
        self.rows.setdefault(name, []).append((now, memory_mb, float(handles), float(threads)))


def trend(rows: list[tuple[float, ...]]) -> dict[str, float]:
    """What one process held after the first third of the time: at its middle, at its end, and the growth a minute."""
    table = np.array(rows)
    late = table[table[:, 0] > table[-1, 0] / 3]
    half = late[:, 0] < (late[0, 0] + late[-1, 0]) / 2
    figures: dict[str, float] = {}
    for column, name in ((1, "memory_mb"), (2, "handles"), (3, "threads")):
        figures[f"{name}_before"] = round(float(np.median(late[half, column])), 1)
        figures[f"{name}_after"] = round(float(np.median(late[~half, column])), 1)
        figures[f"{name}_a_minute"] = round(float(np.polyfit(late[:, 0] / 60, late[:, column], 1)[0]), 2)
    return figures


def one_round(client: Client, pictures: Path, number: int) -> None:
    """All that a person does with a project, from its first image to its deletion."""
    ask = client._service.ask  # noqa: SLF001 -- what the client has no method for
    project = client.create_project(f"Soak {number}", pixel_size_um=1.3)
    images = client.upload(project, pictures)
    ended = client.wait(client.segment(project, threshold=0.3 + 0.4 * ((number * 0.618) % 1)))
    if ended.n_done != len(images):
        raise SystemExit(f"round {number}: {ended.n_done} of {len(images)} images")
    for image in images:
        for column in range(2):
            ask("GET", f"/images/{image.id}/tiles/0/{column}/0")
        (frame,) = ask("GET", f"/images/{image.id}/frames").json()
        url = f"/results/{frame['result_id']}/objects"
        square = [[[20, 20], [60, 20], [60, 60], [20, 60]]]
        ask(
            "PATCH",
            url,
            json={"kind": "draw", "operations": [{"op": "add", "parts": [square]}]},
            headers={"If-Match": "*"},
        )
    client.objects(project)
    with tempfile.TemporaryDirectory() as folder:
        client.download(project, folder, ["csv", "masks"])
    ask("DELETE", f"/projects/{project.id}")
    ask("DELETE", f"/projects/{project.id}/forever")


def soak(seconds: float) -> dict[str, Any]:
    """Work for so long; rounds, and the trend of each process."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spheroseg-soak-")))
        folder.chmod(0o711)
        pictures = folder / "pictures"
        pictures.mkdir()
        draw(pictures, N_IMAGES)
        database = EmbeddedPostgres(folder / "database")
        database.start()
        stack.callback(database.stop)
        upgrade(database.url())
        url, api = stack.enter_context(service(database.url(), folder))
        working = stack.enter_context(worker(database.url(), folder))
        client = stack.enter_context(Client(url, timeout_s=300))
        client.sign_up(EMAIL, PASSWORD)
        client.sign_in(EMAIL, PASSWORD)
        one_round(client, pictures, 0)
        processes = {"api": psutil.Process(api.pid), "worker": psutil.Process(working.pid)}
        rounds, end = 1, time.monotonic() + seconds
        with Watch(processes, database.url()) as watch:
            while time.monotonic() < end:
                one_round(client, pictures, rounds)
                rounds += 1
    trends = {name: trend(rows) for name, rows in watch.rows.items()}
    return {
        "when": utc_now().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "seconds": seconds,
        "rounds": rounds,
        "images": rounds * N_IMAGES,
        "processes": trends,
    }


def complaints(result: dict[str, Any]) -> list[str]:
    """What grew by more than it may."""
    found = []
    for name, held in result["processes"].items():
        for kind, may_grow in (
            ("handles", HANDLES_MAY_GROW),
            ("threads", HANDLES_MAY_GROW),
            ("memory_mb", MEMORY_MAY_GROW_MB + MEMORY_MAY_GROW * held["memory_mb_before"]),
        ):
            if held[f"{kind}_after"] - held[f"{kind}_before"] > may_grow:
                found.append(f"{name}: {kind} grew from {held[f'{kind}_before']} to {held[f'{kind}_after']}")
    return found


def main() -> None:
    """Work, print, keep the long form's figures in bench/results, and fail when something grows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=90.0, help="how long")
    chosen = parser.parse_args()
    result = soak(chosen.seconds)
    print(json.dumps(result, indent=1))
    if chosen.seconds >= 600:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "soak.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if found := complaints(result):
        raise SystemExit("; ".join(found))


if __name__ == "__main__":
    main()
