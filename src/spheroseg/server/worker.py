"""The worker process: runs the jobs of both queues, and takes up again what dead workers left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import cache
from typing import Any

import procrastinate
import structlog
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status
from procrastinate.worker import Worker
from prometheus_client import Counter, Histogram, start_http_server
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from spheroseg.server.access.services import Services, set_worker_services
from spheroseg.server.accounts import tasks as auth
from spheroseg.server.admin import gauges
from spheroseg.server.app import build_services
from spheroseg.server.audit import tasks as audit
from spheroseg.server.batches import tasks as batches
from spheroseg.server.compute.pool import Child, Compute
from spheroseg.server.config import Settings
from spheroseg.server.corrections import tasks as corrections
from spheroseg.server.exports import tasks as exports
from spheroseg.server.images import tasks as images
from spheroseg.server.models.service import load_default as load_default_model
from spheroseg.server.models.service import synchronise as synchronise_models
from spheroseg.server.projects import sharing_tasks as sharing
from spheroseg.server.projects import tasks as projects
from spheroseg.server.resources.db import session_options
from spheroseg.server.resources.queue import BACKGROUND, COMPUTE, FORMER_NAMES, HEARTBEAT_S, MAIL, STALLED_AFTER_S
from spheroseg.server.runs import tasks as segmentation
from spheroseg.server.sets import tasks as sets

log = structlog.get_logger()

queue_tasks = procrastinate.Blueprint()


@queue_tasks.periodic(cron="37 2 * * *")
@queue_tasks.task(name="forget_ended", queue=BACKGROUND, queueing_lock="queue:forget_ended", pass_context=True)
async def forget_ended(context: JobContext, timestamp: int) -> None:
    """Delete jobs that failed or were cancelled long ago; those that succeeded went at once."""
    del timestamp
    await context.app.job_manager.delete_old_jobs(
        nb_hours=KEEP_ENDED_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


TASK_MODULES = (
    ("queue", queue_tasks),
    ("auth", auth.tasks),
    ("audit", audit.tasks),
    ("projects", projects.tasks),
    ("sharing", sharing.tasks),
    ("images", images.tasks),
    ("batches", batches.tasks),
    ("sets", sets.tasks),
    ("segmentation", segmentation.tasks),
    ("corrections", corrections.tasks),
    ("exports", exports.tasks),
)
"""Tasks by feature: a job's name is `<feature>:<task>`."""

SWEEP_EVERY_S = 5.0
MEASURE_EVERY_S = 15.0
STOP_WITHIN_S = 20.0
"""Running jobs get so long to end when the worker is told to stop; then other workers take them up."""

MAX_TAKEN_UP = 5
"""A job that was taken up from dead workers so often kills them, and is given up."""

KEEP_ENDED_HOURS = 14 * 24
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeoutError, ConnectorException)
JOBS = Counter("spheroseg_jobs_total", "Jobs run", ["task", "outcome"])
JOB_SECONDS = Histogram(
    "spheroseg_job_seconds", "Time of a job", ["task"], buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800)
)


@cache
def task_list() -> procrastinate.App:
    """All tasks. Made once a process, because a task knows its one app."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector())
    for feature, tasks in TASK_MODULES:
        app.add_tasks_from(tasks, namespace=feature)
    return app


def count_jobs_from_zero() -> None:
    """Tell every kind of job as 0 before the first: Prometheus sees no rise in a series that begins with its first failure."""
    for task in task_list().tasks:
        JOB_SECONDS.labels(task)
        for outcome in ("succeeded", "failed", "cancelled"):
            JOBS.labels(task, outcome)


@contextlib.asynccontextmanager
async def open_queue(state: Services) -> AsyncGenerator[procrastinate.App]:
    """The tasks with connections of their own to the database."""
    connector = procrastinate.PsycopgConnector(
        conninfo=state.database.listening_url,
        kwargs={"options": session_options(state.settings), "application_name": "spheroseg-queue"},
        min_size=1,
        max_size=8,
        timeout=10,
    )
    with task_list().replace_connector(connector) as app:
        async with app.open_async():
            yield app


async def measured(call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:  # noqa: ANN401 -- what the task returns
    """Around every job: its log context and measures, and patience with a database that restarts."""
    del worker
    task = context.job.task_name
    started = time.perf_counter()
    outcome = "failed"
    with structlog.contextvars.bound_contextvars(job_id=context.job.id, task=task):
        try:
            result = await _patiently(call_next)
            outcome = "succeeded"
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        except Exception:
            log.exception("job_failed")
            raise
        finally:
            JOBS.labels(task, outcome).inc()
            JOB_SECONDS.labels(task).observe(time.perf_counter() - started)
    return result


async def _patiently(call_next: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 -- what the task returns
    for delay_s in (0.5, 1.0, 2.0, 4.0, 8.0):
        try:
            return await call_next()
        except DATABASE_AWAY as error:  # jobs may be run again at any time, so also now
            log.warning("database_away", reason=type(error).__name__)
            await asyncio.sleep(delay_s)
    return await call_next()


async def sweep(app: procrastinate.App, *, stalled_after_s: float = STALLED_AFTER_S) -> int:
    """Give jobs of dead workers back to the queue, also of those whose row is gone already.

    Args:
        app: with open connections.
        stalled_after_s: silence after which a worker counts as dead.

    Returns:
        How many jobs were given back or given up.
    """
    manager = app.job_manager
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=stalled_after_s))
    for job in stalled:
        if job.attempts >= MAX_TAKEN_UP:
            log.error("job_given_up", job_id=job.id, task=job.task_name, attempts=job.attempts)
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
        else:
            log.warning("job_taken_up", job_id=job.id, task=job.task_name)
            await manager.retry_job(job)
    await manager.prune_stalled_workers(stalled_after_s)
    return len(stalled)


async def _sweep_regularly(app: procrastinate.App, state: Services) -> None:
    measured_at = -MEASURE_EVERY_S
    while True:
        await sweep(app)
        gauges.alive()
        if time.monotonic() - measured_at >= MEASURE_EVERY_S:
            measured_at = time.monotonic()
            async with state.database.reading_sessions() as session:
                await gauges.measure(session, (COMPUTE, BACKGROUND, MAIL))
        await asyncio.sleep(SWEEP_EVERY_S)


async def run_jobs(state: Services, app: procrastinate.App, *, until_idle: bool = False) -> None:
    """Run jobs until cancelled: a few that compute and several in the background at a time.

    Args:
        state: parts of this process.
        app: with open connections.
        until_idle: end when no job is left instead.
    """
    set_worker_services(state)
    runs = [
        asyncio.create_task(
            app.run_worker_async(
                queues=[queue, FORMER_NAMES.get(queue, queue)],
                name=queue,
                concurrency=concurrency,
                wait=not until_idle,
                install_signal_handlers=False,
                fetch_job_polling_interval=2.0,
                abort_job_polling_interval=2.0,
                listen_notify=not until_idle,
                delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT_S,
                stalled_worker_timeout=STALLED_AFTER_S,
                worker_middleware=[measured],
            ),
            name=f"run {queue} jobs",
        )
        for queue, concurrency in (
            # one more than there are images at work: it writes the last one meanwhile
            (COMPUTE, state.settings.worker_compute_concurrency + 1),
            (BACKGROUND, state.settings.worker_background_concurrency),
            (MAIL, 2),
        )
    ]
    regular = [asyncio.create_task(_sweep_regularly(app, state), name="sweep")]
    if state.settings.stream_url is not None:
        from spheroseg.server.events.relay import relay  # noqa: PLC0415 -- its clients load slowly, and most services have no stream

        regular.append(asyncio.create_task(relay(state, state.settings.stream_url.get_secret_value()), name="relay"))
    try:
        if until_idle:
            await asyncio.gather(*runs)
        else:  # each of them runs for ever, unless it loses the database
            done, _ = await asyncio.wait([*runs, *regular], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in (*regular, *runs):
            task.cancel()
        await asyncio.gather(*regular, *runs, return_exceptions=True)


async def work(settings: Settings) -> None:
    """Be a worker until SIGTERM or SIGINT; survive a database that goes and comes back."""
    at_once = settings.worker_compute_concurrency
    # one more than compute jobs, started when they are needed, so that a thumbnail never waits for an export or a model
    compute = Compute([Child() for _ in range(at_once + 1)], models=Child(calls=at_once))
    state = build_services(settings, application_name="spheroseg-worker", compute=compute)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stopped = asyncio.create_task(stop.wait())
    loading = asyncio.create_task(load_default_model(state), name="load the default model")
    count_jobs_from_zero()
    if settings.metrics_port is not None:  # within `spheroseg serve` the API tells the worker's measures as well
        start_http_server(settings.metrics_port, addr=settings.host)
    try:
        while not stop.is_set():
            try:
                await synchronise_models(state)
                async with open_queue(state) as app:
                    working = asyncio.create_task(run_jobs(state, app))
                    log.info("worker_ready")
                    await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
                    working.cancel()
                    await _end(working, stop)
            except DATABASE_AWAY as error:
                log.warning("worker_waits_for_database", reason=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), timeout=1.0)
    finally:
        stopped.cancel()
        loading.cancel()
        await state.close()


async def _end(working: asyncio.Task[None], stop: asyncio.Event) -> None:
    _, pending = await asyncio.wait([working], timeout=STOP_WITHIN_S)
    if pending and stop.is_set():
        log.warning("worker_leaves_jobs")
        os._exit(0)  # rows say that they run here; the sweep of another worker, or of the next one, takes them up
    if not working.cancelled() and (error := working.exception()) is not None:
        raise error
