"""Jobs of corrections: outlines are measured again."""

from __future__ import annotations

import uuid

import procrastinate

from spheroseg.server.access.services import worker_services
from spheroseg.server.corrections import measuring, repository
from spheroseg.server.resources.queue import BACKGROUND, enqueue, enqueue_many

tasks = procrastinate.Blueprint()

_RETRY = procrastinate.RetryStrategy(max_attempts=5, exponential_wait=4)
_LATER_S = 10.0
"""Somebody is editing the result without a pause."""


@tasks.periodic(cron="29 * * * *")
@tasks.task(name="measure_left", queue=BACKGROUND, queueing_lock="corrections:measure_left")
async def measure_left(timestamp: int) -> None:
    """Once an hour: what could not be measured again when it was to be (its file was out of reach) is tried again."""
    del timestamp
    async with worker_services().database.session() as session:
        jobs = [{"result_id": str(result_id)} for result_id in await repository.marked_to_measure(session)]
        if jobs:
            await enqueue_many(session, "corrections:measure", jobs, queue=BACKGROUND)


@tasks.task(name="measure", queue=BACKGROUND, retry=_RETRY)
async def measure(*, result_id: str) -> None:
    """Measure all objects of a result again."""
    services = worker_services()
    if not await measuring.measure_again(services, uuid.UUID(result_id)):
        async with services.database.session() as session:
            await enqueue(session, "corrections:measure", delay_s=_LATER_S, result_id=result_id)
