"""Logs: JSON, with correlation ids, without secrets, in files that do not grow for ever."""

from __future__ import annotations

import asyncio
import gzip
import http.server
import json
import logging
import queue
import re
import threading
import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from pydantic import SecretStr

from spheroseg.server.app import build_app
from spheroseg.server.config import Settings, SettingsError
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

    @app.post("/broken")
    async def broken() -> None:
        secret = "hunter2"  # noqa: F841 -- it is there to be seen, or not
        raise RuntimeError("inner workings")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver") as client:
        answer = await client.post("/broken", headers={"X-Request-ID": "number-0001"})
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
    counted = re.compile(
        r'^spheroseg_requests_total{method="GET",route="/api/v1/projects/{project_id}",status="404"} (\S+)$',
        re.MULTILINE,
    )
    here = httpx.ASGITransport(app=app, client=("127.0.0.1", 4000))  # it is told to this machine only
    async with httpx.AsyncClient(transport=here, base_url="http://testserver") as neighbour:
        before = counted.search((await neighbour.get("/metrics")).text)  # of this process, other tests' as well
        for _ in range(2):
            await alice.get("/api/v1/projects/00000000-0000-7000-8000-000000000000")
        text = (await neighbour.get("/metrics")).text
    after = counted.search(text)
    assert after is not None
    assert float(after[1]) - (float(before[1]) if before else 0.0) == 2.0
    assert "00000000-0000-7000" not in text


class Sentry(http.server.BaseHTTPRequestHandler):
    """Takes envelopes as Sentry does."""

    envelopes: queue.Queue[bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.envelopes.put(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def sentry() -> Generator[tuple[str, queue.Queue[bytes]]]:
    """The DSN of a Sentry of this machine, and what it is told."""
    sdk = pytest.importorskip("sentry_sdk")
    handler = type("OfThisTest", (Sentry,), {"envelopes": queue.Queue()})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://key@127.0.0.1:{server.server_port}/1", handler.envelopes
    sdk.get_client().close(timeout=2)
    sdk.init()
    server.shutdown()
    thread.join()
    server.server_close()


async def test_sentry_is_told_of_what_nobody_foresaw_and_of_nothing_else(
    settings: Settings, log_file: Path, sentry: tuple[str, queue.Queue[bytes]]
) -> None:
    dsn, envelopes = sentry
    cookie = uuid.uuid4().hex
    own = settings.model_copy(update={"sentry_dsn": SecretStr(dsn), "log_file": log_file})
    set_up_logs(own)
    app = build_app(own)

    @app.post("/broken")
    async def broken() -> None:
        password = "-".join(str(number) for number in range(12))
        raise RuntimeError(f"{len(password)} letters")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver") as client:
        assert (await client.get("/api/v1/nothing-here")).status_code == 404
        answer = await client.post(
            "/broken", headers={"Cookie": f"spheroseg={cookie}", "X-Request-ID": "a-request-of-mine"}
        )
        assert answer.status_code == 500
    await app.state.parts.close()
    envelope = await asyncio.to_thread(envelopes.get, timeout=60)
    assert b"RuntimeError" in envelope
    assert b"a-request-of-mine" in envelope
    assert b"broken" in envelope
    assert b"0-1-2-3" not in envelope  # the line of the program is shown, no value
    assert cookie.encode() not in envelope
    assert envelopes.empty()


def test_a_dsn_that_is_none_is_one_sentence(settings: Settings) -> None:
    pytest.importorskip("sentry_sdk")
    with pytest.raises(SettingsError, match="is no DSN"):
        set_up_logs(settings.model_copy(update={"sentry_dsn": SecretStr("nonsense")}))
