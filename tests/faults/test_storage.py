"""Storage that fails: read-only in the middle of work, a bucket that errs, breaks off and is slow."""

from __future__ import annotations

import http.server
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.faults.machines import Machines, pictures
from tests.fixtures.disks import mounted
from tests.fixtures.processes import wait_until

N_IMAGES = 6


@pytest.fixture
def own_disk(open_folder: Path) -> Iterator[Path]:
    """A disk for the files alone, mounted for this test."""
    with mounted(open_folder / "own disk", "size=200m,mode=711") as folder:
        yield folder


def test_a_storage_that_becomes_read_only(open_folder: Path, own_disk: Path, tmp_path: Path) -> None:
    machines = Machines(
        open_folder / "readonly", SPHEROSEG_STORAGE_URL=str(own_disk / "files"), SPHEROSEG_MIN_FREE_BYTES="0"
    )
    try:
        client = machines.client
        project = client.create_project("Read-only", pixel_size_um=1.0)
        (first, *_) = client.upload(project, pictures(tmp_path / "images", N_IMAGES))
        client._wait_prepared(project.id)
        subprocess.run(["mount", "-o", "remount,ro", own_disk], check=True)
        # what is there can be seen; what is new is refused with a reason, and leaves nothing half
        assert client._service.ask("GET", f"/images/{first.id}/file").content.startswith(b"\x89PNG")
        assert len(list(client._service.pages(f"/projects/{project.id}/images"))) == N_IMAGES
        with (tmp_path / "images" / "A01.png").open("rb") as file:
            parts = [("files", ("new.png", file.read() + b"more"))]
        answer = client._service.http.post(f"/projects/{project.id}/images", files=parts)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert len(list(client._service.pages(f"/projects/{project.id}/images"))) == N_IMAGES
        # a run ends: done where its maps were kept, failed with a reason where not; a new one makes it whole
        run = client.segment(project, "classical")
        machines.hold_at_work("segmentation:segment")
        machines.release()
        subprocess.run(["mount", "-o", "remount,rw", own_disk], check=True)
        wait_until(lambda: client.run(run).is_over, "the run is over")
        ended = client.run(run)
        assert ended.n_done + ended.n_failed == N_IMAGES
        for failure in client.failures(run):
            assert failure["error_reason"]
        again = client.segment(project, "classical")
        wait_until(lambda: client.run(again).is_over, "the second run is over")
        assert client.run(again).n_done == N_IMAGES
        table = client.objects(project)
        assert (table.groupby("image").size() == 1).all()
        assert len(table) == N_IMAGES
    finally:
        machines.close()


class Faulty(http.server.BaseHTTPRequestHandler):
    """Passes requests on to a bucket, and does with some of them what buckets do on a bad day."""

    protocol_version = "HTTP/1.1"
    bucket_url: str
    mood: str
    count: int
    sent: int

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        kind = type(self)
        kind.count += 1
        if kind.mood == "errors" and kind.count % 3 == 0:  # never twice for one request and its retry alone
            self._answer(
                503, {}, b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate</Message></Error>"
            )
            return
        if kind.mood == "cuts" and kind.count % 3 == 0:
            self.close_connection = True
            self.connection.close()
            return
        if kind.mood == "slow":
            time.sleep(0.15)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {"host", "connection"}}
        answer = httpx.request(self.command, kind.bucket_url + self.path, headers=headers, content=body, timeout=60)
        left_out = {"content-length", "transfer-encoding", "connection", "date", "server"}
        passed_on = {name: value for name, value in answer.headers.items() if name.lower() not in left_out}
        if self.command == "HEAD":
            passed_on["content-length"] = answer.headers.get("content-length", "0")
        kind.sent += 1
        self._answer(answer.status_code, passed_on, answer.content)

    do_PUT = do_POST = do_DELETE = do_HEAD = do_GET  # noqa: N815 -- the names that http.server calls

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name in headers}:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def faulty(s3_server: str, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Faulty]]:
    """The way to the bucket; its `mood` is `good`, `errors`, `cuts` or `slow`."""
    del bucket
    handler = type("OfThisTest", (Faulty,), {"bucket_url": s3_server, "mood": "good", "count": 0, "sent": 0})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_bucket_that_errs_breaks_off_and_is_slow(
    open_folder: Path, bucket: str, faulty: type[Faulty], tmp_path: Path
) -> None:
    machines = Machines(open_folder / "bucket", SPHEROSEG_STORAGE_URL=bucket)
    try:
        client = machines.client
        for number, mood in enumerate(("errors", "cuts", "slow")):
            faulty.mood, before = mood, faulty.sent
            project = client.create_project(mood, pixel_size_um=1.0)
            images = pictures(tmp_path / mood, N_IMAGES, first=10 * number)
            uploaded = client.upload(project, images)
            assert sorted(one.name for one in uploaded) == [path.name for path in images]
            ended = client.wait(client.segment(project, "classical"))
            assert (ended.n_done, ended.n_failed) == (N_IMAGES, 0), client.failures(ended)
            table = client.objects(project)
            assert (table.groupby("image").size() == 1).all()
            for one, path in zip(sorted(uploaded, key=lambda one: one.name), images, strict=True):
                assert client._service.ask("GET", f"/images/{one.id}/file").content == path.read_bytes()
            assert faulty.sent > before + 2 * N_IMAGES  # it really went this way
        faulty.mood = "good"
        wait_until(machines.is_idle, "the queue is empty")
    finally:
        machines.close()
