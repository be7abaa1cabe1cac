"""Jobs of upload batches: begin the run that was asked for, also when files never came."""

from __future__ import annotations

import datetime as dt
import uuid

import procrastinate

from spheroseg.server.access.services import worker_services
from spheroseg.server.batches import repository, service
from spheroseg.server.resources.db import utc_now
from spheroseg.server.resources.queue import BACKGROUND

tasks = procrastinate.Blueprint()

LEFT_ALONE_AFTER = dt.timedelta(minutes=10)
"""When nothing of an upload has come for so long, its run begins with what is there."""
CLOSED_AFTER = dt.timedelta(hours=48)
"""As long as an upload that was begun can be gone on with."""
_AT_ONCE = 50


@tasks.task(name="start_run", queue=BACKGROUND)
async def start_run(*, batch_id: str) -> None:
    """Begin the run of an upload that is complete."""
    async with worker_services().database.session() as session:
        await service.start_run(session, uuid.UUID(batch_id))


@tasks.periodic(cron="* * * * *")
@tasks.task(name="start_left_alone", queue=BACKGROUND, queueing_lock="batches:start_left_alone")
async def start_left_alone(timestamp: int) -> None:
    """Begin the runs of uploads that stopped in their middle, and close those that nobody goes on with."""
    del timestamp
    database = worker_services().database
    now = utc_now()
    async with database.session() as session:
        batch_ids = await repository.left_alone(session, now - LEFT_ALONE_AFTER, _AT_ONCE)
    for batch_id in batch_ids:
        async with database.session() as session:
            await service.start_run(session, batch_id, is_left_alone=True)
    async with database.session() as session:
        await repository.close_old(session, now - CLOSED_AFTER)
