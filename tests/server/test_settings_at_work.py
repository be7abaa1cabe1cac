"""Settings that show only in a real API process: trusted proxies, traces, and several processes on one port."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.server.fixtures.database import SECRET_KEY
from tests.server.processes.test_supervise import Service, wait_until

API = "from spheroseg.server.config import load_settings; from spheroseg.server.processes.entry import run_api; run_api(load_settings())"
NEW = {"email": "me@example.org", "password": "correct horse battery"}


@contextmanager
def api(database_url: str, folder: Path, **settings: str) -> Generator[str]:
    """An API process with these settings; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPHEROSEG_")} | {
        "SPHEROSEG_DATABASE_URL": database_url,
        "SPHEROSEG_DATA_DIR": str(folder),
        "SPHEROSEG_SECRET_KEY": SECRET_KEY,
        "SPHEROSEG_PORT": str(port),
        "SPHEROSEG_LOG_LEVEL": "error",
        "SPHEROSEG_PASSWORD_MEMORY_MIB": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", API],
        env=environment | {f"SPHEROSEG_{name.upper()}": value for name, value in settings.items()},
    )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None
        try:
            return bool(urllib.request.urlopen(f"{url}/health/ready", timeout=120).status == 200)
        except OSError:
            return False

    try:
        wait_until(answers)
        yield url
    finally:
        process.terminate()
        process.wait(60)


class Collector(BaseHTTPRequestHandler):
    """Takes what an OpenTelemetry collector is sent."""

    sent: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        """Keep it."""
        self.sent.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Generator[tuple[str, list[tuple[str, bytes]]]]:
    """The address of a collector, and what it was sent."""
    sent: list[tuple[str, bytes]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Keeping", (Collector,), {"sent": sent}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", sent
    server.shutdown()
    server.server_close()


def addresses(database_url: str) -> list[str | None]:
    with psycopg.connect(database_url) as connection:
        return [
            row[0] for row in connection.execute("SELECT ip FROM audit_log WHERE action = 'session.begin' ORDER BY at")
        ]


@pytest.mark.slow  # starts API processes
def test_only_trusted_proxies_say_who_asks(own_database_url: str, tmp_path: Path) -> None:
    through_proxy = {"X-Forwarded-For": "203.0.113.9"}
    for number, settings in enumerate(({}, {"trusted_proxies": '["127.0.0.1"]'}, {"trusted_proxies": '["192.0.2.1"]'})):
        with api(own_database_url, tmp_path, **settings) as url:
            body = NEW | {"email": f"me{number}@example.org"}
            httpx.post(f"{url}/api/v1/auth/sign-up", json=body).raise_for_status()
            httpx.post(f"{url}/api/v1/auth/sign-in", json=body, headers=through_proxy).raise_for_status()
    assert addresses(own_database_url) == ["127.0.0.1", "203.0.113.9", "127.0.0.1"]


@pytest.mark.slow  # starts an API process
def test_traces_go_to_the_collector_without_secrets(
    own_database_url: str, tmp_path: Path, collector: tuple[str, list[tuple[str, bytes]]]
) -> None:
    endpoint, sent = collector
    with api(own_database_url, tmp_path, otlp_endpoint=endpoint) as url:
        assert httpx.post(f"{url}/api/v1/auth/sign-up", json=NEW).status_code == 201
        assert httpx.get(f"{url}/api/v1/users/me", headers={"Authorization": "Bearer sph_wrong"}).status_code == 401
    assert {path for path, _ in sent} == {"/v1/traces"}  # the last ones are sent when the process ends
    traces = b"".join(body for _, body in sent)
    assert b"spheroseg" in traces
    assert b"/api/v1/auth/sign-up" in traces
    assert not any(secret in traces for secret in (b"correct horse", b"sph_wrong", b"me@example.org"))
    assert b"/health/ready" not in traces


@pytest.mark.slow  # starts a whole service
def test_production_needs_no_key_of_its_own_on_one_machine(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPHEROSEG_ENVIRONMENT", "production")
    monkeypatch.setenv("SPHEROSEG_PUBLIC_URL", "https://spheroseg.example.org")
    monkeypatch.setenv("SPHEROSEG_HOST", "127.0.0.1")
    keep = ("SPHEROSEG_ENVIRONMENT", "SPHEROSEG_PUBLIC_URL", "SPHEROSEG_HOST")
    folder = open_folder / "production"
    service = Service(folder, keep=keep)
    try:
        assert (folder / "secret_key").stat().st_mode & 0o077 == 0
        assert service.log.read_text().count("starting it again") == 0
    finally:
        service.process.terminate()
        service.process.wait(120)


@pytest.mark.slow  # starts a whole service
def test_several_api_processes_share_a_port_and_one_may_die(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPHEROSEG_API_PROCESSES", "2")
    # `Service` leaves our settings out of the environment, as a person's shell would have none
    service = Service(open_folder / "two", keep=("SPHEROSEG_API_PROCESSES",))
    try:
        service.wait_for(r"ready at")
        service.post("/api/v1/auth/sign-up", NEW)
        pids = service.api_processes()
        assert len(pids) == 2
        token = service.post("/api/v1/auth/sign-in", NEW | {"cookies": False})["access_token"]
        os.kill(pids[0], signal.SIGKILL)
        answered = 0
        deadline = time.monotonic() + 120
        while answered < 50:
            assert time.monotonic() < deadline
            request = urllib.request.Request(
                f"{service.url}/api/v1/users/me", headers={"Authorization": f"Bearer {token}"}
            )
            with urllib.request.urlopen(request, timeout=120) as answer:
                answered += json.load(answer)["email"] == NEW["email"]
        service.wait_for(r"api-\d was killed by SIGKILL; starting it again")
        wait_until(lambda: len(service.api_processes()) == 2)
    finally:
        service.process.terminate()
        service.process.wait(60)
