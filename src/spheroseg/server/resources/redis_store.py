"""Bytes that may be lost, in Redis: where the cache of several processes lies."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import structlog
from redis.asyncio import Redis
from redis.asyncio.connection import BlockingConnectionPool
from redis.exceptions import RedisError

REST_S = 5.0  # how long a Redis that failed is left alone
_ANSWER_TIMEOUT_S = 0.5

log = structlog.get_logger()


class RedisStore:
    """Bytes in Redis; a Redis that fails is left alone for `REST_S` and reads as empty.

    Args:
        url: redis://… or rediss://…
        clock: seconds that only go forward.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=32,
            timeout=_ANSWER_TIMEOUT_S,
            socket_timeout=_ANSWER_TIMEOUT_S,
            socket_connect_timeout=_ANSWER_TIMEOUT_S,
        )
        self._redis = Redis(connection_pool=pool)
        self._pool = pool
        self._clock = clock
        self._rest_until = 0.0

    async def get(self, key: str) -> bytes | None:
        """The value, or None where there is none or Redis does not answer."""
        value = await self._ask(lambda: self._redis.get(f"spheroseg:{key}"))
        return value if isinstance(value, bytes) else None

    async def set(self, key: str, value: bytes, expires_s: float) -> None:
        """Keep a value for at most this long, if Redis answers."""
        expires_ms = max(1, round(expires_s * 1000))
        await self._ask(lambda: self._redis.set(f"spheroseg:{key}", value, px=expires_ms))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
        await self._pool.aclose()

    async def _ask(self, question: Callable[[], Awaitable[object]]) -> object:
        if self._clock() < self._rest_until:
            return None
        try:
            return await question()
        except (RedisError, OSError, TimeoutError) as error:
            if self._clock() >= self._rest_until:
                log.warning("cache_lost", reason=type(error).__name__, asked_again_after_s=REST_S)
            self._rest_until = self._clock() + REST_S
            return None
