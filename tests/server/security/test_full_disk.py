"""A disk that is full to the last byte: nobody dies, people sign in and look, uploads are refused; then it goes on."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures.disks import mounted
from tests.server.processes.test_supervise import Service, is_alive, wait_until

ACCOUNT = {"email": "me@example.org", "password": "correct horse battery"}


@pytest.fixture
def small_disk(open_folder: Path) -> Generator[Path]:
    """A disk of its own, mounted for this test."""
    with mounted(open_folder / "small disk", "size=420m,mode=711") as folder:
        yield folder


def fill(folder: Path) -> None:
    """Use up the last byte."""
    with contextlib.suppress(OSError), (folder / "ballast").open("ab") as ballast:
        while True:
            ballast.write(b"\0" * 65_536)
            ballast.flush()


def call(url: str, token: str | None = None, **headers: str) -> tuple[int, Any]:
    method = headers.pop("method", "GET")
    request = urllib.request.Request(url, method=method, headers=headers)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())
    return answer.status, None


@pytest.mark.slow
def test_the_service_lives_through_it(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPHEROSEG_MIN_FREE_BYTES", str(20 * 2**20))
    service = Service(small_disk / "served", keep=("SPHEROSEG_MIN_FREE_BYTES",))
    try:
        service.post("/api/v1/auth/sign-up", ACCOUNT)
        token = service.post("/api/v1/auth/sign-in", ACCOUNT | {"cookies": False})["access_token"]
        request = urllib.request.Request(
            f"{service.url}/api/v1/projects",
            b'{"name": "Spheroids"}',
            {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )
        project = json.load(urllib.request.urlopen(request, timeout=60))["id"]
        before = service.children()
        fill(small_disk)
        until = time.monotonic() + 15
        while time.monotonic() < until:  # long enough for logs, counts and the queue to want room
            assert call(f"{service.url}/api/v1/projects/{project}", token)[0] == 200
            fill(small_disk)
            time.sleep(0.5)
        assert service.post("/api/v1/auth/sign-in", ACCOUNT)["user"]["email"] == "me@example.org"
        status, problem = call(
            f"{service.url}/api/v1/projects/{project}/uploads",
            token,
            method="POST",
            **{"Tus-Resumable": "1.0.0", "Upload-Length": "1000", "Upload-Metadata": "filename YS5wbmc="},
        )
        assert (status, problem["code"]) == (507, "storage_full")
        assert service.children() == before
        assert all(is_alive(pid) for pid in before.values())
        (small_disk / "ballast").unlink()
        wait_until(service.is_ready)
        status, _ = call(
            f"{service.url}/api/v1/projects/{project}/uploads",
            token,
            method="POST",
            **{"Tus-Resumable": "1.0.0", "Upload-Length": "1000", "Upload-Metadata": "filename YS5wbmc="},
        )
        assert status == 201
    finally:
        service.process.terminate()
        service.process.wait(120)
