"""From the outbox to a stream: each event at least once, in the order in which they were written, by one relay at a time.

Every worker has a relay; one of them holds the lock and works, another takes over when that one dies. An event is deleted
when the stream has it: what is sent and then not deleted (a death in between) is sent again under the same `event`.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import psycopg
import structlog
from prometheus_client import Counter, Gauge

from spheroseg.server.access.services import Services
from spheroseg.server.events.repository import OUTBOX_AGE, delete_events, waiting_events
from spheroseg.server.events.streams import Stream, StreamAway, message, open_stream
from spheroseg.server.resources.emit import CHANNEL

_LOCK = 7_465_012_881
"""Advisory lock of the relay that works."""

_BATCH = 500
_LOOK_EVERY_S = 5.0
_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
RELAYED = Counter("spheroseg_events_relayed_total", "Events that a stream has taken")
WAITING_SECONDS = Gauge(
    "spheroseg_outbox_oldest_seconds", "How long the oldest event waits for the stream", multiprocess_mode="mostrecent"
)

log = structlog.get_logger()


async def relay(state: Services, stream_url: str) -> None:
    """Pass events on to a stream until cancelled.

    Args:
        state: parts of this process.
        stream_url: see the setting.

    Raises:
        SettingsError: the stream's client is not installed.
    """
    stream = open_stream(stream_url)
    try:
        while True:
            with contextlib.suppress(psycopg.Error, OSError):  # the worker says that the database is away
                await _while_leading(state, stream)
            await asyncio.sleep(_LOOK_EVERY_S)
    finally:
        await stream.close()


async def _while_leading(state: Services, stream: Stream) -> None:
    """Work as long as the lock is ours; returns when another relay has it."""
    async with await psycopg.AsyncConnection.connect(
        state.database.listening_url, autocommit=True, application_name="spheroseg-relay", keepalives_idle=30
    ) as connection:
        held = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))).fetchone()
        if held != (True,):
            return
        await connection.execute(f"LISTEN {CHANNEL}")
        failures = 0
        while True:
            try:
                await _drain(connection, stream)
                failures = 0
            except StreamAway as error:
                pause_s = _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
                failures += 1
                log.warning("stream_away", reason=str(error), again_after_s=pause_s)
                await asyncio.sleep(pause_s)
                continue
            # until something happens
            async for _ in connection.notifies(timeout=_LOOK_EVERY_S, stop_after=1):
                pass


async def _drain(connection: psycopg.AsyncConnection[Any], stream: Stream) -> None:
    age = await (await connection.execute(OUTBOX_AGE)).fetchone()
    WAITING_SECONDS.set(float(age[0]) if age is not None else 0.0)
    while rows := await waiting_events(connection, _BATCH):
        await stream.publish([message(row.id, row.topic, row.occurred_at.isoformat(), row.payload) for row in rows])
        await delete_events(connection, [row.number for row in rows])
        RELAYED.inc(len(rows))
    WAITING_SECONDS.set(0.0)
