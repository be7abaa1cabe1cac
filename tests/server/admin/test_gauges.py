"""What the queue and the people look like to Prometheus."""

from __future__ import annotations

import datetime as dt

from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.server.fixtures.people import Client

from spheroseg.server.admin import gauges
from spheroseg.server.resources.queue import BACKGROUND, COMPUTE, enqueue


async def test_jobs_by_queue_and_how_long_the_oldest_waits(session: AsyncSession) -> None:
    await session.execute(text("DELETE FROM procrastinate_jobs"))
    await enqueue(session, "images:prepare", queue=BACKGROUND)
    first = await enqueue(session, "segmentation:segment", queue=COMPUTE)
    await enqueue(session, "segmentation:segment", queue=COMPUTE)
    await session.execute(
        text("UPDATE procrastinate_events SET at = now() - interval '90 s' WHERE job_id = :id"), {"id": first}
    )
    await gauges.measure(session, (COMPUTE, BACKGROUND, "idle"))

    def value(name: str, **labels: str) -> float | None:
        return REGISTRY.get_sample_value(name, labels)

    assert value("spheroseg_queue_jobs", queue=COMPUTE, status="todo") == 2
    assert value("spheroseg_queue_jobs", queue=BACKGROUND, status="todo") == 1
    assert value("spheroseg_queue_jobs", queue="idle", status="todo") == 0
    waits = value("spheroseg_queue_oldest_seconds", queue=COMPUTE)
    assert waits is not None
    assert 89 < waits < 3600
    await session.execute(text("DELETE FROM procrastinate_jobs"))
    await gauges.measure(session, (COMPUTE, BACKGROUND))
    assert value("spheroseg_queue_oldest_seconds", queue=COMPUTE) == 0


async def test_a_person_is_active_while_they_use_a_session(session: AsyncSession, alice: Client) -> None:
    await alice.get("/api/v1/projects")
    await gauges.measure(session, (BACKGROUND,))
    now = REGISTRY.get_sample_value("spheroseg_active_users", {"window": "5m"})
    assert now == 1
    await session.execute(
        text("UPDATE sessions SET last_used_at = :then"), {"then": dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)}
    )
    await gauges.measure(session, (BACKGROUND,))
    assert REGISTRY.get_sample_value("spheroseg_active_users", {"window": "5m"}) == 0
    assert REGISTRY.get_sample_value("spheroseg_active_users", {"window": "1d"}) == 1
