"""Who is asking, and from where."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

SCOPES = frozenset({"read", "write", "run"})
"""What a personal token may do: read; change projects, images and outlines; start runs and exports."""


@dataclass(frozen=True)
class Actor:
    """Who does something, and from where."""

    user_id: uuid.UUID
    role: str = "user"
    language: str = "en"
    session_id: uuid.UUID | None = None
    token_id: uuid.UUID | None = None
    scopes: frozenset[str] = SCOPES
    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None

    @property
    def is_admin(self) -> bool:
        """Whether the person administers the service (which opens no project of others)."""
        return self.role == "admin"

    @classmethod
    def worker(cls, user_id: uuid.UUID) -> Actor:
        """The person for whom a job works."""
        return cls(user_id=user_id, user_agent="worker")


@dataclass(frozen=True)
class Origin:
    """Where a request came from."""

    ip: str | None
    user_agent: str | None
    request_id: str | None

    def actor(self, user_id: uuid.UUID) -> Actor:
        """Somebody who proved only now, or by a mailed link, who they are."""
        return Actor(user_id=user_id, ip=self.ip, user_agent=self.user_agent, request_id=self.request_id)


class KnownActors:
    """What was last found out about a session or token; for a few seconds it is not asked again.

    A revocation made by another process is seen when the entry is too old: `Settings.session_cache_s`.
    """

    def __init__(self, lifetime_s: float) -> None:
        self._lifetime_s = lifetime_s
        self._entries: dict[uuid.UUID | bytes, tuple[float, Actor]] = {}

    def get(self, key: uuid.UUID | bytes) -> Actor | None:
        """The actor, unless it is unknown or too old."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None and entry[0] > time.monotonic() else None

    def put(self, key: uuid.UUID | bytes, actor: Actor) -> None:
        """Remember it."""
        if len(self._entries) >= 10_000:
            self._entries.clear()
        self._entries[key] = (time.monotonic() + self._lifetime_s, actor)

    def forget_user(self, user_id: uuid.UUID) -> None:
        """Ask again about everything of a person: signed out, disabled, changed."""
        self._entries = {key: entry for key, entry in self._entries.items() if entry[1].user_id != user_id}
