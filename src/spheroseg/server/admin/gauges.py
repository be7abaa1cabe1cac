"""What the database knows about the service's state, as gauges for Prometheus; each worker tells the same."""

from __future__ import annotations

import time

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.admin import repository
from spheroseg.server.resources.queue import FORMER_NAMES

QUEUE_JOBS = Gauge(
    "spheroseg_queue_jobs", "Jobs of a queue by status", ["queue", "status"], multiprocess_mode="mostrecent"
)
QUEUE_OLDEST = Gauge(
    "spheroseg_queue_oldest_seconds",
    "How long the oldest job that may begin waits",
    ["queue"],
    multiprocess_mode="mostrecent",
)
ACTIVE_USERS = Gauge(
    "spheroseg_active_users",
    "People who used the service within the window",
    ["window"],
    multiprocess_mode="mostrecent",
)
ALIVE = Gauge(
    "spheroseg_worker_alive_timestamp_seconds",
    "When a worker last looked after the queue (Unix time)",
    multiprocess_mode="mostrecent",
)

STATUSES = ("todo", "doing", "failed")
WINDOWS_MIN = {"5m": 5, "1d": 24 * 60}


async def measure(session: AsyncSession, queues: tuple[str, ...]) -> None:
    """Set all gauges.

    Args:
        session: to read with.
        queues: told also when they are empty, so that a line goes down to 0 and does not break off.
    """
    counts = {(queue, status): 0 for queue in queues for status in STATUSES}
    oldest_s = dict.fromkeys(queues, 0.0)
    present_names = {former: present for present, former in FORMER_NAMES.items()}
    for row in await repository.queue_rows(session):
        queue = present_names.get(row.queue, row.queue)
        key = (queue, row.status)
        counts[key] = counts.get(key, 0) + row.count
        # what is planned for later has a wait below zero
        oldest_s[queue] = max(oldest_s.get(queue, 0.0), row.oldest_wait_s or 0.0)
    for (queue, status), count in counts.items():
        QUEUE_JOBS.labels(queue, status).set(count)
    for queue, wait_s in oldest_s.items():
        QUEUE_OLDEST.labels(queue).set(wait_s)
    for window, minutes in WINDOWS_MIN.items():
        ACTIVE_USERS.labels(window).set(await repository.active_users(session, minutes))


def alive() -> None:
    """Say that this worker looks after the queue now."""
    ALIVE.set(time.time())
