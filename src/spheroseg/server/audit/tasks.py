"""Jobs of the audit log."""

from __future__ import annotations

import procrastinate

from spheroseg.server.access.services import worker_services
from spheroseg.server.audit import service
from spheroseg.server.resources.queue import BACKGROUND

tasks = procrastinate.Blueprint()


@tasks.periodic(cron="27 3 * * *")
@tasks.task(name="keep_partitions", queue=BACKGROUND, queueing_lock="audit:keep_partitions")
async def keep_partitions(timestamp: int) -> None:
    """Make the partitions of the coming months, drop those that are too old."""
    del timestamp
    state = worker_services()
    async with state.database.session() as session:
        await service.keep_partitions(session, months=state.settings.audit_months)
