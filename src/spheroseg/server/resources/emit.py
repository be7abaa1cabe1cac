"""Telling others of a change: a notification that leaves with the transaction, or not at all.

Where a stream is set (`stream_url`) the event is also written into the outbox, in the same transaction; the relay of a
worker passes it on from there, however long the stream was away.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.resources.db import KEEPS_EVENTS, new_id
from spheroseg.server.resources.event import Event

CHANNEL = "spheroseg_events"
CREDENTIALS_ENDED = "credentials.ended"
"""To `user:<id>`: some of the person's sessions or tokens are over; those who hear it ask again whether theirs is."""
_MAX_PAYLOAD_BYTES = 7900  # PostgreSQL's limit is 8000

_NOTIFY = text("SELECT pg_notify(:channel, payload) FROM unnest(CAST(:payloads AS text[])) AS payload")
_NOTIFY_AND_KEEP = text("""
    WITH written AS (
        INSERT INTO outbox (id, topic, payload, occurred_at)
        SELECT (change->>'event')::uuid, change->>'topic', change->'payload', now()
        FROM jsonb_array_elements(CAST(:changes AS jsonb)) AS change
    )
    SELECT pg_notify(:channel, payload) FROM unnest(CAST(:payloads AS text[])) AS payload
""")
_NOT_STORED = frozenset({CREDENTIALS_ENDED})


async def emit(session: AsyncSession, topic: str, payload: Event) -> None:
    """Send an event to everybody who follows a topic, when and only when the transaction commits.

    Nothing may depend on an event arriving: it says what to read again, the state itself is in the database.

    Args:
        session: the transaction that makes the change.
        topic: `user:<id>`, `project:<id>` or `image:<id>`.
        payload: what changed. One that is too long for a notification is cut to `type`, `id`, `version` and
            `project_id`.
    """
    await emit_all(session, [(topic, payload)])


async def emit_all(session: AsyncSession, events: Sequence[tuple[str, Event]]) -> None:
    """Send several events (topic, payload) with one question to the database, see `emit`.

    What is told to several topics is stored once, under the first of them.
    """
    payloads = [encode(topic, payload) for topic, payload in events]
    if not session.info.get(KEEPS_EVENTS):
        await session.execute(_NOTIFY, {"channel": CHANNEL, "payloads": payloads})
        return
    stored: list[tuple[str, Event]] = []
    for topic, payload in events:
        if payload["type"] not in _NOT_STORED and all(payload is not other for _, other in stored):
            stored.append((topic, payload))
    changes = [{"event": new_id(), "topic": topic, "payload": payload} for topic, payload in stored]
    await session.execute(
        _NOTIFY_AND_KEEP, {"channel": CHANNEL, "payloads": payloads, "changes": json.dumps(changes, default=_plain)}
    )


def encode(topic: str, payload: Event) -> str:
    """The text of a notification; each has an id of its own, so that PostgreSQL folds no two into one."""
    message = json.dumps({"event": str(new_id()), "topic": topic, "payload": payload}, default=_plain)
    if len(message.encode()) <= _MAX_PAYLOAD_BYTES:
        return message
    short: Event = {"type": payload["type"], "id": payload["id"], "is_cut": True}
    if "version" in payload:
        short["version"] = payload["version"]
    if "project_id" in payload:
        short["project_id"] = payload["project_id"]
    return json.dumps({"event": str(new_id()), "topic": topic, "payload": short}, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be part of an event")
