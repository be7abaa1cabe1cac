"""Counting requests: a moving window in memory, or in Redis where several processes share one."""

from __future__ import annotations

import math
import time

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from spheroseg.server.config import Settings
from spheroseg.server.http.errors import TooManyRequests

log = structlog.get_logger()


class Limiter:
    """Counts requests. Without Redis each process counts for itself; a lost Redis is replaced by the process's memory."""

    def __init__(self, settings: Settings) -> None:
        self.is_on = settings.rate_limits
        self._memory = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared: SlidingWindowCounterRateLimiter | None = None
        self._pool: ConnectionPool | None = None
        self._retry_shared_at = 0.0
        if settings.redis_url is not None:
            url = settings.redis_url.get_secret_value()
            self._pool = ConnectionPool.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0)
            storage = RedisStorage(
                f"async+{url}",
                implementation="redispy",
                connection_pool=self._pool,  # type: ignore[arg-type]  # what it hands on to redis-py, as documented
            )
            self._shared = SlidingWindowCounterRateLimiter(storage)

    async def hit(self, item: RateLimitItem, *identifiers: str) -> int:
        """Count one request.

        Returns:
            0 when it may go on, else the seconds after which it may be tried again.
        """
        if not self.is_on:
            return 0
        if self._shared is not None and time.monotonic() >= self._retry_shared_at:
            try:
                return await self._hit(self._shared, item, identifiers)
            except (RedisError, OSError) as error:
                self._retry_shared_at = time.monotonic() + 5.0
                log.warning("rate_limits_in_memory", reason=type(error).__name__)
        return await self._hit(self._memory, item, identifiers)

    async def _hit(
        self, strategy: SlidingWindowCounterRateLimiter, item: RateLimitItem, identifiers: tuple[str, ...]
    ) -> int:
        if await strategy.hit(item, *identifiers):
            return 0
        stats = await strategy.get_window_stats(item, *identifiers)
        return max(1, math.ceil(stats.reset_time - time.time()))

    async def check(self, name: str, rate: str, who: str) -> None:
        """Count one request of `who` against a rate.

        Raises:
            TooManyRequests: it is over the limit.
        """
        wait_s = await self.hit(parse(rate), name, who)
        if wait_s:
            raise TooManyRequests(f"Too many requests; try again in {wait_s} s", retry_after_s=wait_s)

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._pool is not None:
            await self._pool.aclose()
