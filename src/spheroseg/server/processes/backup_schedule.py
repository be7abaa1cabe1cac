"""Backups one after the other, and how the last one went, for Prometheus."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

import structlog
from prometheus_client import Counter, Gauge, start_http_server

from spheroseg.errors import SpheroSegError
from spheroseg.server.config import Settings
from spheroseg.server.http.telemetry import set_up_logs
from spheroseg.server.processes.backup_store import BackupStore

LAST_SUCCESS = Gauge(
    "spheroseg_backup_last_success_timestamp_seconds", "When the last finished backup was begun (Unix time)"
)
FAILURES = Counter("spheroseg_backup_failures_total", "Backups that could not be made")
AGAIN_S = 600.0
"""After one that failed; what it had copied is not copied again."""

log = structlog.get_logger()


async def keep_on(once: Callable[[], Awaitable[None]], store: BackupStore, every_h: float, settings: Settings) -> None:
    """Make backups until the process is told to stop; one that is due after a restart is made at once."""
    set_up_logs(settings)
    if settings.metrics_port is not None:
        start_http_server(settings.metrics_port, addr=settings.host)
    while True:
        try:
            made = await store.manifests()
            last = dt.datetime.fromisoformat(made[-1].made_at).timestamp() if made else 0.0
            LAST_SUCCESS.set(last)
            wait_s = last + every_h * 3600 - dt.datetime.now(dt.UTC).timestamp()
            if wait_s <= 0:
                await once()
                continue
        except (SpheroSegError, OSError) as error:  # a full disk passes, too
            FAILURES.inc()
            log.error("backup_failed", reason=str(error))  # noqa: TRY400 -- the reason is the whole story
            wait_s = min(AGAIN_S, every_h * 3600)
        await asyncio.sleep(wait_s)
