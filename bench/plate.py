"""How long a plate takes: 384 wells, 100 times, 50 objects each (1.92 million objects), from Parquet and in the service.

    python bench/plate.py [--wells 384] [--times 100] [--objects 50]

Parquet: `read_objects` and `analyse`, as `spheroseg analyse` calls them, with the peak memory of the process. Service: a private
PostgreSQL and one API process; all conclusions from objects that nobody summed up yet, the same from sums (as they are made when
results are written), then what the page with the fits asks for: the next one (kept), the one after a well was left out and after
an outline was changed. Processor seconds stand beside the clock's: they are what a machine that does nothing else
would need on one core. Writes bench/results/plate.{json,md}.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import psutil
import psycopg

from api import RESULTS, SECRET, service
from api_fill import Size, fill
from spheroseg.analysis import Options, Reading, analyse, read_layout, read_objects, well_name
from spheroseg.server.access.tokens import AccessClaims, new_access_token
from spheroseg.server.migrations import upgrade
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.resources.db import new_id
from waits import cpu_s

DOSES_UM = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
IC50_UM = 0.8
COLUMNS = ("equivalent_diameter_um", "equivalent_diameter_low_um", "equivalent_diameter_high_um", "area_um2", "volume_sphere_um3", "touches_border")  # fmt: skip


def layout(n_wells: int) -> list[dict[str, str]]:
    """Two untreated and one killed well a row, the rest compounds at eight doses in three wells."""
    names = [well_name(1 + n // 24, 1 + n % 24) for n in range(n_wells)]
    rows, treated = [], 0
    for n, name in enumerate(names):
        control = {0: "negative", 1: "negative", 23: "positive"}.get(n % 24, "")
        if control:
            rows.append({"well": name, "compound": "", "dose": "", "dose_unit": "", "control": control})
            continue
        dose = DOSES_UM[treated % 24 // 3]
        rows.append(
            {"well": name, "compound": f"c{treated // 24:02d}", "dose": f"{dose:g}", "dose_unit": "µM", "control": ""}
        )
        treated += 1
    return rows


def rates(wells: list[dict[str, str]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Growth a day of each well's volume."""
    by_control = {"negative": 0.6, "positive": -0.3}
    return np.array([by_control.get(w["control"]) or 0.6 / (1 + float(w["dose"]) / IC50_UM) for w in wells])


def table(wells: list[dict[str, str]], n_times: int, n_objects: int, path: Path) -> None:
    """objects.parquet and layout.csv."""
    rng = np.random.default_rng(0)
    n_images = len(wells) * n_times
    well, hour = np.divmod(np.repeat(np.arange(n_images), n_objects), n_times)
    diameter = 100 * np.exp(rates(wells)[well] * hour / 72 + rng.normal(0, 0.1, len(well)))
    names = np.array([w["well"] for w in wells], object)
    images = np.array([f"{w['well']}_{t:03d}h" for w in wells for t in range(n_times)], object)
    pd.DataFrame(
        {"image": images[well * n_times + hour],
         "well": names[well], "time_h": hour.astype(float), "label": np.tile(np.arange(1, n_objects + 1), n_images),
         "equivalent_diameter_um": diameter, "equivalent_diameter_low_um": diameter * 0.98, "equivalent_diameter_high_um": diameter * 1.02,
         "area_um2": np.pi / 4 * diameter**2, "volume_sphere_um3": np.pi / 6 * diameter**3, "touches_border": rng.random(len(well)) < 0.02}
    ).to_parquet(path / "objects.parquet", row_group_size=200_000)  # fmt: skip
    pd.DataFrame(wells).to_csv(path / "layout.csv", index=False)


def from_parquet(path: Path) -> dict[str, float]:
    """Seconds and memory of reading and analysing; runs in a process of its own."""
    started, cpu = time.perf_counter(), time.process_time()
    seen = read_objects(path / "objects.parquet", Reading(keep_objects=False))
    read_s, read_cpu_s = time.perf_counter() - started, time.process_time() - cpu
    analyse(seen, read_layout(path / "layout.csv"), Options())
    return {
        "read_s": read_s, "read_cpu_s": read_cpu_s, "all_s": time.perf_counter() - started, "all_cpu_s": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def plate_rows(db: psycopg.Connection[Any], wells: list[dict[str, str]], n_times: int, n_objects: int) -> str:
    """The plate's images, results and objects beside the people of `fill`; the project's id."""
    (project_id, run_id, file_id, owner_id) = (
        db.execute("SELECT p.id, r.id, f.id, p.owner_id FROM projects p, runs r, files f").fetchone() or (None,) * 4
    )
    db.execute("CREATE TEMP TABLE places (n int, well text, y int, x int, rate float8)")
    with db.cursor().copy("COPY places FROM STDIN") as copy:
        for n, (well, rate) in enumerate(zip(wells, rates(wells), strict=True)):
            copy.write_row((n, well["well"], 1 + n // 24, 1 + n % 24, float(rate)))
    values = {"project": project_id, "run": run_id, "file": file_id, "user": owner_id, "times": n_times, "objects": n_objects,
              "columns": json.dumps([{"name": name, "kind": "number"} for name in COLUMNS])}  # fmt: skip
    db.execute(
        """
        INSERT INTO images (id, project_id, file_id, idempotency_part, name, name_key, relative_path, series, n_series,
            size_bytes, media_type, state, width, height, n_frames, n_channels, n_slices, dtype, is_rgb, channel_names,
            display_ranges, pixel_size_x_um, pixel_size_y_um, pixel_size_source, notes, details, plate, well, well_row,
            well_column, channel, time_s, segmentation_state, n_objects, is_edited, version, changed, created_at, updated_at)
        SELECT gen_random_uuid(), %(project)s, %(file)s, 0, well || '_' || t, lower(well || '_' || t), '', 0, 1, 2097152, 'image/tiff',
            'ready', 1024, 1024, 1, 1, 1, 'uint16', false, '{}', '[[0, 4000]]', 0.65, 0.65, 'ome', '{}', '{}', '', well, y, x, '',
            t * 3600, 'done', %(objects)s, false, 1, 1, now(), now()
        FROM places, generate_series(0, %(times)s - 1) AS t
        """,
        values,
    )
    db.execute(
        """
        INSERT INTO results (id, run_id, project_id, image_id, user_id, frame, state, urgency, turn, attempts, duration_ms,
            finished_at, from_cache, measure_columns, run_card, n_objects, next_number, head, version, changed, created_at)
        SELECT gen_random_uuid(), %(run)s, project_id, id, %(user)s, 0, 'done', 'bulk', 0, 1, 100, now(), false, %(columns)s,
            '{"model": {"name": "classical"}}', %(objects)s, 51, 0, 1, 1, now() FROM images
        """,
        values,
    )
    db.execute(
        "INSERT INTO frames (image_id, frame, result_id, n_objects) SELECT image_id, 0, id, n_objects FROM results"
    )
    db.execute(
        """
        INSERT INTO objects (project_id, result_id, number, class_name, polygons, x_min, y_min, x_max, y_max, confidence, flags,
            measures, source, updated_at)
        SELECT r.project_id, r.id, o, 'spheroid', ''::bytea, 0, 0, 80, 80, 0.95, '{}',
            ARRAY[d, d * 0.98, d * 1.02, pi() / 4 * d ^ 2, pi() / 6 * d ^ 3, (random() < 0.02)::int], 'model', now()
        FROM results r JOIN images i ON i.id = r.image_id JOIN places p ON p.well = i.well
        CROSS JOIN generate_series(1, %(objects)s) AS o
        CROSS JOIN LATERAL (SELECT 100 * exp(p.rate * i.time_s / 3600 / 72 + 0.1 * (random() + random() + random() - 1.5 + o * 0))) AS s(d)
        """,
        values,
    )
    db.commit()
    db.autocommit = True
    db.execute("VACUUM ANALYZE")
    return str(project_id)


def correct(db: psycopg.Connection[Any], well: str) -> None:
    """What the correction of an outline of the well's last time does to the rows."""
    (result_id,) = db.execute(
        "SELECT r.id FROM results r JOIN images i ON i.id = r.image_id WHERE i.well = %s ORDER BY i.time_s DESC LIMIT 1",
        (well,),
    ).fetchone() or (None,)
    db.execute("UPDATE objects SET measures[5] = measures[5] * 1.5 WHERE number = 1 AND result_id = %s", (result_id,))
    db.execute("UPDATE results SET head = 1, version = 2 WHERE id = %s", (result_id,))


def in_service(wells: list[dict[str, str]], n_times: int, n_objects: int) -> dict[str, Any]:
    """Seconds until the plate page has its answer, and the processor time that API and database took for it."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spheroseg-bench-")))
        folder.chmod(0o711)
        database = EmbeddedPostgres(folder / "database")
        database.start()
        stack.callback(database.stop)
        upgrade(database.url())
        person = new_id()
        fill(database.url(), Size(0, 1, 0.0, 0), "files/picture", [person], new_id())
        with psycopg.connect(database.url()) as db:
            project_id = plate_rows(db, wells, n_times, n_objects)
        url, api = stack.enter_context(service(database.url(), folder))
        this = psutil.Process()
        processes = [psutil.Process(api.pid), *(each for each in this.children() if each.name().startswith("postgres"))]
        token = new_access_token(SECRET, AccessClaims(person, person), 86_400)

        def taken_s() -> float:
            return sum(cpu_s(each) for each in processes)

        async def steps() -> dict[str, Any]:
            taken: dict[str, Any] = {}
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(
                headers=headers, timeout=600, base_url=f"{url}/api/v1/projects/{project_id}"
            ) as client:

                async def look(name: str, query: dict[str, Any]) -> None:
                    before, started = taken_s(), time.perf_counter()
                    answer = await client.get("/analysis", params=query)
                    answer.raise_for_status()
                    taken[name] = {
                        "s": time.perf_counter() - started,
                        "cpu_s": taken_s() - before,
                        "mb": len(answer.content) / 1e6,
                    }

                (await client.put("/layout", json={"wells": wells}, headers={"If-Match": '"0"'})).raise_for_status()
                page = {"part": ["plate", "dose_response"], "partial": True}
                await look("everything, of objects that are not summed up", {})
                await look("everything, of sums, for the first time", {"response": "area"})
                await look("page, kept", page)
                left_out = {"wells": wells, "exclusions": [{"well": "B05", "reason": "bubble"}]}
                (await client.put("/layout", json=left_out, headers={"If-Match": '"1"'})).raise_for_status()
                await look("page, after a well was left out", page)
                # an outline at the response's time moves its compound's fit, and of a control every fit
                for well, what in (("B06", "a treated well's"), ("A01", "a control's")):
                    with psycopg.connect(database.url()) as db:
                        correct(db, well)
                    await look(f"page, after {what} outline was changed", page)
            return taken

        return asyncio.run(steps())


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wells", type=int, default=384)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--objects", type=int, default=50)
    parser.add_argument("--parquet", type=Path, help="only read and analyse this folder, and print the figures")
    chosen = parser.parse_args()
    if chosen.parquet:
        print(json.dumps(from_parquet(chosen.parquet)))
        return
    wells = layout(chosen.wells)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        table(wells, chosen.times, chosen.objects, Path(name))
        parquet = json.loads(subprocess.check_output([sys.executable, __file__, "--parquet", name], text=True))
    result = {"wells": chosen.wells, "times": chosen.times, "objects": chosen.wells * chosen.times * chosen.objects, "cores": os.cpu_count(),
            "load_before": load, "parquet": parquet, "service": in_service(wells, chosen.times, chosen.objects)}  # fmt: skip
    lines = [
        f"# A plate of {chosen.wells} wells, {chosen.times} times, {chosen.objects} objects: {result['objects']:,} objects", "",
        f"On {result['cores']} cores with a load of {load:.0f} before it began. A machine that does nothing else takes about the processor seconds.", "",
        "| what | s | processor s | |", "|---|---:|---:|---|",
        f"| Parquet: read | {parquet['read_s']:.1f} | {parquet['read_cpu_s']:.1f} | |",
        f"| Parquet: read and analysed | {parquet['all_s']:.1f} | {parquet['all_cpu_s']:.1f} | {parquet['peak_mb']:.0f} MB peak |",
        *(f"| Service: {name} | {step['s']:.1f} | {step['cpu_s']:.1f} | {step['mb']:.1f} MB |" for name, step in result["service"].items()),
        "",
    ]  # fmt: skip
    print("\n".join(lines))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "plate.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "plate.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
