"""How the service grows with workers, each part on a network of its own.

    python bench/scaling.py               as root, on Linux: network namespaces with a bridge between them
    python bench/scaling.py --cost 2      another cost of an image

PostgreSQL, Redis, a bucket (moto), two API processes and up to four workers have a network namespace each, with an address and
nothing but the bridge between them: no shared socket, no shared folder. The model costs a fixed time (`fixed_cost/`: it sleeps), so
that the cores of this machine do not decide. Throughput for 1, 2 and 4 workers, from the first image's start to the last one's end.
Then the network of one of two workers is cut in the middle of a run: what it had in hand is done once more, by the other.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import io
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
import PIL.Image
import psycopg
from sqlalchemy.engine import make_url

from api import API, SECRET
from spheroseg.client import Client
from spheroseg.server.migrations import upgrade
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.resources.db import utc_now
from worker import EMAIL, PASSWORD, WORKER

RESULTS = Path(__file__).parent / "results"
NETWORK = "10.77.0"
BRIDGE = "spheroseg0"
ADDRESSES = {
    "database": 10,
    "redis": 11,
    "bucket": 12,
    "api1": 21,
    "api2": 22,
    **{f"worker{n}": 30 + n for n in range(4)},
}
AT_ONCE = 2
# each run has a diameter of its own: another threshold would be answered from kept maps, without the model
ROUNDS = 8
"""Images that each place of a worker gets, one after the other."""
AIM = 0.95


def address(part: str) -> str:
    """Of a part, on the bridge."""
    return f"{NETWORK}.{ADDRESSES[part]}"


def ip(*arguments: str) -> None:
    """Run `ip`."""
    subprocess.run(["ip", *arguments], check=True)


@contextlib.contextmanager
def networks() -> Iterator[None]:
    """A namespace for each part, and the bridge."""
    with contextlib.ExitStack() as stack:
        ip("link", "add", BRIDGE, "type", "bridge")
        stack.callback(ip, "link", "del", BRIDGE)
        ip("addr", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for part, number in ADDRESSES.items():
            space, outside = f"spheroseg-{part}", f"sph-{number}"
            ip("netns", "add", space)
            stack.callback(ip, "netns", "del", space)
            ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", space)
            ip("link", "set", outside, "master", BRIDGE, "up")
            ip("-n", space, "addr", "add", f"{address(part)}/24", "dev", "eth0")
            ip("-n", space, "link", "set", "eth0", "up")
            ip("-n", space, "link", "set", "lo", "up")
        yield


@contextlib.contextmanager
def network_of(part: str) -> Iterator[None]:
    """What is started inside is on this part's network."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/self/ns/net").open() as here, Path(f"/run/netns/spheroseg-{part}").open() as there:
        if libc.setns(there.fileno(), 0) != 0:
            raise SystemExit(f"the network of {part} cannot be entered: {os.strerror(ctypes.get_errno())}")
        try:
            yield
        finally:
            libc.setns(here.fileno(), 0)


class Parts:
    """The programs that run."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack, cost_s: float) -> None:
        self.folder, self._stack = folder, stack
        self.database = EmbeddedPostgres(folder / "database", server_settings={"listen_addresses": address("database")})
        with network_of("database"):
            self.database.start()
        stack.callback(self.database.stop)
        with (self.database.cluster / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {NETWORK}.0/24 scram-sha-256\n")
        with psycopg.connect(self.database.url(), autocommit=True) as db:
            db.execute("SELECT pg_reload_conf()")
        upgrade(self.database.url())
        password = make_url(self.database.url()).password
        self.environment = os.environ | {
            "SPHEROSEG_DATABASE_URL": f"postgresql://spheroseg:{password}@{address('database')}:5432/spheroseg",
            "SPHEROSEG_REDIS_URL": f"redis://{address('redis')}:6379/0",
            "SPHEROSEG_STORAGE_URL": "s3://files/lab",
            "SPHEROSEG_SECRET_KEY": SECRET,
            "SPHEROSEG_LOG_LEVEL": "error",
            "SPHEROSEG_RATE_LIMITS": "false",
            "SPHEROSEG_WORKER_COMPUTE_CONCURRENCY": str(AT_ONCE),
            "AWS_ENDPOINT_URL": f"http://{address('bucket')}:9000",
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
            "PYTHONPATH": str(Path(__file__).parent / "fixed_cost"),
            "BENCH_COST_S": str(cost_s),
        }
        self.start("redis", ["redis-server", "--bind", address("redis"), "--protected-mode", "no", "--save", ""])
        moto = str(Path(sys.executable).with_name("moto_server"))
        self.start("bucket", [moto, "-H", address("bucket"), "-p", "9000"])
        patiently(lambda: httpx.put(f"http://{address('bucket')}:9000/files").raise_for_status())
        for name in ("api1", "api2"):
            self.start(name, [sys.executable, "-c", API], SPHEROSEG_HOST=address(name), SPHEROSEG_PORT="8000")
            patiently(lambda name=name: httpx.get(f"http://{address(name)}:8000/health/ready").raise_for_status())

    def start(self, part: str, command: list[str], **settings: str) -> subprocess.Popen[bytes]:
        """Start a program on its own network, with a data folder of its own."""
        own = {"SPHEROSEG_DATA_DIR": str(self.folder / part)}
        with (self.folder / f"{part}.log").open("wb") as log, network_of(part):
            process = subprocess.Popen(command, env=self.environment | own | settings, stdout=log, stderr=log)

        def end() -> None:
            process.terminate()
            process.wait(60)

        self._stack.callback(end)
        return process

    def worker(self, number: int) -> None:
        """One more worker, at work when this returns."""
        self.start(f"worker{number}", [sys.executable, "-c", WORKER])

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the database."""
        with psycopg.connect(self.database.url()) as db:
            return db.execute(query, values).fetchall()


def patiently(ask: Any) -> None:  # noqa: ANN401 -- any call
    """Try until it works, for two minutes."""
    deadline = time.monotonic() + 120
    while True:
        try:
            ask()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def draw(folder: Path, count: int) -> None:
    """Small different pictures of a disc."""
    folder.mkdir()
    y, x = np.mgrid[:96, :96]
    for number in range(count):
        rng = np.random.default_rng(number)
        plane = np.where(np.hypot(y - 48, x - 48) < 20 + number % 10, 80.0, 190.0) + rng.normal(0, 3, (96, 96))
        stream = io.BytesIO()
        PIL.Image.fromarray(plane.clip(0, 255).astype(np.uint8)).save(stream, "PNG")
        (folder / f"{number:04d}.png").write_bytes(stream.getvalue())


def throughput(parts: Parts, client: Client, project: str, ids: list[str], n_workers: int) -> dict[str, Any]:
    """One run over as many images as these workers need for `ROUNDS` rounds."""
    n_images = n_workers * AT_ONCE * ROUNDS
    run = client.wait(client.segment(project, "classical", image_ids=ids[:n_images], diameter_px=40 + n_workers))
    if run.n_done != n_images:
        raise SystemExit(f"{n_workers} workers: {run.n_done} of {n_images} images: {client.failures(run)[:1]}")
    ((seconds, n_other),) = parts.ask(
        "SELECT extract(epoch FROM max(finished_at) - min(started_at))::float, count(*) FILTER (WHERE from_cache OR attempts <> 1)"
        " FROM results WHERE run_id = %s",
        run.id,
    )
    if n_other:
        raise SystemExit(f"{n_workers} workers: {n_other} images were not computed once")
    return {
        "workers": n_workers,
        "images": n_images,
        "seconds": round(seconds, 2),
        "images_a_s": round(n_images / seconds, 3),
    }


def partition(parts: Parts, client: Client, project: str, ids: list[str]) -> dict[str, Any]:
    """Cut one worker's network in the middle of a run, and give it back when the run is over."""
    run = client.segment(project, "classical", image_ids=ids[:24], diameter_px=50)
    while client.run(run).n_done < 4:
        time.sleep(0.1)
    ip("-n", "spheroseg-worker1", "link", "set", "eth0", "down")
    ended = client.wait(run)
    query = "SELECT id, version, attempts, n_objects, finished_at FROM results WHERE run_id = %s ORDER BY id"
    before = parts.ask(query, run.id)
    ip("-n", "spheroseg-worker1", "link", "set", "eth0", "up")
    time.sleep(45)  # the kernel says again what it could not say, and the worker comes back
    after = parts.ask(query, run.id)
    doubled = parts.ask(
        "SELECT count(*) FROM (SELECT 1 FROM objects GROUP BY result_id, number HAVING count(*) > 1) AS twice"
    )
    more = client.wait(client.segment(project, "classical", image_ids=ids[:16], diameter_px=51))
    return {
        "images": ended.n_items,
        "done": ended.n_done,
        "done_again": sum(row[2] > 1 for row in before),
        "changed_by_late_answers": sum(one != two for one, two in zip(before, after, strict=True)),
        "objects_twice": doubled[0][0],
        "done_after_it_came_back": more.n_done,
    }


def measure(cost_s: float) -> dict[str, Any]:
    """All figures."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spheroseg-bench-")))
        folder.chmod(0o711)
        stack.enter_context(networks())
        parts = Parts(folder, stack, cost_s)
        clients = [
            stack.enter_context(Client(f"http://{address(name)}:8000", timeout_s=300)) for name in ("api1", "api2")
        ]
        clients[0].sign_up(EMAIL, PASSWORD)
        for client in clients:
            client.sign_in(EMAIL, PASSWORD)
        project = clients[0].create_project("Scaling").id
        draw(folder / "pictures", 4 * AT_ONCE * ROUNDS)
        load_before = os.getloadavg()[0]
        parts.worker(0)
        ids = [image.id for image in clients[0].upload(project, folder / "pictures")]
        clients[1].wait(clients[1].segment(project, "classical", image_ids=ids[:2], diameter_px=30))  # warm
        figures = []
        for n_workers in (1, 2, 4):
            while parts.ask("SELECT count(*) FROM procrastinate_workers")[0][0] < 3 * n_workers:  # one a queue
                running = parts.ask("SELECT count(*) FROM procrastinate_workers")[0][0] // 3
                parts.worker(running)
                while parts.ask("SELECT count(*) FROM procrastinate_workers")[0][0] < 3 * (running + 1):
                    time.sleep(0.2)
            # each new worker's first image starts its compute process
            clients[1].wait(
                clients[1].segment(project, "classical", image_ids=ids[: 6 * n_workers], diameter_px=30 + n_workers)
            )
            figures.append(throughput(parts, clients[n_workers % 2], project, ids, n_workers))
            print(figures[-1], flush=True)
        cut = partition(parts, clients[0], project, ids)
    one = figures[0]["images_a_s"]
    for figure in figures:
        figure["of_linear"] = round(figure["images_a_s"] / (one * figure["workers"]), 3)
    return {
        "when": utc_now().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": load_before,
        "cost_s": cost_s,
        "images_at_once_a_worker": AT_ONCE,
        "workers": figures,
        "partition": cut,
    }


def main() -> None:
    """Measure, print, and keep the figures in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cost", type=float, default=4.0, help="seconds that an image costs")
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("bench/scaling.py: only root makes network namespaces")
    result = measure(chosen.cost)
    print(json.dumps(result, indent=1))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "scaling.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    cut = result["partition"]
    if (
        result["workers"][-1]["of_linear"] < AIM
        or cut["changed_by_late_answers"]
        or cut["objects_twice"]
        or cut["done"] != cut["images"]
    ):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
