"""The queue: procrastinate on the same PostgreSQL, jobs enqueued in the caller's transaction, by name, with ids.

The handler reads its rows again. A rolled-back request leaves no job; a committed one has its job.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import procrastinate
import psycopg
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from pydantic import JsonValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.resources.db import utc_now

COMPUTE = "compute"
"""Queue of jobs that run a model or read whole images: few at a time."""

BACKGROUND = "background"
"""Queue of short jobs: clean-up, small images."""

MAIL = "mail"
"""Queue of mails, which wait for no image of anybody."""

FORMER_NAMES = {COMPUTE: "heavy", BACKGROUND: "light"}
"""Under what name jobs wait that an older version put there, or still puts there while it goes on beside this one."""

HEARTBEAT_S = 5.0
STALLED_AFTER_S = 20.0
"""A worker that was silent for so long is dead, and its jobs are anybody's."""

MAIL_RETRY = procrastinate.RetryStrategy(max_attempts=6, exponential_wait=5)
"""A mail server that is away for some hours loses no mail: 5, 25, 125, … seconds."""

_manager = JobManager(procrastinate.PsycopgConnector())
"""Enqueues on connections that it is given; it has none of its own."""


async def driver_connection(session: AsyncSession) -> psycopg.AsyncConnection[Any]:
    """The session's own psycopg connection, inside its transaction."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    return driver


async def enqueue(
    session: AsyncSession,
    name: str,
    *,
    queue: str = BACKGROUND,
    priority: int = 0,
    delay_s: float | None = None,
    queueing_lock: str | None = None,
    lock: str | None = None,
    **arguments: Any,  # noqa: ANN401 -- JSON values
) -> int | None:
    """Put a job into the queue when the session's transaction commits.

    Args:
        session: the caller's transaction.
        name: `<feature>:<task>`, such as "images:prepare".
        queue: `COMPUTE` or `BACKGROUND`.
        priority: higher runs first.
        delay_s: not before so many seconds from now.
        queueing_lock: at most one waiting job may hold this name.
        lock: at most one running job may hold this name.
        arguments: JSON values: ids, not objects.

    Returns:
        The job's id; `None` when a job with this `queueing_lock` already waits.
    """
    job = Job(
        id=None,
        queue=queue,
        lock=lock,
        queueing_lock=queueing_lock,
        task_name=name,
        task_kwargs=arguments,
        priority=priority,
        scheduled_at=_after(delay_s),
    )
    if queueing_lock is None:
        return (await _manager.defer_job_async(job, connection=await driver_connection(session))).id
    try:
        async with session.begin_nested():  # a refused insert must not spoil the caller's transaction
            # asked for inside, because the savepoint is set when the connection is asked for
            return (await _manager.defer_job_async(job, connection=await driver_connection(session))).id
    except procrastinate.exceptions.AlreadyEnqueued:
        return None


async def enqueue_many(
    session: AsyncSession,
    name: str,
    arguments: Sequence[Mapping[str, JsonValue]],
    *,
    priorities: Sequence[int] | None = None,
    queue: str = BACKGROUND,
) -> list[int]:
    """Put many jobs of one kind into the queue at once.

    Args:
        session: the caller's transaction.
        name: `<feature>:<task>`.
        arguments: those of each job.
        priorities: one for each job; 0 where none are given.
        queue: `COMPUTE` or `BACKGROUND`.

    Returns:
        The jobs' ids, in order.
    """
    if not arguments:
        return []
    jobs = [
        Job(
            id=None,
            queue=queue,
            lock=None,
            queueing_lock=None,
            task_name=name,
            task_kwargs=dict(one),
            priority=priority,
        )
        for one, priority in zip(arguments, priorities or [0] * len(arguments), strict=True)
    ]
    deferred = await _manager.batch_defer_jobs_async(jobs, connection=await driver_connection(session))
    return [job.id for job in deferred if job.id is not None]


async def cancel(session: AsyncSession, job_ids: Sequence[int]) -> None:
    """Take waiting jobs out of the queue and ask running ones to stop, when the session's transaction commits."""
    if job_ids:
        await session.execute(
            text(
                "SELECT procrastinate_cancel_job_v1(job_id, true, false) FROM unnest(CAST(:ids AS bigint[])) AS job_id"
            ),
            {"ids": list(job_ids)},
        )


def _after(delay_s: float | None) -> dt.datetime | None:
    return None if delay_s is None else utc_now() + dt.timedelta(seconds=delay_s)
