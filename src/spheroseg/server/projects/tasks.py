"""Jobs of projects."""

from __future__ import annotations

import procrastinate

from spheroseg.server.access.services import worker_services
from spheroseg.server.projects import service
from spheroseg.server.resources.queue import BACKGROUND

tasks = procrastinate.Blueprint()


@tasks.periodic(cron="17 * * * *")
@tasks.task(name="empty_trash", queue=BACKGROUND, queueing_lock="projects:empty_trash")
async def empty_trash(timestamp: int) -> None:
    """Delete what has lain in the trash long enough, a few projects a transaction."""
    del timestamp
    state = worker_services()
    while True:
        async with state.database.session() as session:
            if not await service.empty_trash(session, days=state.settings.trash_days):
                return
