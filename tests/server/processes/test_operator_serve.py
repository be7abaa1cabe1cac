"""`spheroseg serve` where it cannot work, and where it is stopped while it starts: one line, nothing lost, the next start is clean."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from tests.fixtures.disks import mounted
from tests.fixtures.processes import PATIENCE_S, free_port, wait_until
from tests.server.processes.test_wrong_commands import spheroseg

from spheroseg.server.processes.child_process import unprivileged_account
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.processes.folder_lock import FolderLock
from spheroseg.server.processes.folders import DataFolderError, check_folder
from spheroseg.server.processes.listener import ServeError, listen


def serve(folder: Path, port: int = 0) -> tuple[int, list[str]]:
    """What a service says that cannot start."""
    return spheroseg("serve", "--data-dir", str(folder), "--port", str(port))


def test_a_folder_that_is_read_only(folder: Path) -> None:
    with mounted(folder / "disk", "size=1m,ro") as disk:
        assert serve(disk) == (2, [f"error: the data folder {disk} cannot be written: it is read-only"])
        assert serve(disk / "new") == (
            2, [f"error: the data folder {disk / 'new'} cannot be made in {disk}: it is read-only"],
        )  # fmt: skip


def test_a_folder_that_is_a_file(folder: Path) -> None:
    (folder / "file").write_text("a person's own")
    for path in (folder / "file", folder / "file" / "below"):
        status, lines = serve(path)
        assert (status, lines) == (2, [f"error: the data folder {path} cannot be used: {folder / 'file'} is no folder"])
    assert (folder / "file").read_text() == "a person's own"


def test_a_disk_without_room_for_a_database(folder: Path) -> None:
    with mounted(folder / "disk", "size=8m,mode=711") as disk:
        status, lines = serve(disk / "data")
        assert status == 1
        assert lines[-1].startswith("spheroseg: initdb failed: ")
        assert "No space left on device" in lines[-1]
        assert not (disk / "data" / "postgres" / "cluster").exists()


def test_a_disk_that_is_full_before_the_database_starts(folder: Path) -> None:
    with mounted(folder / "disk", "size=300m,mode=711") as disk:
        server = EmbeddedPostgres(disk / "data", server_settings={"fsync": "off"})
        server.start()
        server.stop()
        ballast = disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(b"\0" * 4096) == 4096:
                pass
        # which part is refused first depends on the last page of the disk: the lock, or the database
        status, lines = serve(disk / "data")
        assert status == 1
        assert len(lines) == 2, lines
        assert re.search(r"no (room|space) left on", lines[-1], re.IGNORECASE), lines
        ballast.unlink()
        server.start()  # nothing is lost
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders of two accounts")
def test_a_folder_of_somebody_else(folder: Path) -> None:
    account = unprivileged_account(folder / "nothing-yet")
    data = folder / "lab"
    data.mkdir(mode=0o711)
    (data / "lock").touch()
    os.chown(data / "lock", account.uid, account.gid)
    status, lines = serve(data)  # as root, whose new files the account could not read
    assert status == 2
    assert len(lines) == 1
    assert f"{data} is that of the account `" in lines[0]
    assert [path.name for path in data.iterdir()] == ["lock"]

    os.chown(data / "lock", 0, 0)
    (folder / "closed").mkdir(mode=0o755)
    refused = []
    os.setresuid(account.uid, account.uid, 0)
    try:
        for place in (data, folder / "closed", folder / "closed" / "new"):
            with pytest.raises(DataFolderError) as error:
                check_folder(place)
            refused.append(str(error.value))
    finally:
        os.setresuid(0, 0, 0)
    assert "is that of the account `root`" in refused[0]
    assert refused[1].endswith("cannot be written: it belongs to the account `root`")
    assert refused[2].endswith(f"cannot be made in {folder / 'closed'}: it belongs to the account `root`")


def test_a_port_in_use(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert serve(folder / "data", port) == (
            2, [f"error: cannot listen on 127.0.0.1:{port}: Address already in use (another SpheroSeg? --port takes another one)"],
        )  # fmt: skip
    assert not (folder / "data").exists()


def test_a_port_that_the_processes_of_a_killed_service_still_have(folder: Path) -> None:
    with socket.socket() as theirs:
        theirs.bind(("127.0.0.1", 0))
        theirs.listen()
        port = theirs.getsockname()[1]
        with pytest.raises(ServeError, match="in use"):
            listen("127.0.0.1", port)
        command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[theirs.fileno()]) as leftover:
            theirs.close()
            closing = subprocess.Popen(["/bin/sh", "-c", f"sleep 0.3; kill {leftover.pid}"])
            listen("127.0.0.1", port, patience_s=PATIENCE_S).close()
            closing.wait()

    lock = FolderLock(folder)
    lock.acquire()
    assert not lock.holder_was_killed()
    lock.release()
    assert not FolderLock(folder).holder_was_killed()
    script = (
        "import os, sys, pathlib; from spheroseg.server.processes.folder_lock import FolderLock;"
        "FolderLock(pathlib.Path(sys.argv[1])).acquire(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True)
    assert FolderLock(folder).holder_was_killed()


class Starting:
    """A service in a session of its own, as at a terminal."""

    def __init__(self, data: Path, port: int = 0) -> None:
        self.log = data.with_suffix(".log")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SPHEROSEG_")}
        command = [sys.executable, "-m", "spheroseg", "serve", "--data-dir", str(data), "--port", str(port)]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=output, env=environment, start_new_session=True
            )

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until it has said something."""
        deadline = time.monotonic() + PATIENCE_S
        while (found := re.search(pattern, self.log.read_text())) is None:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.005)
        return found


def nobody_works_in(data: Path) -> bool:
    """Whether no process of the database or of the service names this folder."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(data).encode() in (process / "cmdline").read_bytes():
                return False
    return True


@pytest.fixture
def port() -> int:
    """A port that nobody has."""
    return free_port()


@pytest.mark.slow
@pytest.mark.parametrize("terminal", [False, True], ids=["SIGTERM", "Ctrl-C"])
def test_stopped_while_it_starts(folder: Path, port: int, terminal: bool) -> None:
    """At each step of a first start and of a second one; Ctrl-C reaches every process of the terminal."""
    data = folder / "data"
    steps = ("starting the database", "bringing the database up to date", "starting the web service")
    for step in (*steps, steps[0]):
        starting = Starting(data, port)
        starting.wait_for(step)
        if terminal:
            os.killpg(starting.process.pid, signal.SIGINT)
        else:
            starting.process.send_signal(signal.SIGTERM)
        assert starting.process.wait(PATIENCE_S) == 0, starting.log.read_text()
        lines = starting.log.read_text().splitlines()
        assert any(line.startswith("spheroseg: stopping (SIG") for line in lines)
        assert all(line.startswith("spheroseg: ") for line in lines), lines
        assert not (data / "postgres" / "cluster" / "postmaster.pid").exists()
        assert nobody_works_in(data)
    starting = Starting(data, port)
    try:
        url = starting.wait_for(r"ready at (\S+)").group(1)
        assert urllib.request.urlopen(f"{url}/health/ready", timeout=60).status == 200
        log = "".join(path.read_text() for path in (data / "postgres" / "log").iterdir())
        assert "not properly shut down" not in log

        # and killed: at once again, on the same port, with everything in it
        starting.process.kill()
        starting.process.wait()
        starting = Starting(data, port)
        assert starting.wait_for(r"ready at (\S+)").group(1) == url
    finally:
        starting.process.send_signal(signal.SIGTERM)
        assert starting.process.wait(PATIENCE_S) == 0
    wait_until(lambda: nobody_works_in(data))
