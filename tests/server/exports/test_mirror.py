"""The Parquet mirror says what the service says, read by a real DuckDB; only what changed is written again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.server.fixtures.lab import Lab

from spheroseg.server.exports.mirror import mirror
from spheroseg.server.resources.storage import Storage


@pytest.fixture
def query(tmp_path: Path) -> Callable[[str], list[tuple[Any, ...]]]:
    duckdb = pytest.importorskip("duckdb")

    def ask(what: str) -> list[tuple[Any, ...]]:
        table = f"read_parquet('{tmp_path}/mirror/objects/*/*.parquet', union_by_name = true)"
        rows: list[tuple[Any, ...]] = duckdb.sql(what.replace("objects", table)).fetchall()
        return rows

    return ask


async def test_the_mirror_says_what_the_service_says(
    lab: Lab, make_png: Callable[..., bytes], tmp_path: Path, query: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    storage = Storage.open(str(tmp_path / "mirror"))
    assert await mirror(lab.state.database, storage) == (0, 0)
    alice = await lab.person()
    project_ids = [await lab.project(alice, name=name) for name in ("One", "Two")]
    images = {}
    for number, project_id in enumerate(project_ids):
        pictures = {f"A0{i}__png": make_png(seed=10 * number + i, radius_px=30 + i) for i in (1, 2)}
        images[project_id] = await lab.upload(alice, project_id, **pictures)
    await lab.work()
    for project_id in project_ids:
        await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    await lab.work()
    assert await mirror(lab.state.database, storage) == (2, 0)
    assert await mirror(lab.state.database, storage) == (0, 0)

    async def served(project_id: str, column: str) -> dict[str, float]:
        table = (await alice.get(f"/api/v1/projects/{project_id}/objects")).json()
        place, name = table["columns"].index(column), table["columns"].index("image")
        return {row[name]: row[place] for row in table["rows"]}

    for project_id, project in zip(project_ids, ("One", "Two"), strict=True):
        rows = query(
            f"SELECT image, area_px2 FROM objects WHERE project = '{project}' AND well IS NOT NULL ORDER BY ALL"
        )
        assert dict(rows) == await served(project_id, "area_px2")

    # a pixel size that comes later: this project's numbers are written anew, the other one's are left
    first, second = project_ids
    changed = await alice.patch(f"/api/v1/projects/{first}", json={"pixel_size_um": 2.0}, headers={"If-Match": "*"})
    assert changed.status_code == 200
    await lab.work()
    assert await mirror(lab.state.database, storage) == (1, 0)
    assert dict(query("SELECT image, area_um2 FROM objects WHERE project = 'One'")) == await served(first, "area_um2")
    assert query("SELECT count(*) FROM objects WHERE project = 'Two' AND area_um2 IS NOT NULL") == [(0,)]

    # left out by the project's own rule
    rule = {"exclusion": {"min_diameter_um": 125.0}}
    assert (await alice.patch(f"/api/v1/projects/{first}", json=rule, headers={"If-Match": "*"})).status_code == 200
    assert await mirror(lab.state.database, storage) == (1, 0)
    assert query("SELECT excluded FROM objects WHERE project = 'One' ORDER BY equivalent_diameter_um") == [
        ("too_small",),
        ("",),
    ]
    assert len(await served(first, "area_um2")) == 1

    # excluded, thrown away, deleted
    (out, thrown) = images[first]
    review = {"state": "excluded", "reason": "debris", "note": ""}
    assert (await alice.put(f"/api/v1/images/{out['id']}/frames/0/review", json=review)).status_code == 200
    assert (await alice.delete(f"/api/v1/images/{thrown['id']}")).status_code == 204
    assert await mirror(lab.state.database, storage) == (1, 0)
    assert query("SELECT image, review FROM objects WHERE project = 'One'") == [(out["name"], "excluded")]
    assert (await alice.delete(f"/api/v1/projects/{second}")).status_code == 204
    assert await mirror(lab.state.database, storage) == (0, 1)
    assert query("SELECT DISTINCT project FROM objects") == [("One",)]
