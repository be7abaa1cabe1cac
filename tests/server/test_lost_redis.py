"""A whole service whose Redis is killed while people list, look at tiles, count against limits and hear events."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio
from tests.fixtures.tools import missing
from tests.server.fixtures.events import connect_events
from tests.server.fixtures.pictures import spheroid_png
from tests.server.fixtures.redis_server import Redis
from tests.server.processes.test_supervise import Service

from spheroseg.client import Client

EMAIL, PASSWORD = "me@example.org", "correct horse battery"
PATIENCE_S = 300.0
"""No busy machine needs so long."""


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Generator[Redis]:
    if shutil.which("redis-server") is None:
        missing("redis-server is not installed")
    redis = Redis(tmp_path_factory.mktemp("redis"))
    yield redis
    redis.stop()


async def _people(url: str, paths: dict[str, str], token: str, answered: Counter[str], until: asyncio.Event) -> None:
    """One person for each kind of request, without a pause; counts the answers."""
    headers = {"Authorization": f"Bearer {token}"}

    async def person(kind: str, client: httpx.AsyncClient) -> None:
        while not until.is_set():
            answer = await client.get(paths[kind])
            assert answer.status_code < 400, f"{kind}: {answer.status_code} {answer.text[:300]}"
            answered[kind] += 1
            await asyncio.sleep(0.02)

    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE_S) as client:
        await asyncio.gather(*(person(kind, client) for kind in paths))


async def _each_answered(answered: Counter[str], paths: dict[str, str], times: int) -> None:
    """Wait until each kind was answered so many times more."""
    before = answered.copy()
    async with asyncio.timeout(PATIENCE_S):
        while any(answered[kind] < before[kind] + times for kind in paths):
            await asyncio.sleep(0.02)


@pytest.mark.slow  # starts a whole service
async def test_a_lost_redis_makes_the_service_slower_not_broken(
    open_folder: Path,
    tmp_path: Path,
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "A01.png").write_bytes(spheroid_png(size_px=600, radius_px=90))
    monkeypatch.setenv("SPHEROSEG_REDIS_URL", redis.url)
    service = Service(open_folder / "redis", keep=("SPHEROSEG_REDIS_URL",))
    try:
        with Client(service.url) as client:
            client.sign_up(EMAIL, PASSWORD)
            client.sign_in(EMAIL, PASSWORD)
            project = client.create_project("Redis", pixel_size_um=1.0)
            (image,) = client.upload(project, tmp_path / "A01.png")
            client.wait(client.segment(project, "classical"))
        async with httpx.AsyncClient(base_url=f"{service.url}/api/v1", timeout=60) as web:
            signed_in = await web.post("/auth/sign-in", json={"email": EMAIL, "password": PASSWORD, "cookies": False})
            token: str = signed_in.json()["access_token"]
            listener = socketio.AsyncClient()
            heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
            listener.on("event", heard.put)
            await connect_events(listener, service.url, token)
            assert (await listener.call("subscribe", {"topic": f"project:{project.id}"}, timeout=120))["ok"]
            paths = {
                "list": f"/projects/{project.id}/images",
                "summary": f"/projects/{project.id}/summary",
                "outlines": f"/projects/{project.id}/outlines?image_ids={image.id}",
                "tile": f"/images/{image.id}/tiles/0/0/0",
                "objects": f"/projects/{project.id}/objects",
            }
            enough, answered = asyncio.Event(), Counter[str]()
            people = asyncio.create_task(_people(f"{service.url}/api/v1", paths, token, answered, enough))
            await _each_answered(answered, paths, 5)
            redis.stop()
            for number in range(3):
                changed = await web.patch(
                    f"/images/{image.id}",
                    json={"name": f"A01-{number}.png"},
                    headers={"Authorization": f"Bearer {token}", "If-Match": "*"},
                )
                assert changed.status_code == 200, changed.text
                async with asyncio.timeout(PATIENCE_S):
                    while (event := await heard.get())["type"] != "image.changed":
                        pass
                assert event["id"] == image.id
                await _each_answered(answered, paths, 5)
            # the limit of this route still counts, in the process's own memory
            forgot = [await web.post("/auth/password/forgot", json={"email": "a@example.org"}) for _ in range(11)]
            assert [answer.status_code for answer in forgot].count(429) >= 1
            assert {answer.status_code for answer in forgot} == {202, 429}
            enough.set()
            await people
            await listener.disconnect()
        assert service.is_ready()
    finally:
        service.process.terminate()
        service.process.wait(60)
