"""Nobody's upload holds up somebody else: one job a file, turns by person, mails by themselves, nothing left of what is deleted."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import tifffile
from sqlalchemy import select, text

from spheroseg.server.images.orphans import PREFIXES, remove_orphans
from spheroseg.server.tables.images import ImageRow

API = "/api/v1"


def many_images(count: int) -> bytes:
    """An OME-TIFF of so many small images."""
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, ome=True) as writer:
        for number in range(count):
            writer.write(np.full((16, 16), number, dtype=np.uint16), photometric="minisblack")
    return stream.getvalue()


async def waiting(lab: Any) -> list[Any]:
    """Jobs in the order in which they are taken: (task, queue, arguments)."""
    async with lab.state.database.session() as session:
        rows = await session.execute(
            text(
                "SELECT task_name, queue_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY priority DESC, id"
            )
        )
        return [tuple(row) for row in rows]


async def test_a_file_of_many_images_is_one_job_at_a_time(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    await lab.upload(alice, project_id, plate__tif=many_images(300))
    seen: list[int] = []
    while jobs := await waiting(lab):
        seen.append(sum(task.startswith("images:prepare") for task, _, _ in jobs))
        await lab.work()
    assert max(seen) == 1
    async with lab.state.database.session() as session:
        rows = (await session.execute(select(ImageRow.series, ImageRow.state).order_by(ImageRow.series))).all()
    assert [tuple(row) for row in rows] == [(number, "ready") for number in range(300)]


async def test_a_file_of_too_many_images_is_refused_with_the_number(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    lab.state.settings = lab.state.settings.model_copy(update={"max_series": 20})
    (image,) = await lab.upload(alice, project_id, plate__tif=many_images(21))
    await lab.work()
    assert await waiting(lab) == []
    refused = (await alice.get(f"{API}/images/{image['id']}")).json()
    assert (refused["state"], refused["failure_code"]) == ("failed", "too_many_series")
    assert refused["failure_reason"] == "The file holds 21 images; at most 20 are taken"


async def test_people_take_turns_with_their_uploads(lab: Any, make_png: Any) -> None:
    alice, bob = await lab.person(), await lab.person("bob")
    hers, his = await lab.project(alice), await lab.project(bob)
    for number in range(3):
        await lab.upload(
            alice, hers, **{f"a{number}{place}__png": make_png(seed=10 * number + place) for place in range(4)}
        )
    await lab.upload(bob, his, b__png=make_png(seed=99))
    order = [arguments["user_id"] for task, _, arguments in await waiting(lab) if task == "images:prepare"]
    assert len(order) == 13
    assert str(bob.user_id) in order[:2]


async def test_mails_wait_behind_no_image(lab: Any, make_png: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    await lab.upload(alice, project_id, a__png=make_png())
    await alice.post(f"{API}/projects/{project_id}/invitations", json={"email": "guest@example.org"})
    await alice.post(f"{API}/auth/password/forgot", json={"email": alice.email})
    queues = {task: queue for task, queue, _ in await waiting(lab)}
    assert queues["images:prepare"] == "background"
    assert {queue for task, queue in queues.items() if ":send_" in task} == {"mail"}
    assert len(queues) == 3


@pytest.mark.parametrize("is_trash", [True, False])
async def test_jobs_of_what_was_deleted_vanish(lab: Any, make_png: Any, is_trash: bool) -> None:
    alice = await lab.person()
    project_id, other = await lab.project(alice), await lab.project(alice)
    await lab.upload(alice, project_id, a__png=make_png(), b__tif=many_images(40))
    await lab.upload(alice, other, c__png=make_png(seed=3))
    assert (await alice.delete(f"{API}/projects/{project_id}")).status_code == 204
    left = [task for task, _, _ in await waiting(lab) if task.startswith("images:prepare")]
    assert left == ["images:prepare"]  # that of the other project
    if is_trash:
        assert (await alice.post(f"{API}/projects/{project_id}/restore")).status_code == 200
        while await waiting(lab):
            await lab.work()
        summary = (await alice.get(f"{API}/projects/{project_id}/summary")).json()
        assert summary["by_state"] == {"ready": 41}


async def test_nothing_of_a_deleted_account_lies_in_the_storage(lab: Any, make_png: Any) -> None:
    alice, bob = await lab.person(), await lab.person("bob")
    project_id, his = await lab.project(alice), await lab.project(bob)
    await lab.upload(alice, project_id, a__png=make_png())
    await lab.upload(bob, his, b__png=make_png(seed=5))
    await lab.work()
    # half an upload, and an archive
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "1000000", "Upload-Metadata": "filename YS5wbmc="}
    begun = await alice.post(f"{API}/projects/{project_id}/uploads", headers=headers)
    part = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    await alice.patch(begun.headers["Location"], headers=part, content=make_png())
    run = await alice.post(f"{API}/projects/{project_id}/runs", json={"model": "classical"})
    assert run.status_code == 201, run.text
    await lab.work()
    export = await alice.post(f"{API}/projects/{project_id}/exports", json={"formats": ["csv"]})
    assert export.status_code in {201, 202}, export.text
    await lab.work()
    before = {entry.key.split("/")[0] async for entry in everything(lab)}
    assert before == {"files", "derived", "uploads", "artefacts", "exports"}
    hers = {entry.key async for entry in everything(lab)}
    body = {"email": alice.email, "delete_shared": True}
    assert (await alice.post(f"{API}/users/me/delete", json=body)).status_code == 204
    await lab.work()
    async with lab.state.database.session() as session:  # what waits a second
        await session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL"))
    await lab.work()
    left = {entry.key async for entry in everything(lab)}
    assert left < hers
    assert {key.split("/")[0] for key in left} == {"files", "derived"}
    async with lab.state.database.session() as session:
        (file_id,) = (await session.scalars(select(ImageRow.file_id))).all()
    assert all(str(file_id) in key for key in left)


async def everything(lab: Any) -> Any:
    for prefix in ("files", "derived", "uploads", "artefacts", "exports"):
        async for entry in lab.state.storage.list(prefix):
            yield entry


async def test_what_no_row_knows_is_swept_from_every_prefix_once_it_is_old(lab: Any) -> None:
    stray = "0192f3a4-0000-7000-8000-000000000000"
    keys = [f"files/{stray}", f"derived/{stray}/0/thumbnail.webp", f"artefacts/{stray}/objects"]
    soon = [f"uploads/{stray}/0000000000000000", f"exports/{stray}.zip", "exports/nonsense"]
    for key in keys + soon:
        await lab.state.storage.put(key, b"x")
    assert await remove_orphans(lab.state) == 3
    assert {entry.key async for entry in everything(lab)} == set(keys)
    now = [type(prefix)(prefix.name, prefix.table, -prefix.min_age) for prefix in PREFIXES]
    assert await remove_orphans(lab.state, now) == 3
    assert [entry async for entry in everything(lab)] == []


@pytest.mark.parametrize("pattern", ["(?P<well>a*a*a*a*a*a*a*a*a*a*a*a*a*b)", "{}a{}a{}a{}a{}a{}a{}a{}a{}a_{well}.x"])
async def test_a_pattern_that_would_take_for_ever_takes_no_time(lab: Any, make_png: Any, pattern: str) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    await lab.upload(alice, project_id, **{f"{'a' * 240}{number}__png": make_png(seed=number) for number in range(3)})
    answer = await alice.post(f"{API}/projects/{project_id}/names/preview", json={"pattern": pattern})
    assert answer.status_code == 200, answer.text
    assert [one["well"] for one in answer.json()] == ["", "", ""]


async def test_a_pattern_that_looks_ahead_is_refused_with_the_reason(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    body = {"pattern": "(?=a)(?P<well>b)"}
    answer = await alice.post(f"{API}/projects/{project_id}/names/preview", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_pattern")
    assert "looking ahead" in answer.json()["detail"]
