"""`spheroseg serve` as a real process: it starts, is killed in parts and as a whole, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures.processes import PATIENCE_S, is_alive, wait_until

from spheroseg.server.processes.supervise import ServeError, cause_of_death, listen

SERVE = "import sys; from pathlib import Path; from spheroseg.server.processes.supervise import serve; sys.exit(serve(Path(sys.argv[1]), port=0))"


class Service:
    """A served service, and what it says."""

    def __init__(self, folder: Path, *, keep: tuple[str, ...] = ()) -> None:
        self.log = folder.with_suffix(".log")
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("SPHEROSEG_") or name in keep
        }
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(folder)], stdout=output, stderr=output, env=environment
            )
        ready = self.wait_for(r"ready at (https?://\S+)")
        self.url = ready.group(1)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until it has said something."""
        deadline = time.monotonic() + PATIENCE_S
        while (found := re.search(pattern, self.log.read_text())) is None:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        return found

    def is_ready(self) -> bool:
        """Whether it answers, with its database."""
        with contextlib.suppress(OSError):
            return bool(json.load(urllib.request.urlopen(f"{self.url}/health/ready", timeout=120))["status"] == "ok")
        return False

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send JSON."""
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        return json.load(urllib.request.urlopen(request, timeout=60))

    def api_processes(self) -> list[int]:
        """Ids of the API processes, where there are several."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        pids = [pid for task in tasks for pid in (task / "children").read_text().split()]
        return [int(pid) for pid in pids if b"processes.entry\0api\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def children(self) -> dict[str, int]:
        """Process ids by name, of the database server too."""
        found = {}
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            for pid in (task / "children").read_text().split():
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                for name in ("api", "worker", "postgres"):
                    if f"processes.entry {name}" in command or (name == "postgres" and "/postgres -D" in command):
                        found[name] = int(pid)
        return found


# one service for all of these, in this order: starting one takes seconds
@pytest.fixture(scope="module")
def service(open_folder: Path) -> Generator[Service]:
    service = Service(open_folder / "served")
    yield service
    if service.process.poll() is None:  # the last of them kills it; where one runs alone its database ends in order
        service.process.send_signal(signal.SIGINT)
    service.process.wait(PATIENCE_S)


@pytest.mark.quick
@pytest.mark.slow
def test_starts_with_nothing_configured_and_works(service: Service) -> None:
    assert service.is_ready()
    assert set(service.children()) == {"api", "worker", "postgres"}
    account = {"email": "me@example.org", "password": "correct horse battery"}
    service.post("/api/v1/auth/sign-up", account)
    assert service.post("/api/v1/auth/sign-in", account)["user"]["role"] == "admin"
    # the worker sent the mail, to the terminal
    service.wait_for(r"mail to me@example.org: Confirm(.|\n)*/verify-email#token=[\w-]{40,}")
    assert urllib.request.urlopen(service.url + "/").status == 200


@pytest.mark.slow
def test_failures_are_counted_from_zero(service: Service) -> None:
    """Before the first: Prometheus sees no rise in a series that begins with it."""
    page = ""

    def has_both() -> bool:
        nonlocal page
        page = urllib.request.urlopen(f"{service.url}/metrics").read().decode()
        return "spheroseg_jobs_total" in page

    wait_until(has_both)  # the worker loads its modules for a while after the page is there
    jobs = set(re.findall(r'spheroseg_jobs_total\{outcome="failed",task="(.*?)"\} 0\.0\n', page))
    assert {"segmentation:segment", "images:prepare", "exports:make", "auth:send_verification"} <= jobs
    document = json.load(urllib.request.urlopen(f"{service.url}/api/v1/openapi.json"))
    asked = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    for status in ("500", "503"):
        counted = set(re.findall(rf'requests_total\{{method="(.*?)",route="(.*?)",status="{status}"\}} ', page))
        assert asked <= counted, sorted(asked - counted)
    assert re.search(
        r'requests_total\{method="PATCH",route="/api/v1/uploads/\{upload_id\}",status="507"\} 0\.0\n', page
    )


@pytest.mark.quick
@pytest.mark.slow
@pytest.mark.parametrize("name", ["worker", "api", "postgres"])
def test_says_what_died_and_starts_it_again(service: Service, name: str) -> None:
    before = service.children()[name]
    os.kill(before, signal.SIGKILL)
    what = "database" if name == "postgres" else name
    service.wait_for(rf"{what} was killed by SIGKILL; starting it again")
    wait_until(lambda: service.children().get(name, before) != before)
    wait_until(service.is_ready)
    signed_in = {"email": "me@example.org", "password": "correct horse battery"}
    assert service.post("/api/v1/auth/sign-in", signed_in)["user"]["email"] == "me@example.org"


@pytest.mark.slow
def test_what_dies_again_and_again_waits_longer_and_the_rest_goes_on(service: Service) -> None:
    others = {name: pid for name, pid in service.children().items() if name != "worker"}
    killed: set[int] = set()
    while len(killed) < 6:
        worker = service.children().get("worker")
        if worker is not None and worker not in killed:
            os.kill(worker, signal.SIGKILL)
            killed.add(worker)
        assert service.is_ready()
        time.sleep(0.05)
    service.wait_for(r"worker was killed by SIGKILL; starting it again in [4-9] s")

    def states() -> dict[str, str]:
        answer: dict[str, str] = json.load(urllib.request.urlopen(f"{service.url}/health/ready", timeout=120))[
            "processes"
        ]
        return answer

    wait_until(lambda: states() == {"api": "running", "worker": "restarting", "database": "running"})
    wait_until(lambda: service.children().get("worker") not in {None, *killed})
    now = {name: pid for name, pid in service.children().items() if name != "worker"}
    assert now == others


@pytest.mark.slow
def test_no_other_account_reads_what_lies_in_the_data_folder(service: Service) -> None:
    folder = service.log.with_suffix("")
    assert {path.name for path in folder.iterdir() if path.stat().st_mode & 0o077} <= set()
    assert folder.stat().st_mode & 0o066 == 0  # the database's account may pass through
    for path in (folder / "logs").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    assert not (folder / "metrics").exists()


@pytest.mark.slow
def test_jobs_go_on_after_all_that(service: Service) -> None:
    service.post("/api/v1/auth/sign-up", {"email": "you@example.org", "password": "correct horse battery"})
    service.wait_for(r"mail to you@example.org")


@pytest.mark.slow
def test_a_second_one_on_the_same_folder_is_refused(service: Service) -> None:
    folder = service.log.with_suffix("")
    answer = subprocess.run([sys.executable, "-c", SERVE, str(folder)], capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert f"in use by another SpheroSeg (process {service.process.pid})" in answer.stderr
    assert service.is_ready()


@pytest.mark.slow
def test_its_logs_hold_no_secrets(service: Service) -> None:
    folder = service.log.with_suffix("")
    logs = [path for path in (folder / "logs").iterdir() if path.suffix == ".log"]
    assert {path.stem for path in logs} == {"api", "worker"}
    lines = [line for path in logs for line in path.read_text().splitlines()]
    assert len(lines) > 5
    assert all(isinstance(json.loads(line), dict) for line in lines)
    text = "\n".join(lines) + "".join(path.read_text() for path in (folder / "postgres" / "log").iterdir())
    for secret in (
        "correct horse",
        "me@example.org",
        (folder / "secret_key").read_text(),
        (folder / "postgres" / "password").read_text(),
    ):
        assert secret not in text


@pytest.mark.quick
@pytest.mark.slow
def test_leaves_nothing_behind_when_it_is_killed(service: Service) -> None:
    children = service.children()
    assert len(children) == 3
    service.process.kill()
    service.process.wait()
    for pid in children.values():
        wait_until(lambda pid=pid: not is_alive(pid))  # type: ignore[misc]  # the default binds this turn's value


@pytest.mark.quick
@pytest.mark.slow
def test_stops_in_order_when_it_is_told_to(open_folder: Path) -> None:
    service = Service(open_folder / "served")  # the same folder: what was killed before starts again
    children = service.children()
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(PATIENCE_S) == 0
    assert "stopping (SIGINT)" in service.log.read_text()
    assert not any(is_alive(pid) for pid in children.values())


def test_a_port_in_use_is_told_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            listen("127.0.0.1", port)


def test_causes_of_death_in_words() -> None:
    assert cause_of_death(3) == "ended with status 3"
    assert cause_of_death(-9) == "was killed by SIGKILL"
    assert cause_of_death(-200) == "was killed by signal 200"
