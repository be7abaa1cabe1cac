"""What a page asks for and nothing else; a well's frames; sums that are there before anybody looks."""

import json
import uuid

import pytest
from sqlalchemy import text

from spheroseg.server.analysis import conclusions
from spheroseg.server.analysis.schemas import AnalysisView

DOSES = (0.0, 0.3, 3.0)


@pytest.fixture
async def wells(lab, make_png):
    """alice and her project: three wells at two hours, outlined."""
    alice = await lab.person()
    project_id = await lab.project(alice)
    files = {
        f"A{column:02d}_{hour:02d}h__png": make_png(radius_px=20 + hour / 4 - 2 * column, seed=column + hour)
        for column in (1, 2, 3)
        for hour in (0, 24)
    }
    await lab.upload(alice, project_id, **files)
    await lab.work()
    await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    await lab.work()
    return alice, f"/api/v1/projects/{project_id}/analysis"


async def sums(lab) -> list:
    async with lab.state.database.session() as session:
        rows = await session.execute(text("SELECT image_id, state FROM frame_sizes ORDER BY image_id"))
        return [tuple(row) for row in rows]


async def test_only_what_was_asked_for_is_told(wells):
    alice, url = wells
    whole = (await alice.get(url)).json()
    assert {"plate", "growth", "series", "curves"} <= set(whole["tables"])
    assert len(whole["frames"]) == 6
    some = (await alice.get(url, params={"part": ["plate", "growth"]})).json()
    assert set(some["tables"]) == {"plate", "growth"}
    assert some["tables"]["plate"] == whole["tables"]["plate"]
    assert some["frames"] == []
    assert (await alice.get(url, params={"part": "frames"})).json()["frames"] == whole["frames"]
    assert (await alice.get(url, params={"part": "everything"})).status_code == 422


async def test_a_well_is_told_alone_with_its_size_over_time(wells):
    alice, url = wells
    film = (await alice.get(f"{url}/wells/A02")).json()["frames"]
    assert [frame["time_h"] for frame in film] == [0, 24]
    assert film[0]["relative_size"] == pytest.approx(1)
    assert film[1]["relative_size"] > 1.3
    whole = (await alice.get(url)).json()["frames"]
    assert film == [frame for frame in whole if frame["well"] == "A02"]
    assert (await alice.get(f"{url}/wells/H12")).json() == {"frames": []}
    assert (await alice.get(f"{url}/wells/A02", params={"plate": "another"})).json() == {"frames": []}


async def test_objects_are_summed_up_before_anybody_looks_and_again_after_a_change(wells, lab):
    alice, url = wells
    made = await sums(lab)
    assert len(made) == 6
    before = (await alice.get(url, params={"partial": True})).json()
    assert before["n_pending"] == 0
    assert await sums(lab) == made  # a look at what is fresh makes nothing again
    async with lab.state.database.session() as session:  # as a correction does
        await session.execute(text("UPDATE objects SET measures = ARRAY(SELECT 2 * m FROM unnest(measures) AS m)"))
        await session.execute(text("UPDATE results SET head = head + 1, version = version + 1"))
    after = (await alice.get(url, params={"partial": True})).json()
    column = before["tables"]["plate"]["columns"].index("response")
    ratios = [
        b[column] / a[column] for a, b in zip(*(t["tables"]["plate"]["rows"] for t in (before, after)), strict=True)
    ]
    assert ratios == pytest.approx([2, 2, 2])
    assert {state for _, state in await sums(lab)}.isdisjoint({state for _, state in made})


async def test_what_is_not_summed_up_yet_is_counted(wells, lab):
    alice, url = wells
    project_id = uuid.UUID(url.split("/")[4])
    async with lab.state.database.session() as session:
        await session.execute(text("DELETE FROM frame_sizes"))
    for left, shown in ((2, 4), (0, 6)):
        async with lab.state.database.session() as session:
            answer, n_pending = await conclusions.conclude(session, lab.state, project_id, AnalysisView(), at_most=4)
        document = json.loads(conclusions.as_json(answer, ["frames"], n_pending))
        assert (document["n_pending"], len(document["frames"])) == (left, shown)
    async with lab.state.database.session() as session:
        await session.execute(text("DELETE FROM frame_sizes"))
    whole = await alice.get(url, params={"part": "frames"})  # a script that did not ask for a part waits for all
    assert (whole.json()["n_pending"], len(whole.json()["frames"])) == (0, 6)
