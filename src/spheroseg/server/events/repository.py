"""Queries of the outbox, on the relay's own connection."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from spheroseg.server.resources.event import Event

OUTBOX_AGE = "SELECT coalesce(extract(epoch FROM now() - min(occurred_at)), 0) FROM outbox"


@dataclass(frozen=True)
class Waiting:
    """An event of the outbox."""

    number: int
    id: uuid.UUID
    topic: str
    payload: Event
    occurred_at: dt.datetime


async def waiting_events(connection: psycopg.AsyncConnection[Any], limit: int) -> list[Waiting]:
    """The first events that wait. One that was begun earlier and committed later is found the next time: nothing is skipped."""
    async with connection.cursor(row_factory=class_row(Waiting)) as cursor:
        await cursor.execute(
            "SELECT number, id, topic, payload, occurred_at FROM outbox ORDER BY number LIMIT %s", (limit,)
        )
        return await cursor.fetchall()


async def delete_events(connection: psycopg.AsyncConnection[Any], numbers: Sequence[int]) -> None:
    """Forget events that the stream has."""
    await connection.execute("DELETE FROM outbox WHERE number = ANY(%s)", (list(numbers),))
