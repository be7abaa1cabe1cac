"""The database of the load benchmark: people, one project, its images with outlines; filled once."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
import tifffile

from spheroseg.server.compute import outlines
from spheroseg.server.migrations import upgrade
from spheroseg.server.resources.db import new_id
from spheroseg.server.resources.storage import Storage

OBJECTS_AN_IMAGE = 50
SIDE_PX = 1024

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
