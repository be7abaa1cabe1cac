"""Backups that cannot be made, are broken off, or go to a new key: one line, and nothing that a restore would take for whole."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from tests.fixtures.disks import mounted
from tests.fixtures.processes import wait_until
from tests.fixtures.tools import missing
from tests.server.processes.test_backup import add_people, contents, fill, quiet
from tests.server.processes.test_wrong_commands import spheroseg

from spheroseg.server.config import Settings
from spheroseg.server.migrations import upgrade
from spheroseg.server.processes.backup import forget_old, restore, storage_of, take, verify
from spheroseg.server.processes.backup_store import BackupError, BackupStore, Cipher
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.resources.storage import Storage

pytestmark = pytest.mark.slow

FAST = {"fsync": "off", "shared_buffers": "8MB"}


@pytest.fixture(scope="module")
def lab(open_folder: Path) -> Generator[EmbeddedPostgres]:
    """A data folder whose database runs."""
    server = EmbeddedPostgres(open_folder / "operator-lab", server_settings=FAST)
    server.start()
    upgrade(server.url())
    add_people(server.url(), 0, 5)
    yield server
    server.stop()


@pytest.fixture
def data_dir(lab: EmbeddedPostgres) -> Path:
    """Of the running database."""
    return lab.folder.parent


@pytest.fixture
def keys(folder: Path) -> dict[str, tuple[str, Path]]:
    """Recipient and identity of two keys."""
    if shutil.which("age-keygen") is None:
        missing("age is not installed (requirements/system.sh age)")
    made = {}
    for name in ("old", "new"):
        path = folder / f"{name}.key"
        subprocess.run(["age-keygen", "-o", str(path)], check=True, capture_output=True)
        recipient = next(line.split()[-1] for line in path.read_text().splitlines() if "public key" in line)
        made[name] = (recipient, path)
    return made


def left(folder: Path) -> list[Path]:
    """Files below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_recipient_that_age_does_not_know_is_refused_before_anything_is_read(
    data_dir: Path, folder: Path, keys: dict[str, tuple[str, Path]]
) -> None:
    recipient = keys["old"][0]
    mistyped = recipient[:-1] + ("q" if recipient[-1] != "q" else "p")
    for wrong in ("somebody", mistyped, keys["old"][1].name):
        for more in ((), ("--every-h", "24")):  # a schedule would fail every night
            status, lines = spheroseg(
                "backup", str(folder / "backups"), "--data-dir", str(data_dir), "--encrypt-to", wrong, *more
            )
            assert status == 2
            assert len(lines) == 1
            assert lines[0].startswith("error: age: ")
            assert "recipient" in lines[0]
    assert not left(folder / "backups")


def test_a_place_that_is_no_folder_or_cannot_be_written(data_dir: Path, folder: Path) -> None:
    (folder / "file").touch()
    status, lines = spheroseg("backup", str(folder / "file"), "--data-dir", str(data_dir))
    assert status != 0
    assert len(lines) == 1
    assert str(folder / "file") in lines[0]
    with mounted(folder / "disk", "size=1m,ro") as disk:
        status, lines = spheroseg("backup", str(disk), "--data-dir", str(data_dir))
    assert (status, len(lines)) == (2, 1)
    assert lines[0] == f"error: no backup can be written to {disk}: it is read-only"


async def test_a_full_disk_leaves_no_half_backup_and_the_whole_ones(data_dir: Path, folder: Path) -> None:
    await storage_of(Settings(data_dir=data_dir)).put("files/first", os.urandom(50_000))
    with mounted(folder / "disk", "size=3m") as disk:
        store = BackupStore(Storage.open(str(disk)))
        whole = await take(Settings(data_dir=data_dir), store, quiet)
        before = set(left(disk))
        for number in range(40):  # more than there is room for
            await storage_of(Settings(data_dir=data_dir)).put(f"files/later-{number}", os.urandom(100_000))
        status, lines = spheroseg("backup", str(disk), "--data-dir", str(data_dir))
        assert status == 2
        assert lines[-1] == f"error: there is no room left for the backup in {disk}"
        assert [line for line in lines if "error" in line] == lines[-1:]
        assert {path for path in left(disk) if "pool" not in path.parts} <= before
        assert sorted(path.name for path in (disk / "backups").iterdir()) == [whole.name]
        assert (await verify(store, None)).name == whole.name
    with mounted(folder / "workplace", "size=64k") as workplace:
        status, lines = spheroseg("backup", str(folder / "b"), "--data-dir", str(data_dir), TMPDIR=str(workplace))
        assert status == 2
        assert lines[-1].startswith(f"error: there is no room in {workplace}, where a backup is prepared")
        assert not left(workplace)
    assert not left(folder / "b")


def test_one_that_is_told_to_stop_leaves_nothing(lab: EmbeddedPostgres, data_dir: Path, folder: Path) -> None:
    """While it counts rows, and while pg_dump works: held still by tables that are locked."""
    (folder / "workplace").mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPHEROSEG_")}
    command = [sys.executable, "-m", "spheroseg", "backup", str(folder / "backups"), "--data-dir", str(data_dir)]
    with psycopg.connect(lab.url(), autocommit=True) as other:
        other.execute("CREATE SCHEMA elsewhere CREATE TABLE held (number int)")

        def waits(program: str) -> bool:
            query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
            row = other.execute(query, (f"{program}%",)).fetchone()
            return row is not None and row[0] > 0

        try:
            for table, waiting, sent in (
                ("public.users", "SELECT count", signal.SIGTERM),
                ("elsewhere.held", "LOCK TABLE", signal.SIGTERM),
                ("elsewhere.held", "LOCK TABLE", signal.SIGINT),
            ):
                with psycopg.connect(lab.url()) as holder:
                    holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                    process = subprocess.Popen(
                        command,
                        env=environment | {"TMPDIR": str(folder / "workplace")},
                        stderr=subprocess.PIPE,
                        text=True,
                    )
                    wait_until(lambda waiting=waiting: waits(waiting))  # type: ignore[misc]
                    process.send_signal(sent)
                    lines = process.communicate()[1].strip().splitlines()
                    assert process.returncode == 130
                    assert lines[-1] == "error: stopped: nothing of this backup is left"
                    wait_until(lambda waiting=waiting: not waits(waiting))  # type: ignore[misc]
                assert not left(folder)
        finally:
            other.execute("DROP SCHEMA elsewhere CASCADE")


@pytest.mark.quick
async def test_after_a_change_of_keys_each_backup_opens_whole_with_its_own(
    data_dir: Path, folder: Path, keys: dict[str, tuple[str, Path]]
) -> None:
    settings, storage = Settings(data_dir=data_dir), Storage.open(str(folder / "backups"))
    await fill(settings)
    names = {}
    for name, (recipient, _) in keys.items():
        names[name] = (await take(settings, BackupStore(storage, Cipher(recipient=recipient)), quiet)).name
    for name, (_, identity) in keys.items():
        store = BackupStore(storage, Cipher(identity=identity))
        await verify(store, names[name])
        (other,) = set(names.values()) - {names[name]}
        with pytest.raises(BackupError, match="no identity matched"):
            await verify(store, other)
    await forget_old(BackupStore(storage), keep=1)
    await verify(BackupStore(storage, Cipher(identity=keys["new"][1])), None)


async def test_a_restore_that_ran_out_of_room_goes_on_when_there_is_some(data_dir: Path, folder: Path) -> None:
    settings = Settings(data_dir=data_dir)
    for number in range(30):
        await storage_of(settings).put(f"files/large-{number}", os.urandom(100_000))
    await take(settings, BackupStore(Storage.open(str(folder / "backups"))), quiet)
    with mounted(folder / "disk", "size=1m") as disk:
        into = ("restore", str(folder / "backups"), "--data-dir", str(folder / "anew"))
        status, lines = spheroseg(*into, SPHEROSEG_STORAGE_URL=str(disk / "files"))
        assert status == 2
        assert [line for line in lines if "error" in line] == lines[-1:]
        assert "No space left" in lines[-1]
        await asyncio.to_thread(subprocess.run, ["mount", "-o", "remount,size=100m", disk], check=True)
        status, lines = spheroseg(*into, SPHEROSEG_STORAGE_URL=str(disk / "files"))
        assert status == 0, lines
        assert await contents(Storage.open(str(disk / "files"))) == await contents(storage_of(settings))
        with pytest.raises(BackupError, match="already"):
            await restore(
                Settings(data_dir=folder / "anew"), BackupStore(Storage.open(str(folder / "backups"))), None, quiet
            )
