"""Clocks that jump: a worker's and an API's, days forward and back, in the middle of their work."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.machines import Machines, pictures
from tests.fixtures.processes import wait_until
from tests.fixtures.tools import missing

N_IMAGES = 12
DAY_S = 86_400


class Clock:
    """The clock of processes that are started with its environment: this machine's, moved."""

    def __init__(self, file: Path, library: str) -> None:
        self._file = file
        self.move(0)
        self.environment = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # as when a person or NTP sets a clock
        }

    def move(self, seconds: int) -> None:
        self._file.write_text(f"{seconds:+d}")


@pytest.fixture
def library() -> str:
    """A library that stands between programs and the clock (Debian's package libfaketime)."""
    found = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if found is None:
        missing("libfaketime is not installed (make test-faults installs it)")
    return str(found)


@pytest.fixture
def machines(open_folder: Path) -> Iterator[Machines]:
    made = Machines(open_folder / "clocks")
    yield made
    made.close()


def test_clocks_that_jump_lose_nothing(machines: Machines, library: str, tmp_path: Path) -> None:
    clocks = {name: Clock(tmp_path / name, library) for name in ("api", "worker")}
    for name, clock in clocks.items():
        machines.processes[name].terminate()
        machines.processes[name].wait(60)
        machines.start(name, **clock.environment)
    client = machines.client
    project = client.create_project("Clocks", pixel_size_um=1.0)
    client.upload(project, pictures(tmp_path / "images", N_IMAGES))

    # the worker's, in the middle of a run: two days forward, then three back
    run = client.segment(project, "classical")
    for jump_s in (2 * DAY_S, -DAY_S, 0):
        machines.hold_at_work("segmentation:segment")
        clocks["worker"].move(jump_s)
        machines.release()
        done = client.run(run).n_done
        wait_until(lambda done=done: client.run(run).n_done > done, "the run goes on")
    client.wait(run)
    ended = client.run(run)
    assert (ended.state, ended.n_done, ended.n_failed) == ("done", N_IMAGES, 0)
    table = client.objects(project)
    assert (table.groupby("image").size() == 1).all()
    assert len(table) == N_IMAGES

    # the API's: a session that began later than now still holds, and one that is too old is continued
    headers = dict(client._service.http.headers)
    for jump_s in (-3600, -1, 0):
        clocks["api"].move(jump_s)
        assert client._service.http.get("/projects", headers=headers).status_code == 200
    clocks["api"].move(3600)
    assert client._service.http.get("/projects").status_code == 401  # the access token's quarter of an hour is over
    assert [one.name for one in client.projects()] == ["Clocks"]  # and the session goes on
    clocks["api"].move(0)
    assert [one.name for one in client.projects()] == ["Clocks"]
    (image, *_) = client._service.pages(f"/projects/{project.id}/images")
    assert client._service.ask("GET", f"/images/{image['id']}/file").content.startswith(b"\x89PNG")
    counted = subprocess.run(["grep", "-c", "Traceback", machines.folder / "api.log"], capture_output=True, check=False)
    assert counted.stdout.strip() == b"0"
