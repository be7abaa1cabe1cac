"""Counting requests: a moving window in memory, or in Redis where several processes share one."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from spheroseg.server.config import Settings
from spheroseg.server.http.errors import TooManyRequests

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

log = structlog.get_logger()


class Limiter:
    """Counts requests. Without Redis each process counts for itself; a lost Redis is replaced by the process's memory."""

    def __init__(self, settings: Settings) -> None:
        self.is_on = settings.rate_limits
        self._memory = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared: SlidingWindowCounterRateLimiter | None = None
        self._pool: ConnectionPool | None = None
        self._away: tuple[type[Exception], ...] = (OSError,)
        self._retry_shared_at = 0.0
        if settings.redis_url is not None:
            from redis.asyncio import ConnectionPool  # noqa: PLC0415 -- loads slowly, and most services have no Redis
            from redis.exceptions import RedisError  # noqa: PLC0415 -- as above

            self._away = (RedisError, OSError)
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
        return await self._ask(lambda strategy: self._hit(strategy, item, identifiers))

    async def _ask(self, question: Callable[[SlidingWindowCounterRateLimiter], Awaitable[int]]) -> int:
        if not self.is_on:
            return 0
        if self._shared is not None and time.monotonic() >= self._retry_shared_at:
            try:
                return await question(self._shared)
            except self._away as error:
                self._retry_shared_at = time.monotonic() + 5.0
                log.warning("rate_limits_in_memory", reason=type(error).__name__)
        return await question(self._memory)

    async def _hit(
        self, strategy: SlidingWindowCounterRateLimiter, item: RateLimitItem, identifiers: tuple[str, ...]
    ) -> int:
        return 0 if await strategy.hit(item, *identifiers) else await self._wait_s(strategy, item, *identifiers)

    async def check(self, name: str, rate: str, who: str) -> None:
        """Count one request of `who` against a rate.

        Raises:
            TooManyRequests: it is over the limit.
        """
        wait_s = await self.hit(parse(rate), name, who)
        if wait_s:
            raise TooManyRequests(f"Too many requests; try again in {wait_s} s", retry_after_s=wait_s)

    async def check_failures(self, name: str, rate: str, who: str) -> None:
        """Whether `who` has any failure left; nothing is counted yet.

        Raises:
            TooManyRequests: there were too many.
        """
        item = parse(rate)
        wait_s = await self._ask(lambda strategy: self._wait_s(strategy, item, name, who))
        if wait_s:
            raise TooManyRequests(f"Too many failures; try again in {wait_s} s", retry_after_s=wait_s)

    async def count_failure(self, name: str, rate: str, who: str) -> None:
        """Count a failure."""
        await self.hit(parse(rate), name, who)

    async def _wait_s(self, strategy: SlidingWindowCounterRateLimiter, item: RateLimitItem, *who: str) -> int:
        if await strategy.test(item, *who):
            return 0
        stats = await strategy.get_window_stats(item, *who)
        return max(1, math.ceil(stats.reset_time - time.time()))

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._pool is not None:
            await self._pool.aclose()
