"""Whether a replica has all that was committed: what readers ask before they read there, so that nobody sees the past."""

from __future__ import annotations

import asyncio
import time

import structlog
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

WAIT_S = 0.05
"""A replica that lags gets so long to catch up; then the reader goes to the database itself."""
_LOOK_EVERY_S = 0.005
ANSWER_S = 1.0
"""A replica that has not answered then is away."""
REST_S = 5.0
"""How long a replica that does not answer is left alone."""

READS = Counter("spheroseg_reads_total", "Requests that only read, by where they were answered", ["place"])
for _place in ("replica", "primary"):  # at 0 from the start, as in cache.py
    READS.labels(_place)

_WRITTEN = text("SELECT pg_current_wal_lsn()::text")
_HAS_IT = text(
    "SELECT CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_replay_lsn() >= CAST(:written AS pg_lsn), false)"
    " ELSE true END"
)
log = structlog.get_logger()


class Replica:
    """Asks the database how far it has written, and the replica whether it has that.

    A reader may go to the replica when it has everything that was committed before the reader came: then an answer there is
    the answer that the database itself would have given. Readers who come while somebody asks share the next question.

    Args:
        primary: connections to the database.
        replica: connections to what follows it.
    """

    def __init__(self, primary: AsyncEngine, replica: AsyncEngine) -> None:
        self._primary = primary
        self._replica = replica
        self._asking = asyncio.Lock()
        self._next: asyncio.Task[bool] | None = None
        self._rest_until = 0.0

    async def is_current(self) -> bool:
        """Whether it has everything that was committed before this call."""
        if time.monotonic() < self._rest_until:
            return False
        if self._next is None:
            self._next = asyncio.create_task(self._ask_next(), name="replica")
        return await asyncio.shield(self._next)

    async def _ask_next(self) -> bool:
        async with self._asking:
            self._next = None  # who comes from now on may have seen a later commit
            try:
                async with asyncio.timeout(ANSWER_S):
                    return await self._ask()
            except (SQLAlchemyError, OSError) as error:  # TimeoutError is one
                self._rest_until = time.monotonic() + REST_S
                log.warning("replica_away", reason=type(error).__name__)
                return False

    async def _ask(self) -> bool:
        async with self._primary.connect() as connection:
            written = await connection.scalar(_WRITTEN)
        until = time.monotonic() + WAIT_S
        async with self._replica.connect() as connection:
            while not await connection.scalar(_HAS_IT, {"written": written}):
                if time.monotonic() > until:
                    return False
                await asyncio.sleep(_LOOK_EVERY_S)
        return True
