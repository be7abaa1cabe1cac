"""Turns: people are served in turn, whatever they queued, and nobody starves."""

import uuid

from sqlalchemy import select
from tests.server.fixtures.runs import run

from spheroseg.server.resources.db import new_id
from spheroseg.server.tables.images import File, Frame, ImageRow
from spheroseg.server.tables.results import Result


async def with_images(lab, person, n):
    """A project with n images that are ready (their pixels do not matter here)."""
    project_id = uuid.UUID(await lab.project(person))
    async with lab.state.database.session() as session:
        file = File(id=new_id(), sha256=new_id().bytes * 2, size_bytes=1, storage_key="files/x", media_type="image/png")
        session.add(file)
        await session.flush()
        images = [
            ImageRow(
                id=new_id(), project_id=project_id, file_id=file.id, name=f"{i}", name_key=f"{i:05d}", state="ready"
            )
            for i in range(n)
        ]
        session.add_all(images)
        await session.flush()
        session.add_all(Frame(image_id=image.id, frame=0) for image in images)
    return project_id


async def order(lab):
    """Who is served, in the order in which a worker would take the jobs."""
    async with lab.state.database.session() as session:
        connection = await session.connection()
        rows = await connection.exec_driver_sql(
            "SELECT args->>'result_id' FROM procrastinate_jobs WHERE status = 'todo' AND task_name = 'segmentation:segment' "
            "ORDER BY priority DESC, id"
        )
        ids = [uuid.UUID(row[0]) for row in rows]
        users = {row.id: row.user_id for row in await session.execute(select(Result.id, Result.user_id))}
    return [users[one] for one in ids]


async def test_one_image_does_not_wait_behind_ten_thousand(lab):
    alice, bob = await lab.person(), await lab.person("bob")
    hers = await with_images(lab, alice, 2000)
    his = await with_images(lab, bob, 3)
    await run(alice, hers)
    started = await run(bob, his)
    assert started["n_ahead"] <= 1
    served = await order(lab)
    assert served[:6].count(bob.user_id) == 3


async def test_a_newcomer_does_not_overtake_for_ever(lab):
    """After alice's first 500 are done, bob's thousand alternate with her rest instead of going first."""
    alice, bob = await lab.person(), await lab.person("bob")
    await run(alice, await with_images(lab, alice, 1000))
    async with lab.state.database.session() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE results SET state = 'done' WHERE turn < 500")
        await connection.exec_driver_sql("UPDATE results SET state = 'running' WHERE turn = 500")
        await connection.exec_driver_sql("DELETE FROM procrastinate_jobs WHERE priority >= -500")
    await run(bob, await with_images(lab, bob, 1000))
    served = await order(lab)
    assert 45 <= served[:100].count(bob.user_id) <= 55


async def test_what_a_person_waits_for_is_next_also_behind_the_own_bulk(lab):
    alice = await lab.person()
    project_id = await with_images(lab, alice, 300)
    await run(alice, project_id)
    images = (await alice.get(f"/api/v1/projects/{project_id}/images", params={"limit": 1})).json()["items"]
    urgent = await run(alice, project_id, image_ids=[images[0]["id"]], urgency="now")
    assert (urgent["urgency"], urgent["n_ahead"]) == ("now", 0)
    assert (await run(alice, project_id, urgency="now"))["urgency"] == "bulk"
