"""The service under load: list, open image, objects, save an edit, with many images and objects and many people at once.

    python bench/api.py                  small: 2,000 images, 100,000 objects, 10 people (for CI)
    python bench/api.py --full           100,000 images, 5,000,000 objects, 50 people
    python bench/api.py --full --data D  fills the database in folder D once and uses it again

A private PostgreSQL and one API process are started for it, with the settings of `spheroseg serve`. People act one after
another with a pause of about a second between two actions (what 50 people at their screens do), then without any pause
(what the machine can do at all). Last, files of 2 MB are uploaded by form and compared with writing them to the same disk.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from api_fill import Size, filled
from spheroseg.server.access.tokens import AccessClaims, new_access_token
from spheroseg.server.config import Settings
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.resources.db import utc_now

RESULTS = Path(__file__).parent / "results"
SECRET = secrets.token_urlsafe(32)
AIMS_MS = {"list": 50, "open image": 50, "outlines": 50, "objects": 50, "save edit": 100}

SMALL, FULL = Size(2_000, 10, 8.0, 60), Size(100_000, 50, 60.0, 1_000)


@dataclass
class World:
    """What the load runs against."""

    url: str
    project_id: uuid.UUID
    tokens: list[str]
    images: list[tuple[str, str]] = field(default_factory=list)
    """(image, result) of a sample."""
    processes: dict[str, psutil.Process] = field(default_factory=dict)
    """The API, the database's first process, and the load itself."""

    def cpu_s(self) -> dict[str, float]:
        """Processor time that each of them and its children have taken so far."""
        taken = {}
        for name, process in self.processes.items():
            family = [process] if name == "load" else [process, *process.children(recursive=True)]
            taken[name] = sum(sum(one.cpu_times()[:2]) for one in family)
        return taken


async def act(client: httpx.AsyncClient, world: World, kind: str, chance: random.Random) -> httpx.Response:
    """One action of a person."""
    api = f"{world.url}/api/v1"
    image_id, result_id = chance.choice(world.images)
    match kind:
        case "list":
            sort = chance.choice(["name", "well", "created"])
            return await client.get(f"{api}/projects/{world.project_id}/images", params={"sort": sort, "limit": 50})
        case "open image":
            return await client.get(f"{api}/images/{image_id}")
        case "outlines":
            return await client.get(f"{api}/results/{result_id}/outlines")
        case "objects":
            return await client.get(f"{api}/results/{result_id}/objects", params={"limit": 50})
        case _:
            x, y = chance.uniform(100, 800), chance.uniform(100, 800)
            ring = [[x, y], [x + 60, y], [x + 60, y + 60], [x, y + 60]]
            edit = {"kind": "draw", "operations": [{"op": "add", "parts": [[ring]]}]}
            return await client.patch(f"{api}/results/{result_id}/objects", json=edit, headers={"If-Match": "*"})


KINDS = ["list", "open image", "outlines", "objects", "save edit"]
WEIGHTS = [3, 3, 3, 2, 2]


async def load(world: World, size: Size, pause_s: float) -> dict[str, Any]:
    """All people at once for a while; latencies of each kind of action in milliseconds."""
    taken: dict[str, list[float]] = defaultdict(list)
    errors: list[str] = []
    conflicts: list[str] = []
    end = time.perf_counter() + size.seconds

    async def person(number: int) -> None:
        chance = random.Random(number)  # noqa: S311 -- repeatable, and nothing secret
        headers = {"Authorization": f"Bearer {world.tokens[number]}"}
        async with httpx.AsyncClient(headers=headers, timeout=30) as client:
            await asyncio.sleep(chance.uniform(0, max(pause_s, 0.1)))
            while time.perf_counter() < end:
                kind = chance.choices(KINDS, WEIGHTS)[0]
                started = time.perf_counter()
                answer = await act(client, world, kind, chance)
                taken[kind].append((time.perf_counter() - started) * 1000)
                if answer.status_code == 412:  # two people at the same frame at once: the service says so to the second
                    conflicts.append(kind)
                elif answer.status_code >= 400:
                    errors.append(f"{kind}: {answer.status_code} {answer.text[:200]}")
                if pause_s:
                    await asyncio.sleep(chance.uniform(0.5, 1.5) * pause_s)

    before = world.cpu_s()
    started = time.perf_counter()
    await asyncio.gather(*(person(number) for number in range(size.n_people)))
    seconds = time.perf_counter() - started
    n_requests = sum(map(len, taken.values()))
    return {
        "cpu_ms_a_request": {
            name: round((after - before[name]) * 1000 / max(1, n_requests), 2) for name, after in world.cpu_s().items()
        },
        "requests_per_s": round(sum(map(len, taken.values())) / seconds, 1),
        "errors": len(errors),
        "conflicts": len(conflicts),
        "first_error": errors[0] if errors else None,
        "ms": {
            kind: {"n": len(times)} | {f"p{p}": round(float(np.percentile(times, p)), 1) for p in (50, 95, 99)}
            for kind, times in taken.items()
        },
    }


SINK = """
import asyncio, sys
import uvloop
class Sink(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.left, self.head = transport, None, b""
    def data_received(self, data):
        if self.left is None:
            self.head += data
            end = self.head.find(b"\\r\\n\\r\\n")
            if end < 0:
                return
            lines = self.head[:end].lower().split(b"\\r\\n")
            length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
            self.left, data, self.head = length, self.head[end + 4 :], b""
        self.left -= len(data)
        if self.left <= 0:
            self.left = None
            self.transport.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\n\\r\\n")
async def main():
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
uvloop.run(main())
"""
"""Reads a request and forgets it: what the same client reaches over the same loopback when nothing is done."""


async def upload(world: World, size: Size, folder: Path) -> dict[str, Any]:
    """Files of 2 MB by form, four requests at a time, beside writing them to the same disk and sending them to nobody."""
    rng = np.random.default_rng(0)
    contents = [rng.bytes(2 * 2**20 - 8) for _ in range(8)]
    pictures = (b"II*\0" + contents[i % 8] + i.to_bytes(4, "little") for i in itertools.count())
    started = time.perf_counter()
    for number in range(size.n_uploads):
        (folder / f"{number}").write_bytes(next(pictures))
    os.sync()
    disk_mb_s = size.n_uploads * 2.097 / (time.perf_counter() - started)
    headers = {"Authorization": f"Bearer {world.tokens[0]}"}

    async def sender(url: str, numbers: Iterator[int]) -> None:
        async with httpx.AsyncClient(headers=headers, timeout=60) as client:
            for first in numbers:
                files = [("files", (f"u{first + i}.tif", next(pictures))) for i in range(10)]
                (await client.post(url, files=files)).raise_for_status()

    async def send_all(url: str) -> float:
        numbers = iter(range(0, size.n_uploads, 10))
        started = time.perf_counter()
        await asyncio.gather(*(sender(url, numbers) for _ in range(4)))
        return size.n_uploads * 2.097 / (time.perf_counter() - started)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sink = await asyncio.create_subprocess_exec(sys.executable, "-c", SINK, str(port))
    try:
        await asyncio.sleep(2)
        loopback_mb_s = await send_all(f"http://127.0.0.1:{port}")
    finally:
        sink.terminate()
        await sink.wait()
    before = world.cpu_s()
    upload_mb_s = await send_all(f"{world.url}/api/v1/projects/{world.project_id}/images")
    after = world.cpu_s()
    return {
        "upload_mb_s": round(upload_mb_s, 1),
        "disk_mb_s": round(disk_mb_s, 1),
        "loopback_mb_s": round(loopback_mb_s, 1),
        "share_of_disk": round(upload_mb_s / disk_mb_s, 2),
        "share_of_loopback": round(upload_mb_s / loopback_mb_s, 2),
        "cpu_ms_a_file": {name: round((after[name] - before[name]) * 1000 / size.n_uploads, 2) for name in after},
    }


async def ready(url: str) -> None:
    """Wait until the API answers."""
    async with httpx.AsyncClient() as client:
        for _ in range(1800):
            try:
                if (await client.get(f"{url}/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise SystemExit("the API did not become ready")


API = "from spheroseg.server.config import load_settings; from spheroseg.server.processes.entry import run_api; run_api(load_settings())"


async def measure(world: World, size: Size, folder: Path) -> dict[str, Any]:
    """Warm up, then people with pauses, then without, then uploads."""
    headers = {"Authorization": f"Bearer {world.tokens[0]}"}
    async with httpx.AsyncClient(headers=headers, timeout=300) as client:  # the first edit waits for the API's child
        (await act(client, world, "save edit", random.Random(0))).raise_for_status()  # noqa: S311 -- repeatable
    warm = Size(size.n_images, 2, 4.0, 0)
    await load(world, warm, 0.0)
    return {
        "people": await load(world, size, 1.0),
        "saturated": await load(world, size, 0.0),
        "upload": await upload(world, size, folder),
    }


@contextlib.contextmanager
def service(url: str, folder: Path, **settings: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """One API process on a free port; its address and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "SPHEROSEG_DATABASE_URL": url,
        "SPHEROSEG_DATA_DIR": str(folder / "data"),
        "SPHEROSEG_SECRET_KEY": SECRET,
        "SPHEROSEG_PORT": str(port),
        "SPHEROSEG_LOG_LEVEL": "error",
        "SPHEROSEG_RATE_LIMITS": "false",
    }
    api = subprocess.Popen([sys.executable, "-c", API], env=environment | settings)
    try:
        asyncio.run(ready(f"http://127.0.0.1:{port}"))
        yield f"http://127.0.0.1:{port}", api
    finally:
        api.terminate()
        api.wait(timeout=30)


def run(
    size: Size, data: Path | None, step: Callable[[World, Size, Path], Coroutine[Any, Any, dict[str, Any]]]
) -> dict[str, Any]:
    """Start everything, fill the database, measure, stop everything.

    Args:
        size: how much of everything.
        data: folder of the database, used again the next time; None for one that is removed afterwards.
        step: what is measured.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="spheroseg-bench-")) if data is None else data
        )
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        database = EmbeddedPostgres(folder / "database")
        database.start()
        stack.callback(database.stop)
        found = filled(database.url(), size, folder)
        load_before = os.getloadavg()[0]
        tokens = [new_access_token(SECRET, AccessClaims(user_id, user_id), 86_400) for user_id in found.people]
        disk = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="disk-", dir=folder)))
        url, api = stack.enter_context(service(database.url(), folder))
        this = psutil.Process()
        (postgres,) = [child for child in this.children() if child.name().startswith("postgres")]
        world = World(url, found.project_id, tokens, found.images)
        world.processes = {"api": psutil.Process(api.pid), "database": postgres, "load": this}
        measured: dict[str, Any] = asyncio.run(step(world, size, disk))
    about: dict[str, Any] = {
        "when": utc_now().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": load_before,
        "n_images": size.n_images,
        "n_objects": found.n_objects,
        "n_people": size.n_people,
        "database_mb": found.size_mb,
        "fill_s": found.fill_s,
    }
    return about | measured


def report(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    where = (
        f"{result['cores']} cores (load before: {result['load_before']:.1f}), database {result['database_mb']:,} MB, one API process, "
        "PostgreSQL and the load itself on the same cores."
    )
    lines = [
        f"# The service under load: {result['n_images']:,} images, {result['n_objects']:,} objects, {result['n_people']} people",
        "",
        f"{where} {result['note']}".strip(),
        "",
        "| action | p50 ms | p95 ms | p99 ms | aim p95 | p95 ms without pauses |",
        "|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        with_pauses, without = result["people"]["ms"].get(kind), result["saturated"]["ms"].get(kind)
        if with_pauses and without:
            lines.append(
                f"| {kind} | {with_pauses['p50']} | {with_pauses['p95']} | {with_pauses['p99']} | {AIMS_MS[kind]} | {without['p95']} |"
            )
    uploaded, people, saturated = result["upload"], result["people"], result["saturated"]
    rates = (
        f"Half a second to one and a half between two actions of a person: {people['requests_per_s']} requests/s, "
        f"{people['errors']} errors. Without pauses: {saturated['requests_per_s']} requests/s, {saturated['errors']} errors."
    )
    cpu = people["cpu_ms_a_request"]
    costs = (
        f"Processor time a request: {cpu['api']} ms in the API with its child, {cpu['database']} ms in the database, "
        f"{cpu['load']} ms in the load itself."
    )
    files = (
        f"Upload of 2 MB files: {uploaded['upload_mb_s']} MB/s; writing them to the same disk: {uploaded['disk_mb_s']} MB/s "
        f"({uploaded['share_of_disk']:.0%}); the same client to a server that forgets them: {uploaded['loopback_mb_s']} MB/s "
        f"({uploaded['share_of_loopback']:.0%}). Processor time a file: {uploaded['cpu_ms_a_file']['api']} ms in the API."
    )
    lines += ["", rates, "", costs, "", files, ""]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and keep the full form's figures in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--full", action="store_true", help="100,000 images, 5,000,000 objects, 50 people")
    parser.add_argument("--images", type=int, help="another number of images")
    parser.add_argument("--seconds", type=float, help="length of each load")
    parser.add_argument("--data", type=Path, help="keep the database in this folder, or use the one that is there")
    parser.add_argument("--note", default="", help="what else the machine did meanwhile, for the report")
    chosen = parser.parse_args()
    size = FULL if chosen.full else SMALL
    size = Size(chosen.images or size.n_images, size.n_people, chosen.seconds or size.seconds, size.n_uploads)
    Settings(_env_file=None, secret_key=SECRET)  # a wrong environment ends here, not after minutes
    result = run(size, chosen.data, measure) | {"note": chosen.note}
    print(report(result))
    if chosen.full:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "api.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "api.md").write_text(report(result), encoding="utf-8")
    if result["people"]["errors"] or result["saturated"]["errors"]:
        raise SystemExit(result["people"]["first_error"] or result["saturated"]["first_error"])


if __name__ == "__main__":
    main()
