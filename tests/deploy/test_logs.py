"""Log lines reach Loki and Elasticsearch: the real shipper with our configuration, and receivers that take what theirs take."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.deploy.programs import DEPLOY, START_S, program
from tests.fixtures.processes import free_port

WRITE_LINES = """
import structlog, sys
from pathlib import Path
from spheroseg.server.config import Settings
from spheroseg.server.http.telemetry import set_up_logs
set_up_logs(Settings(log_file=Path(sys.argv[1]), log_format="json", secret_key="k" * 40))
log = structlog.get_logger()
log.info("request", status=200, path='/api/v1/projects/"Žluťoučký" \\\\ it\\'s')
log.warning("storage_away", reason="first line\\nsecond line")
"""


class Receivers:
    """Takes pushes as Loki's and bulks as Elasticsearch's addresses do; on one port, so that both can be away."""

    def __init__(self) -> None:
        self.port = free_port()
        self.streams: list[tuple[dict[str, str], int, Any]] = []
        self.documents: list[dict[str, Any]] = []
        self._server: http.server.ThreadingHTTPServer | None = None

    def take(self, path: str, body: bytes) -> None:
        if path == "/loki/api/v1/push":
            for stream in json.loads(body)["streams"]:
                for nanoseconds, line in stream["values"]:
                    self.streams.append((stream["stream"], int(nanoseconds), json.loads(line)))
        else:
            assert path == "/_bulk"
            lines = [json.loads(line) for line in body.decode().splitlines() if line]
            assert lines[::2] == [{"create": {"_index": "logs-spheroseg-default"}}] * (len(lines) // 2)
            self.documents += lines[1::2]

    def start(self) -> None:
        receivers = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    receivers.take(self.path, body)
                except (ValueError, KeyError, AssertionError):
                    receivers.documents.append({"broken": body.decode(errors="replace")})
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class Shipper:
    """syslog-ng with deploy/logs/syslog-ng.conf."""

    def __init__(self, folder: Path, receivers: Receivers) -> None:
        self.folder, self.port = folder, free_port()
        for name in ("logs", "buffer"):
            (folder / name).mkdir()
        url = f"http://127.0.0.1:{receivers.port}"
        self.environment = os.environ | {
            "LOG_FOLDER": str(folder / "logs"), "LOG_BUFFER": str(folder / "buffer"), "LOG_HOST": "microscope-1",
            "LOG_PORT": str(self.port), "LOKI_URL": url, "ELASTIC_URL": url,
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        files = [f"{option}={self.folder / name}" for option, name in (
            ("--persist-file", "state"), ("--pidfile", "pid"), ("--control", "control"),
        )]  # fmt: skip
        with (self.folder / "shipper.log").open("ab") as log:
            self.process = subprocess.Popen(
                [program("syslog-ng"), "--foreground", "--no-caps", "-e", "-f", str(DEPLOY / "logs/syslog-ng.conf"), *files],
                env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip
        self.wait(self.is_listening, "the shipper listens")

    def is_listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)

    def wait(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_S
        while not holds():
            if time.monotonic() > deadline:
                pytest.fail(f"{what}: not so\n{(self.folder / 'shipper.log').read_text()[-3000:]}")
            time.sleep(0.1)


@pytest.fixture
def shipped(tmp_path: Path) -> Iterator[tuple[Shipper, Receivers]]:
    receivers = Receivers()
    shipper = Shipper(tmp_path, receivers)
    with contextlib.ExitStack() as stack:
        stack.callback(receivers.stop)
        stack.callback(shipper.stop)
        receivers.start()
        shipper.start()
        yield shipper, receivers


def write_lines(shipper: Shipper, name: str = "spheroseg.log") -> None:
    """What a process of the service writes into its log file."""
    file = str(shipper.folder / "logs" / name)
    subprocess.run([sys.executable, "-c", WRITE_LINES, file], check=True, cwd=shipper.folder)


def test_lines_arrive_as_they_were_written(shipped: tuple[Shipper, Receivers]) -> None:
    shipper, receivers = shipped
    write_lines(shipper)
    written = [json.loads(line) for line in (shipper.folder / "logs" / "spheroseg.log").read_text().splitlines()]
    assert len(written) == 2
    shipper.wait(
        lambda: len(receivers.streams) >= 2 and len(receivers.documents) >= 2, "both receivers have both lines"
    )
    assert [line for _, _, line in receivers.streams] == written
    assert [labels for labels, _, _ in receivers.streams] == [
        {"job": "spheroseg", "host": "microscope-1", "level": level} for level in ("info", "warning")
    ]
    for document, line, (_, nanoseconds, _) in zip(receivers.documents, written, receivers.streams, strict=True):
        when = datetime.fromisoformat(line["timestamp"])
        assert nanoseconds == round(when.timestamp() * 1e6) * 1000
        assert datetime.fromisoformat(document.pop("@timestamp")) == when
        assert document == {"host": {"name": "microscope-1"}} | line


def test_lines_of_containers_and_what_is_no_json_arrive_too(shipped: tuple[Shipper, Receivers]) -> None:
    shipper, receivers = shipped
    line = json.dumps({"event": "job_failed", "level": "error", "timestamp": "2026-01-02T03:04:05.678901Z"})
    crash = 'Fatal Python error: Segmentation "fault" \\'
    with socket.create_connection(
        ("127.0.0.1", shipper.port)
    ) as docker:  # as its log driver `syslog` with rfc5424 does
        for message in (line, crash):
            docker.sendall(f"<30>1 2026-01-02T03:04:06+00:00 host spheroseg-worker-1 71 - - {message}\n".encode())
    shipper.wait(
        lambda: len(receivers.streams) >= 2 and len(receivers.documents) >= 2, "both receivers have both lines"
    )
    assert [record for _, _, record in receivers.streams] == [json.loads(line), {"event": crash}]
    assert [labels["level"] for labels, _, _ in receivers.streams] == ["error", "error"]
    assert receivers.documents[1]["event"] == crash
    assert receivers.streams[0][1] == 1767323045678901000


def test_nothing_is_lost_while_the_receivers_are_away(shipped: tuple[Shipper, Receivers]) -> None:
    shipper, receivers = shipped
    receivers.stop()
    write_lines(shipper)
    shipper.wait(lambda: b"error" in (shipper.folder / "shipper.log").read_bytes().lower(), "it was tried in vain")
    shipper.stop()  # the machine restarts meanwhile
    write_lines(shipper, "other.log")
    receivers.start()
    shipper.start()
    shipper.wait(lambda: len(receivers.streams) >= 4 and len(receivers.documents) >= 4, "everything has arrived")
    assert {line["event"] for _, _, line in receivers.streams} == {"request", "storage_away"}
    assert not any("broken" in document for document in receivers.documents)
