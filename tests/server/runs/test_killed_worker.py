"""kill -9 of a real worker process in the middle of its work: nothing lost, nothing doubled."""

import asyncio
import os
import signal

import pytest
from sqlalchemy import text
from tests.server.fixtures.worker import start_worker

from spheroseg.server.worker import open_queue, sweep

N_IMAGES = 6


async def until(person, run_id, is_so):
    for _ in range(6000):
        run = (await person.get(f"/api/v1/runs/{run_id}")).json()
        if is_so(run):
            return run
        await asyncio.sleep(0.01)
    raise AssertionError(run)


async def take_up(state):
    """What another worker's sweep does after 20 s of silence, at once."""
    async with state.database.session() as session:
        await session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))
    async with open_queue(state) as app:
        return await sweep(app)


@pytest.mark.quick
@pytest.mark.slow  # starts two worker processes, which load the pixel libraries
async def test_a_worker_killed_twice_loses_and_doubles_nothing(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    pictures = {f"A0{i}__png": make_png(seed=i, size_px=900, radius_px=200 + i) for i in range(N_IMAGES)}
    await lab.upload(alice, project_id, **pictures)
    await lab.work()
    run = (await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})).json()
    for moment in (lambda now: now["n_running"] >= 1, lambda now: now["n_done"] >= 2 and now["n_running"] >= 1):
        worker = start_worker(lab.state)
        try:
            await until(alice, run["id"], moment)
        finally:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        assert await take_up(lab.state) in {
            1,
            2,
            3,
        }  # at work, and the next one may have been taken out of the queue already
    now = (await alice.get(f"/api/v1/runs/{run['id']}")).json()
    assert now["n_done"] < N_IMAGES
    await lab.work()
    now = (await alice.get(f"/api/v1/runs/{run['id']}")).json()
    assert (now["state"], now["n_done"], now["n_items"]) == ("done", N_IMAGES, N_IMAGES)
    async with lab.state.database.session() as session:
        rows = (
            await session.execute(
                text(
                    "SELECT r.n_objects, r.attempts, (SELECT count(*) FROM objects o WHERE o.result_id = r.id) AS n_rows "
                    "FROM results r ORDER BY r.id"
                )
            )
        ).all()
        n_jobs = await session.scalar(
            text(
                "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name LIKE 'segmentation:%'"
            )
        )
    assert [(row.n_objects, row.n_rows) for row in rows] == [(1, 1)] * N_IMAGES
    assert N_IMAGES + 2 <= sum(row.attempts for row in rows) <= N_IMAGES + 4  # a death interrupts one image or two
    assert n_jobs == 0
    table = (await alice.get(f"/api/v1/projects/{project_id}/objects")).json()
    assert len(table["rows"]) == N_IMAGES
