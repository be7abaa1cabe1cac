"""Whether the service says truly that it lives and can work."""

from __future__ import annotations

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from spheroseg.server.app import build_app
from spheroseg.server.config import Settings
from spheroseg.server.http.security_headers import content_security_policy


async def test_live_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json()["status"] == "ok"
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "database": "ok", "processes": {}})


async def test_not_ready_without_a_database(settings: Settings) -> None:
    elsewhere = settings.model_copy(update={"database_url": SecretStr("postgresql://x:y@127.0.0.1:1/none")})
    app = build_app(elsewhere)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver") as client:
        answer = await client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["code"] == "unavailable"
        assert answer.headers["Retry-After"] == "1"
        assert (await client.get("/health/live")).status_code == 200
    await app.state.parts.close()


async def test_metrics_need_their_token_where_one_is_set(app: FastAPI, client: httpx.AsyncClient) -> None:
    here = httpx.ASGITransport(app=app, client=("127.0.0.1", 4000))
    async with httpx.AsyncClient(transport=here, base_url="http://testserver") as neighbour:
        assert "spheroseg_request_seconds_bucket" in (await neighbour.get("/metrics")).text
    assert (await client.get("/metrics")).status_code == 404  # from the network
    parts = app.state.parts
    parts.settings = parts.settings.model_copy(update={"metrics_token": SecretStr("t" * 20)})
    assert (await client.get("/metrics")).status_code == 404
    assert (await client.get("/metrics", headers={"Authorization": f"Bearer {'t' * 20}"})).status_code == 200
    parts.settings = parts.settings.model_copy(update={"metrics_token": None, "environment": "production"})
    assert (await client.get("/metrics")).status_code == 404


async def test_every_answer_has_security_headers_and_an_id(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/api/v1/nothing-here", "/api/v1/projects"):
        headers = (await client.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert len(headers["X-Request-ID"]) >= 8
    policy = content_security_policy("https://spheroseg.example.org")
    assert "unsafe" not in policy
    assert "connect-src 'self' wss://spheroseg.example.org;" in policy
    given = await client.get("/health/live", headers={"X-Request-ID": "from-the-proxy-1"})
    assert given.headers["X-Request-ID"] == "from-the-proxy-1"
    bad = await client.get("/health/live", headers={"X-Request-ID": "evil value {"})
    assert bad.headers["X-Request-ID"] != "evil value {"


async def test_unknown_paths_are_problems(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/nothing-here")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
    assert (await client.delete("/health/live")).json()["code"] == "method_not_allowed"
