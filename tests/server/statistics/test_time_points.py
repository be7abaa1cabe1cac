"""The time points of a series are told apart, by the times that its file says."""

import io
import uuid

import numpy as np
import pytest
import tifffile

from spheroseg.server.runs.repository import image_counts

SECONDS = [0.0, 3600.0, 86_400.0]


def series() -> bytes:
    """A disc that grows, at hours 0, 1 and 24."""
    y, x = np.mgrid[:160, :160]
    pages = np.stack([np.where(np.hypot(y - 80, x - 80) < radius, 60, 200) for radius in (20, 30, 45)])
    file = io.BytesIO()
    plane = {"DeltaT": SECONDS, "DeltaTUnit": ["s"] * 3}
    tifffile.imwrite(file, pages.astype(np.uint8), ome=True, metadata={"axes": "TYX", "Plane": plane})
    return file.getvalue()


@pytest.fixture
async def growing(lab):
    """alice and a series of hers with one object at each time point."""
    alice = await lab.person()
    project_id = await lab.project(alice)
    await lab.upload(alice, project_id, growing__ome__tif=series())
    await lab.work()
    url = f"/api/v1/projects/{project_id}"
    assert (await alice.post(f"{url}/runs", json={"model": "classical"})).status_code == 201
    await lab.work()
    return alice, url


async def test_time_points_of_a_series_are_groups_with_their_own_times(growing):
    alice, url = growing
    statistics = (await alice.get(f"{url}/statistics", params={"columns": "area_px2", "group_by": "time_s"})).json()
    assert [group["group"] for group in statistics["groups"]] == SECONDS
    means = [group["columns"][0]["mean"] for group in statistics["groups"]]
    assert means == sorted(means)
    page = (await alice.get(f"{url}/objects", params={"sort": "time_s"})).json()
    rows = [dict(zip(page["columns"], row, strict=True)) for row in page["rows"]]
    assert [row["time_s"] for row in rows] == SECONDS
    assert [row["time_h"] for row in rows] == [0, 1, 24]
    at = {"columns": "area_px2", "time_from_s": 3599.5, "time_to_s": 3600.5}
    (only,) = (await alice.get(f"{url}/statistics", params=at)).json()["groups"]
    assert only["n_objects"] == 1


async def test_a_series_is_one_image_in_what_people_are_told(lab, growing):
    alice, url = growing
    run = (await alice.get(f"{url}/runs")).json()["items"][0]
    assert (run["state"], run["n_items"]) == ("done", 3)
    async with lab.state.database.session() as session:
        assert await image_counts(session, uuid.UUID(run["id"])) == (1, 1)
