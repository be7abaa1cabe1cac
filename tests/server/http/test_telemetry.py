"""Logs: JSON, with correlation ids, without secrets, in files that do not grow for ever."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from spheroseg.server.app import build_app
from spheroseg.server.config import Settings
from spheroseg.server.http.telemetry import set_up_logs


@pytest.fixture
def log_file(settings: Settings, tmp_path: Path) -> Generator[Path]:
    """Logs of this process in a file, as in production."""
    before = structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    path = tmp_path / "logs" / "api.log"
    set_up_logs(settings.model_copy(update={"log_file": path, "log_max_bytes": 20_000, "log_backups": 2}))
    yield path
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.configure(**before)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_is_json_with_time_level_and_place(log_file: Path) -> None:
    structlog.get_logger("spheroseg.test").info("something", n=3, name="Žluťoučký")
    logging.getLogger("another.library").warning("said %s", "so")
    ours, theirs = lines(log_file)
    assert (ours["event"], ours["n"], ours["level"], ours["logger"]) == ("something", 3, "info", "spheroseg.test")
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["logger"]) == ("said so", "another.library")


def test_whatever_is_named_like_a_secret_is_blanked(log_file: Path) -> None:
    structlog.get_logger("x").info(
        "e", password="p1", new_token="p2", Authorization="p3", cookie="p4", email="p5", secret_key="p6", count=1
    )
    text = log_file.read_text()
    assert not any(f"p{n}" in text for n in range(1, 7))
    assert lines(log_file)[0]["count"] == 1


def test_a_traceback_does_not_show_values(log_file: Path) -> None:
    try:
        password = "hunter2"  # noqa: F841 -- it is there to be seen, or not
        raise_it()
    except ValueError:
        structlog.get_logger("x").exception("broken")
    text = log_file.read_text()
    assert "raise_it" in text
    assert "hunter2" not in text


def raise_it() -> None:
    raise ValueError("the reason")


def test_files_are_rotated(log_file: Path) -> None:
    for n in range(2000):
        structlog.get_logger("x").info("line", n=n)
    files = sorted(log_file.parent.iterdir())
    assert [path.name for path in files] == ["api.log", "api.log.1", "api.log.2"]
    assert all(path.stat().st_size <= 20_000 for path in files)
    assert lines(log_file)[-1]["n"] == 1999


async def test_what_we_did_not_foresee_is_logged_and_not_told(log_file: Path, settings: Settings) -> None:
    app: FastAPI = build_app(settings)

    @app.get("/broken")
    async def broken() -> None:
        secret = "hunter2"  # noqa: F841 -- it is there to be seen, or not
        raise RuntimeError("inner workings")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver") as client:
        answer = await client.get("/broken", headers={"X-Request-ID": "number-0001"})
    await app.state.parts.close()
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "inner workings" not in answer.text
    assert answer.json()["request_id"] == "number-0001"
    failed = next(line for line in lines(log_file) if line["event"] == "request_failed")
    assert failed["request_id"] == "number-0001"
    assert "inner workings" in json.dumps(failed)
    assert "hunter2" not in str(lines(log_file))


async def test_requests_are_counted_by_route_not_by_address(app: FastAPI, alice: httpx.AsyncClient) -> None:
    for _ in range(2):
        await alice.get("/api/v1/projects/00000000-0000-7000-8000-000000000000")
    here = httpx.ASGITransport(app=app, client=("127.0.0.1", 4000))  # it is told to this machine only
    async with httpx.AsyncClient(transport=here, base_url="http://testserver") as neighbour:
        text = (await neighbour.get("/metrics")).text
    assert '{project_id}",status="404"}' in text
    assert "00000000-0000-7000" not in text
