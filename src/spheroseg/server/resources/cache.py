"""What may be lost: rendered tiles, statistics, listings. In Redis when a URL is set, in memory when not.

Only bytes are cached (nothing is unpickled that came over the network). When Redis does not answer, every call
behaves as if the cache were empty, and Redis is asked again after a few seconds: slower, not broken.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Protocol

from prometheus_client import Counter

MEMORY_BYTES = 256 * 1024 * 1024
_MAX_SCOPES = 10_000
LOOKS = Counter("spheroseg_cache_looks_total", "Values that were found in the cache, or not", ["outcome"])
# at 0 from the start: a series that begins with its first look shows no rate for it
for _outcome in ("hit", "miss"):
    LOOKS.labels(_outcome)


class Store(Protocol):
    """Bytes by key, with an expiry."""

    async def get(self, key: str) -> bytes | None:
        """The value, or None where there is none (any more)."""

    async def set(self, key: str, value: bytes, expires_s: float) -> None:
        """Keep a value for at most this long."""

    async def close(self) -> None:
        """Let go of connections."""


class MemoryStore:
    """Bytes of this process, the least recently used given up first.

    Args:
        max_bytes: of all values together.
        clock: seconds that only go forward.
    """

    def __init__(self, max_bytes: int = MEMORY_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._held_bytes = 0
        self._values: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        """The value, or None where there is none (any more)."""
        found = self._values.get(key)
        if found is None:
            return None
        expires_at, value = found
        if expires_at <= self._clock():
            self._drop(key)
            return None
        self._values.move_to_end(key)
        return value

    async def set(self, key: str, value: bytes, expires_s: float) -> None:
        """Keep a value for at most this long; one larger than an eighth of the whole is not cached."""
        self._drop(key)
        if len(value) > self._max_bytes // 8:
            return
        self._values[key] = (self._clock() + expires_s, value)
        self._held_bytes += len(value)
        while self._held_bytes > self._max_bytes:
            self._drop(next(iter(self._values)))

    async def close(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._held_bytes = 0

    def _drop(self, key: str) -> None:
        found = self._values.pop(key, None)
        if found is not None:
            self._held_bytes -= len(found[1])


class Cache:
    """Values that are computed once for many readers, and forgotten when their project changes.

    Args:
        store: where the bytes lie.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._epoch = secrets.token_hex(8)
        self._generations: dict[str, str] = {}
        self._running: dict[str, asyncio.Task[bytes]] = {}

    @classmethod
    def open(cls, redis_url: str | None) -> Cache:
        """Redis by URL, or this process' memory."""
        if redis_url is None:
            return cls(MemoryStore())
        from spheroseg.server.resources.redis_store import RedisStore  # noqa: PLC0415 -- its client loads slowly

        return cls(RedisStore(redis_url))

    async def get(self, key: str) -> bytes | None:
        """The value, or None."""
        return await self._store.get(key)

    async def set(self, key: str, value: bytes, *, expires_s: float) -> None:
        """Keep a value."""
        await self._store.set(key, value, expires_s)

    async def remember(
        self,
        key: str,
        compute: Callable[[], Awaitable[bytes]],
        *,
        expires_s: float,
        scope: str | None = None,
    ) -> bytes:
        """The cached value, else the computed one, which is then cached.

        Callers of one process that ask for the same key at the same time share one computation.

        Args:
            key: names the value completely.
            compute: makes the value.
            expires_s: how long it may be used.
            scope: what the value depends on (a project's id); `forget(scope, …)` ends its use, also of a
                value that is being computed from the state before.
        """
        full_key = f"{key}@{scope}.{self._generations.get(scope, self._epoch)}" if scope else key
        value = await self._store.get(full_key)
        LOOKS.labels("miss" if value is None else "hit").inc()
        if value is not None:
            return value
        task = self._running.get(full_key)
        if task is None:
            task = asyncio.ensure_future(_as_coroutine(compute))
            self._running[full_key] = task
            task.add_done_callback(lambda _: self._running.pop(full_key, None))
        # shielded: one reader that goes away must not take the value from the others
        value = await asyncio.shield(task)
        await self._store.set(full_key, value, expires_s)
        return value

    def forget(self, scope: str, event_id: str) -> None:
        """Use no value any more that was cached for this scope before this event.

        Every process hears the same events, so those that share a Redis share the values after one, too.
        """
        if len(self._generations) >= _MAX_SCOPES:
            self.forget_everything()
        self._generations[scope] = event_id

    def forget_everything(self) -> None:
        """Use no scoped value any more: events may have been missed."""
        self._epoch = secrets.token_hex(8)
        self._generations.clear()

    async def close(self) -> None:
        """Let go of connections."""
        await self._store.close()


async def _as_coroutine(compute: Callable[[], Awaitable[bytes]]) -> bytes:
    return await compute()
