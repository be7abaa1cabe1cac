"""The queue: jobs exist exactly when their change does, and none is lost with a dead worker."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import procrastinate
import psutil
import pytest
from procrastinate.jobs import Job
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from spheroseg.server import worker
from spheroseg.server.access.services import Services
from spheroseg.server.compute.pool import Child, Compute
from spheroseg.server.models.service import load_default
from spheroseg.server.resources.mail import Mail
from spheroseg.server.resources.queue import BACKGROUND, COMPUTE, cancel, enqueue, enqueue_many
from spheroseg.server.worker import MAX_TAKEN_UP, measured, open_queue, run_jobs, sweep, task_list


class KeepingMailer:
    """Keeps mails, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.mails: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("the mail server is away")
        self.mails.append(mail)


async def jobs(state: Services) -> list[Any]:
    """All jobs but those whose hour came while the test ran."""
    async with state.database.session() as session:
        rows = await session.execute(
            text(
                "SELECT id, task_name, status::text, args, priority, attempts FROM procrastinate_jobs AS job WHERE NOT"
                " EXISTS (SELECT FROM procrastinate_periodic_defers WHERE job_id = job.id) ORDER BY id"
            )
        )
        return list(rows)


@pytest.fixture
async def queue(live_state: Services) -> AsyncGenerator[procrastinate.App]:
    async with open_queue(live_state) as app:
        yield app


async def test_a_rollback_leaves_no_job(live_state: Services) -> None:
    async with live_state.database.session() as session:
        await enqueue(session, "audit:keep_partitions", timestamp=0)
        await session.rollback()
    assert await jobs(live_state) == []
    async with live_state.database.session() as session:
        assert await enqueue(session, "audit:keep_partitions", timestamp=0) is not None
        assert await jobs(live_state) == []  # others do not see it before the commit
    assert len(await jobs(live_state)) == 1


async def test_a_queueing_lock_holds_one_waiting_job_and_spoils_no_transaction(live_state: Services) -> None:
    async with live_state.database.session() as session:
        first = await enqueue(session, "a:b", queueing_lock="only one")
        second = await enqueue(session, "a:b", queueing_lock="only one")
        third = await enqueue(session, "a:b", queueing_lock="another")
    assert first is not None
    assert second is None
    assert third is not None
    assert len(await jobs(live_state)) == 2


async def test_many_at_once_each_with_its_priority(live_state: Services) -> None:
    async with live_state.database.session() as session:
        ids = await enqueue_many(
            session, "a:b", [{"n": n} for n in range(1000)], priorities=[-n for n in range(1000)], queue=COMPUTE
        )
        assert await enqueue_many(session, "a:b", []) == []
    rows = await jobs(live_state)
    assert [row.id for row in rows] == ids
    assert [row.args["n"] for row in rows] == [-row.priority for row in rows] == list(range(1000))


async def test_waiting_jobs_are_cancelled_with_the_transaction(live_state: Services) -> None:
    async with live_state.database.session() as session:
        ids = await enqueue_many(session, "a:b", [{}, {}, {}])
    async with live_state.database.session() as session:
        await cancel(session, ids[:2])
        await session.rollback()
    assert [row.status for row in await jobs(live_state)] == ["todo"] * 3
    async with live_state.database.session() as session:
        await cancel(session, ids[:2])
    assert [row.status for row in await jobs(live_state)] == ["cancelled", "cancelled", "todo"]


async def test_jobs_run_and_go(live_state: Services, queue: procrastinate.App) -> None:
    async with live_state.database.session() as session:
        await enqueue(session, "audit:keep_partitions", timestamp=0)
    await run_jobs(live_state, queue, until_idle=True)
    assert await jobs(live_state) == []
    async with live_state.database.session() as session:
        count = await session.scalar(text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'audit_log'::regclass"))
        assert count == 4  # three months and the default


async def test_what_an_older_version_put_into_the_queue_is_done(live_state: Services, queue: procrastinate.App) -> None:
    async with live_state.database.session() as session:
        await enqueue(session, "audit:keep_partitions", queue="light", timestamp=0)
        await enqueue(session, "auth:clear_expired", queue="heavy", timestamp=0)
    await run_jobs(live_state, queue, until_idle=True)
    assert await jobs(live_state) == []


async def test_a_mail_is_sent_again_when_the_server_was_away(live_state: Services, queue: procrastinate.App) -> None:
    mailer = KeepingMailer(failures=1)
    live_state.mailer = mailer
    async with live_state.database.session() as session:
        await session.execute(
            text(
                "INSERT INTO users (id, email, email_key, name, organisation, role, language, preferences, version,"
                " created_at, updated_at) VALUES (gen_random_uuid(), 'a@b.org', 'a@b.org', '', '', 'user', 'en', '{}',"
                " 1, now(), now())"
            )
        )
        user_id = await session.scalar(text("SELECT id FROM users"))
        await enqueue(session, "auth:send_reset", user_id=str(user_id), email="a@b.org", epoch=1)
    await run_jobs(live_state, queue, until_idle=True)
    [waiting] = await jobs(live_state)
    assert (waiting.status, waiting.attempts) == ("todo", 1)
    async with live_state.database.session() as session:
        await session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL"))
    await run_jobs(live_state, queue, until_idle=True)
    assert await jobs(live_state) == []
    [mail] = mailer.mails
    assert mail.to == "a@b.org"
    assert "/reset-password#token=" in mail.text


class TestSweep:
    async def lose(self, state: Services, *, row_is_gone: bool) -> int:
        """A job of a worker that died, whose row may be gone."""
        async with state.database.session() as session:
            job_id = await enqueue(session, "a:b", queue=BACKGROUND)
            worker_id = await session.scalar(text("SELECT worker_id FROM procrastinate_register_worker_v1()"))
            await session.execute(
                text("SELECT * FROM procrastinate_fetch_job_v2(NULL, :worker_id)"), {"worker_id": worker_id}
            )
            await session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))
            if row_is_gone:
                await session.execute(text("DELETE FROM procrastinate_workers"))
        assert job_id is not None
        return job_id

    @pytest.mark.parametrize("row_is_gone", [False, True])
    async def test_gives_jobs_of_dead_workers_back(
        self, live_state: Services, queue: procrastinate.App, row_is_gone: bool
    ) -> None:
        job_id = await self.lose(live_state, row_is_gone=row_is_gone)
        assert [row.status for row in await jobs(live_state)] == ["doing"]
        assert await sweep(queue) == 1
        [row] = await jobs(live_state)
        assert (row.id, row.status, row.attempts) == (job_id, "todo", 1)
        assert await sweep(queue) == 0

    async def test_leaves_living_workers_alone(self, live_state: Services, queue: procrastinate.App) -> None:
        await self.lose(live_state, row_is_gone=False)
        async with live_state.database.session() as session:
            await session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now()"))
        assert await sweep(queue) == 0

    async def test_gives_up_what_kills_every_worker(self, live_state: Services, queue: procrastinate.App) -> None:
        await self.lose(live_state, row_is_gone=True)
        async with live_state.database.session() as session:
            await session.execute(text("UPDATE procrastinate_jobs SET attempts = :n"), {"n": MAX_TAKEN_UP})
        assert await sweep(queue) == 1
        assert [row.status for row in await jobs(live_state)] == ["failed"]


async def test_a_worker_process_killed_in_a_job_loses_nothing(live_state: Services, queue: procrastinate.App) -> None:
    code = """
import asyncio, os, sys
import procrastinate
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=sys.argv[1]))
@app.task(name="auth:clear_expired", queue="background")
async def endless(timestamp):
    print("begun", flush=True)
    await asyncio.sleep(600)
async def main():
    async with app.open_async():
        await app.run_worker_async(queues=["background"], update_heartbeat_interval=0.2, listen_notify=False)
asyncio.run(main())
"""
    async with live_state.database.session() as session:
        await enqueue(session, "auth:clear_expired", timestamp=0)
    url = live_state.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, url, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    assert await sweep(queue, stalled_after_s=5) == 0
    process.kill()
    await process.wait()
    async with live_state.database.session() as session:  # as if it had been silent for long
        await session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))
    assert await sweep(queue, stalled_after_s=5) == 1
    await run_jobs(live_state, queue, until_idle=True)
    assert await jobs(live_state) == []


async def test_a_database_that_restarts_in_a_job_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def note(delay_s: float) -> None:
        waits.append(delay_s)

    monkeypatch.setattr(asyncio, "sleep", note)
    calls = 0

    async def job() -> str:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise OperationalError("SELECT 1", {}, OSError("gone"))
        return "done"

    context = procrastinate.JobContext(
        app=task_list(),
        job=Job(id=1, queue="background", lock=None, queueing_lock=None, task_name="a:b"),
        start_timestamp=0,
        abort_reason=lambda: None,
    )
    assert await measured(job, context, None) == "done"  # type: ignore[arg-type]  # the worker is not used
    assert waits == [0.5, 1.0]


def test_every_enqueued_name_is_a_task() -> None:
    folder = Path(worker.__file__).parent
    source = "\n".join(path.read_text() for path in folder.rglob("*.py"))
    names = set(re.findall(r'"((?:auth|audit|projects|sharing|images|segmentation|exports|queue):[a-z_]+)"', source))
    assert len(names) > 5
    assert names <= set(task_list().tasks)


def engines_in(pid: int | None) -> set[str]:
    """The inference engines whose libraries a process has in memory."""
    assert pid is not None
    paths = [each.path for each in psutil.Process(pid).memory_maps()]
    return {name for name in ("openvino", "onnxruntime") if any(f"/{name}/" in path for path in paths)}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody may look into another process")
async def test_the_model_that_runs_take_is_loaded_before_anybody_asks(live_state: Services) -> None:
    child = Child()
    await live_state.compute.close()
    live_state.compute = Compute([child])
    assert await live_state.compute.run("list_models")
    assert engines_in(child.pid) == set()
    await load_default(live_state)
    assert engines_in(child.pid)
