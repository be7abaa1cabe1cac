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
import psycopg
import tifffile

from spheroseg.server.config import Settings
from spheroseg.server.db import new_id, utc_now
from spheroseg.server.embedded import EmbeddedPostgres
from spheroseg.server.migrations import upgrade
from spheroseg.server.security import AccessClaims, new_access_token
from spheroseg.server.segmentation import outlines
from spheroseg.server.storage import Storage

RESULTS = Path(__file__).parent / "results"
SECRET = secrets.token_urlsafe(32)
OBJECTS_AN_IMAGE = 50
SIDE_PX = 1024
AIMS_MS = {"list": 50, "open image": 50, "outlines": 50, "objects": 50, "save edit": 100}

COLUMNS = [{"name": f"measure_{i:02d}_um", "kind": "number"} for i in range(43)] + [
    {"name": "area_um2", "kind": "number"},
    {"name": "perimeter_um", "kind": "number"},
]


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    n_images: int
    n_people: int
    seconds: float
    n_uploads: int


SMALL, FULL = Size(2_000, 10, 8.0, 60), Size(100_000, 50, 60.0, 1_000)


@dataclass
class World:
    """What the load runs against."""

    url: str
    project_id: uuid.UUID
    tokens: list[str]
    images: list[tuple[str, str]] = field(default_factory=list)
    """(image, result) of a sample."""


def polygon(centre: tuple[float, float]) -> bytes:
    """A traced outline of 60 vertices."""
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = np.rint(np.stack([centre[0] + 40 * np.cos(angles), centre[1] + 40 * np.sin(angles)], axis=1))
    return outlines.encode([[ring]])


def fill(url: str, size: Size, file_key: str, people: list[uuid.UUID], project_id: uuid.UUID) -> None:
    """People, one project, and its images with outlines, by SQL: what matters is what lies in the tables."""
    with psycopg.connect(url) as db:
        for number, user_id in enumerate(people):
            email = f"person{number}@example.org"
            db.execute(
                "INSERT INTO users (id, email, email_key, name, role, language, preferences, organisation, version, "
                "email_verified_at, created_at, updated_at) SELECT %s, %s, %s, '', 'user', 'en', '{}', '', 1, now(), now(), now()",
                (user_id, email, email),
            )
            db.execute(
                "INSERT INTO sessions (id, user_id, generation, rotated_at, created_at, last_used_at, expires_at, remember) "
                "VALUES (%s, %s, 1, now(), now(), now(), now() + interval '1 day', false)",
                (user_id, user_id),
            )
        db.execute(
            "INSERT INTO projects (id, owner_id, name, description, kind, region, preferences, version, created_at, updated_at) "
            "VALUES (%s, %s, 'Load', '', 'spheroid', 'filled', '{}', 1, now(), now())",
            (project_id, people[0]),
        )
        for user_id in people:
            role = "owner" if user_id == people[0] else "editor"
            db.execute(
                "INSERT INTO members (project_id, user_id, role, created_at) VALUES (%s, %s, %s, now())",
                (project_id, user_id, role),
            )
        file_id, run_id = new_id(), new_id()
        db.execute(
            "INSERT INTO files VALUES (%s, %s, 2097152, %s, 'image/tiff', now())",
            (file_id, secrets.token_bytes(32), file_key),
        )
        db.execute(
            "INSERT INTO runs (id, project_id, created_by, kind, model_name, model_hash, parameters, urgency, state, n_items, "
            "version, created_at, updated_at) VALUES (%s, %s, %s, 'segment', 'classical', 'x', '{}', 'bulk', 'done', %s, 1, now(), now())",
            (run_id, project_id, people[0], size.n_images),
        )
        db.execute(
            """
            INSERT INTO images (id, project_id, file_id, idempotency_part, name, name_key, relative_path, series, n_series,
                size_bytes, media_type, state, width, height, n_frames, n_channels, n_slices, dtype, is_rgb, channel_names,
                display_ranges, pixel_size_x_um, pixel_size_y_um, pixel_size_source, notes, details, plate, well, well_row,
                well_column, channel, time_s, segmentation_state, n_objects, is_edited, version, changed, created_at, updated_at)
            SELECT gen_random_uuid(), %(project)s, %(file)s, 0, format('Plate%%s_%%s%%s_t%%s.tif', n / 960, chr(65 + (n / 24) %% 16),
                1 + n %% 24, n), lower(format('Plate%%s_%%s%%s_t%%s.tif', n / 960, chr(65 + (n / 24) %% 16), 1 + n %% 24, n)), '', 0, 1,
                2097152, 'image/tiff', 'ready', 1024, 1024, 1, 1, 1, 'uint16', false, '{}', '[[0, 4000]]', 0.65, 0.65, 'ome', '{}',
                '{"colours": ["ffffff"]}', 'Plate' || n / 960, chr(65 + (n / 24) %% 16) || lpad((1 + n %% 24)::text, 2, '0'),
                1 + (n / 24) %% 16, 1 + n %% 24, '', n, 'done', 50, false, 1, 1, now() - n * interval '1 second', now()
            FROM generate_series(1, %(n)s) AS n
            """,
            {"project": project_id, "file": file_id, "n": size.n_images},
        )
        db.execute(
            """
            INSERT INTO results (id, run_id, project_id, image_id, user_id, frame, state, urgency, turn, attempts, duration_ms,
                finished_at, from_cache, measure_columns, run_card, n_objects, next_number, head, version, changed, created_at)
            SELECT gen_random_uuid(), %(run)s, project_id, id, %(user)s, 0, 'done', 'bulk', 0, 1, 100, now(), false, %(columns)s,
                '{"model": {"name": "classical"}}', 50, 51, 0, 1, 1, now() FROM images
            """,
            {"run": run_id, "user": people[0], "columns": json.dumps(COLUMNS)},
        )
        db.execute("INSERT INTO frames (image_id, frame, result_id, n_objects) SELECT image_id, 0, id, 50 FROM results")
        db.execute("CREATE TEMP TABLE shapes (number int, polygons bytea, x real, y real)")
        for number in range(OBJECTS_AN_IMAGE):
            x, y = 60 + 100 * (number % 10), 60 + 200 * (number // 10)
            db.execute("INSERT INTO shapes VALUES (%s, %s, %s, %s)", (number + 1, polygon((x, y)), x, y))
        db.execute(
            """
            INSERT INTO objects (project_id, result_id, number, class_name, polygons, x_min, y_min, x_max, y_max, confidence, flags,
                measures, source, updated_at)
            SELECT r.project_id, r.id, s.number, 'spheroid', s.polygons, s.x - 40, s.y - 40, s.x + 40, s.y + 40, 0.95, '{}',
                array_fill(random() * 1000, ARRAY[45]), 'model', now()
            FROM results r CROSS JOIN shapes s
            """
        )
        db.commit()
        db.autocommit = True
        db.execute("VACUUM ANALYZE")


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
                if answer.status_code >= 400:
                    errors.append(f"{kind}: {answer.status_code} {answer.text[:200]}")
                if pause_s:
                    await asyncio.sleep(chance.uniform(0.5, 1.5) * pause_s)

    started = time.perf_counter()
    await asyncio.gather(*(person(number) for number in range(size.n_people)))
    seconds = time.perf_counter() - started
    return {
        "requests_per_s": round(sum(map(len, taken.values())) / seconds, 1),
        "errors": len(errors),
        "first_error": errors[0] if errors else None,
        "ms": {
            kind: {"n": len(times)} | {f"p{p}": round(float(np.percentile(times, p)), 1) for p in (50, 95, 99)}
            for kind, times in taken.items()
        },
    }


async def upload(world: World, size: Size, folder: Path) -> dict[str, float]:
    """Files of 2 MB by form, four requests at a time, beside writing them to the same disk."""
    rng = np.random.default_rng(0)
    contents = [rng.bytes(2 * 2**20 - 8) for _ in range(8)]
    pictures = (b"II*\0" + contents[i % 8] + i.to_bytes(4, "little") for i in itertools.count())
    started = time.perf_counter()
    for number in range(size.n_uploads):
        (folder / f"{number}").write_bytes(next(pictures))
    os.sync()
    disk_mb_s = size.n_uploads * 2.097 / (time.perf_counter() - started)
    headers = {"Authorization": f"Bearer {world.tokens[0]}"}
    url = f"{world.url}/api/v1/projects/{world.project_id}/images"
    numbers = iter(range(0, size.n_uploads, 10))

    async def sender() -> None:
        async with httpx.AsyncClient(headers=headers, timeout=60) as client:
            for first in numbers:
                files = [("files", (f"u{first + i}.tif", next(pictures))) for i in range(10)]
                (await client.post(url, files=files)).raise_for_status()

    started = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(4)))
    upload_mb_s = size.n_uploads * 2.097 / (time.perf_counter() - started)
    return {
        "upload_mb_s": round(upload_mb_s, 1),
        "disk_mb_s": round(disk_mb_s, 1),
        "share": round(upload_mb_s / disk_mb_s, 2),
    }


async def ready(url: str) -> None:
    """Wait until the API answers."""
    async with httpx.AsyncClient() as client:
        for _ in range(600):
            try:
                if (await client.get(f"{url}/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise SystemExit("the API did not become ready")


API = "from spheroseg.server.config import load_settings; from spheroseg.server.processes import run_api; run_api(load_settings())"


async def measure(world: World, size: Size, folder: Path) -> dict[str, Any]:
    """Warm up, then people with pauses, then without, then uploads."""
    warm = Size(size.n_images, 2, 4.0, 0)
    await load(world, warm, 0.0)
    return {
        "people": await load(world, size, 1.0),
        "saturated": await load(world, size, 0.0),
        "upload": await upload(world, size, folder),
    }


@dataclass(frozen=True)
class Filled:
    """What lies in the database.

    Attributes:
        project_id: the one project.
        people: its members.
        images: (image, result) of a sample.
        n_objects: in all.
        size_mb: of the database.
        fill_s: how long filling took; None where it was filled before.
    """

    project_id: uuid.UUID
    people: list[uuid.UUID]
    images: list[tuple[str, str]]
    n_objects: int
    size_mb: int
    fill_s: float | None


def filled(url: str, size: Size, folder: Path) -> Filled:
    """Fill the database unless it is full already."""
    upgrade(url)
    fill_s = None
    with psycopg.connect(url) as db:
        is_empty = db.execute("SELECT 1 FROM projects LIMIT 1").fetchone() is None
    if is_empty:
        storage = Storage.open(str(folder / "data" / "files"))
        picture = folder / "picture.tif"
        tifffile.imwrite(picture, np.random.default_rng(0).integers(0, 4000, (SIDE_PX, SIDE_PX), dtype=np.uint16))
        asyncio.run(storage.put("files/picture", picture.read_bytes()))
        started = time.perf_counter()
        fill(url, size, "files/picture", [new_id() for _ in range(size.n_people)], new_id())
        fill_s = round(time.perf_counter() - started, 1)
    with psycopg.connect(url) as db:
        (project_id, owner_id) = db.execute("SELECT id, owner_id FROM projects").fetchone() or (None, None)
        members = db.execute("SELECT user_id FROM members ORDER BY user_id <> %s", (owner_id,)).fetchall()
        n_images = (db.execute("SELECT count(*) FROM results").fetchone() or (0,))[0]
        if project_id is None or n_images != size.n_images or len(members) < size.n_people:
            raise SystemExit(f"{folder} holds {n_images} images and {len(members)} people: name another folder")
        images = db.execute("SELECT image_id::text, id::text FROM results ORDER BY random() LIMIT 2000").fetchall()
        n_objects = (db.execute("SELECT count(*) FROM objects").fetchone() or (0,))[0]
        size_mb = (db.execute("SELECT pg_database_size(current_database()) / 1000000").fetchone() or (0,))[0]
    return Filled(
        project_id, [row[0] for row in members], [(row[0], row[1]) for row in images], n_objects, int(size_mb), fill_s
    )


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
        url, _ = stack.enter_context(service(database.url(), folder))
        world = World(url, found.project_id, tokens, found.images)
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


def report(said: dict[str, Any]) -> str:
    """The figures as Markdown."""
    where = (
        f"{said['cores']} cores (load before: {said['load_before']:.1f}), database {said['database_mb']:,} MB, one API process, "
        "PostgreSQL and the load itself on the same cores."
    )
    lines = [
        f"# The service under load: {said['n_images']:,} images, {said['n_objects']:,} objects, {said['n_people']} people",
        "",
        where,
        "",
        "| action | p50 ms | p95 ms | p99 ms | aim p95 | p95 ms without pauses |",
        "|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        with_pauses, without = said["people"]["ms"].get(kind), said["saturated"]["ms"].get(kind)
        if with_pauses and without:
            lines.append(
                f"| {kind} | {with_pauses['p50']} | {with_pauses['p95']} | {with_pauses['p99']} | {AIMS_MS[kind]} | {without['p95']} |"
            )
    uploaded, people, saturated = said["upload"], said["people"], said["saturated"]
    rates = (
        f"A second between two actions: {people['requests_per_s']} requests/s, {people['errors']} errors. "
        f"Without pauses: {saturated['requests_per_s']} requests/s, {saturated['errors']} errors."
    )
    files = (
        f"Upload of 2 MB files: {uploaded['upload_mb_s']} MB/s; writing them to the same disk: {uploaded['disk_mb_s']} MB/s "
        f"({uploaded['share']:.0%})."
    )
    lines += ["", rates, "", files, ""]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and keep the full form's figures in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--full", action="store_true", help="100,000 images, 5,000,000 objects, 50 people")
    parser.add_argument("--images", type=int, help="another number of images")
    parser.add_argument("--seconds", type=float, help="length of each load")
    parser.add_argument("--data", type=Path, help="keep the database in this folder, or use the one that is there")
    chosen = parser.parse_args()
    size = FULL if chosen.full else SMALL
    size = Size(chosen.images or size.n_images, size.n_people, chosen.seconds or size.seconds, size.n_uploads)
    Settings(_env_file=None, secret_key=SECRET)  # a wrong environment ends here, not after minutes
    said = run(size, chosen.data, measure)
    print(report(said))
    if chosen.full:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "api.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "api.md").write_text(report(said), encoding="utf-8")
    if said["people"]["errors"] or said["saturated"]["errors"]:
        raise SystemExit(said["people"]["first_error"] or said["saturated"]["first_error"])


if __name__ == "__main__":
    main()
