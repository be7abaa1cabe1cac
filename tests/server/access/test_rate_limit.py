"""Rate limits: in memory, shared by Redis, and when Redis goes away."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from limits import parse
from pydantic import SecretStr
from tests.server.fixtures.redis_server import Redis

from spheroseg.server.access.limiter import Limiter
from spheroseg.server.access.services import Services
from spheroseg.server.config import Settings
from spheroseg.server.http.errors import TooManyRequests

API = "/api/v1"


@pytest.fixture
def limiting(settings: Settings) -> Settings:
    return settings.model_copy(update={"rate_limits": True})


async def test_counts_by_name_and_caller(limiting: Settings) -> None:
    limiter = Limiter(limiting)
    for _ in range(3):
        await limiter.check("a", "3/minute", "alice")
    with pytest.raises(TooManyRequests) as refused:
        await limiter.check("a", "3/minute", "alice")
    assert 0 < int(refused.value.headers["Retry-After"]) <= 60
    await limiter.check("a", "3/minute", "bob")
    await limiter.check("b", "3/minute", "alice")
    await limiter.close()


async def test_goes_on_after_the_time_it_tells(limiting: Settings) -> None:
    limiter = Limiter(limiting)
    item = parse("2/second")
    assert [await limiter.hit(item, "x") for _ in range(3)] == [0, 0, 1]
    await limiter.close()


async def test_can_be_switched_off(settings: Settings) -> None:
    limiter = Limiter(settings)
    for _ in range(5):
        await limiter.check("a", "1/hour", "alice")


async def test_processes_share_one_count_in_redis(limiting: Settings, redis: Redis) -> None:
    shared = limiting.model_copy(update={"redis_url": SecretStr(redis.url)})
    first, second = Limiter(shared), Limiter(shared)
    await first.check("a", "2/minute", "alice")
    await second.check("a", "2/minute", "alice")
    with pytest.raises(TooManyRequests):
        await first.check("a", "2/minute", "alice")
    await first.close()
    await second.close()


async def test_a_lost_redis_makes_it_weaker_not_broken(limiting: Settings, redis: Redis) -> None:
    limiter = Limiter(limiting.model_copy(update={"redis_url": SecretStr(redis.url)}))
    await limiter.check("a", "2/minute", "alice")
    redis.stop()
    async with asyncio.timeout(120):  # it is not waited for without end
        await limiter.check("a", "2/minute", "alice")
        await limiter.check("a", "2/minute", "alice")
        with pytest.raises(TooManyRequests):
            await limiter.check("a", "2/minute", "alice")
    await limiter.close()


async def test_a_route_tells_when_to_come_back(app: FastAPI, client: httpx.AsyncClient) -> None:
    state: Services = app.state.parts
    state.limiter.is_on = True
    url = f"{API}/auth/password/forgot"
    answers = [await client.post(url, json={"email": "a@example.org"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [202] * 10 + [429]
    assert answers[-1].json()["retry_after_s"] == int(answers[-1].headers["Retry-After"])


async def test_made_up_credentials_open_no_fresh_count(app: FastAPI, client: httpx.AsyncClient, alice: Any) -> None:
    state: Services = app.state.parts
    state.limiter.is_on = True
    url = f"{API}/users/me/data"
    for n in range(10):
        await client.get(url, headers={"Authorization": f"Bearer made.up.{n}"})
    assert (await client.get(url, headers={"Authorization": "Bearer made.up.x"})).status_code == 429
    assert (await alice.get(url)).status_code == 200
