"""Backups of a whole service: database and files, while it runs; and the way back."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from spheroseg.server.config import Settings
from spheroseg.server.processes.backup_store import (
    MANIFEST,
    BackedUpFile,
    BackupError,
    BackupStore,
    Manifest,
    pieces,
    sha256_of,
)
from spheroseg.server.processes.dump import database_of, dump, load, refuse_tables
from spheroseg.server.resources.storage import Entry, ObjectMissing, Storage, StorageFull
from spheroseg.version import __version__

Progress = Callable[[str], None]
"""Told what is being done, one line each."""


def storage_of(settings: Settings) -> Storage:
    """The files of a service."""
    url = settings.storage_url
    return Storage.open(str(settings.data_dir / "files") if url is None else url.get_secret_value())


@contextlib.contextmanager
def _workplace() -> Iterator[Path]:
    """A private folder in which parts of a backup are prepared.

    Raises:
        BackupError: its disk is full.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="spheroseg-backup-") as folder:
            yield Path(folder)
    except (OSError, BackupError) as error:  # programs say it in words
        if os.strerror(errno.ENOSPC).lower() not in str(error).lower():
            raise
        raise BackupError(
            f"there is no room in {tempfile.gettempdir()}, where a backup is prepared (TMPDIR names another place)"
        ) from None


async def take(settings: Settings, store: BackupStore, tell: Progress) -> Manifest:
    """Make a backup.

    The service may go on meanwhile: files are written once and kept for days after they are deleted, so that those
    which the dumped rows speak of are still there.

    Args:
        settings: of the service.
        store: where to.
        tell: told what is being done.

    Raises:
        BackupError: it could not be made, and nothing of it is left.
        StorageError: the same, as a storage is away.
    """
    _refuse_nothing(settings)
    await asyncio.to_thread(store.check)
    earlier = await store.manifests()
    while True:
        made_at = dt.datetime.now(dt.UTC)
        name = made_at.strftime("%Y%m%dt%H%M%Sz")
        if name not in {manifest.name for manifest in earlier}:
            break
        await asyncio.sleep(0.1)
    encrypted, to = store.cipher.recipient is not None, store.cipher.name
    known = {
        file.key: file
        for manifest in earlier
        if (manifest.encrypted, manifest.encrypted_to) == (encrypted, to)
        for file in manifest.files
    }
    try:
        with _workplace() as folder:
            path = folder / "database.dump"
            with database_of(settings) as url:
                tell("dumping the database")
                major, rows = await dump(url, path)
            database_bytes, database_sha256 = path.stat().st_size, await asyncio.to_thread(sha256_of, path)
            await store.put(f"backups/{name}/database.dump", path)
            path.unlink()
            files = await _copy_files(storage_of(settings), store, known, folder, tell)
        manifest = Manifest(
            name=name,
            made_at=made_at.isoformat(),
            spheroseg=__version__,
            postgresql=major,
            encrypted=encrypted,
            encrypted_to=to,
            database_bytes=database_bytes,
            database_sha256=database_sha256,
            rows=rows,
            files=files,
        )
        # the last thing written: a backup without it does not exist
        await store.storage.put(f"backups/{name}/{MANIFEST}", manifest.model_dump_json(indent=1).encode())
    except StorageFull:
        await store.discard(name)
        raise BackupError(f"there is no room left for the backup in {store.storage.root or 'the bucket'}") from None
    except BaseException:  # also when it is stopped
        await store.discard(name)
        raise
    tell(f"backup {name}: {sum(rows.values())} rows, {len(files)} files")
    return manifest


def _refuse_nothing(settings: Settings) -> None:
    """A folder's name that was mistyped must not become a new, empty service whose backup looks like one."""
    if settings.database_url is None and not (settings.data_dir / "postgres" / "cluster" / "PG_VERSION").exists():
        raise BackupError(f"{settings.data_dir} is no data folder of SpheroSeg: there is nothing to back up")


async def _copy_files(
    source: Storage, store: BackupStore, known: dict[str, BackedUpFile], folder: Path, tell: Progress
) -> list[BackedUpFile]:
    """Bring what is not in the pool yet into it."""
    files: list[BackedUpFile] = []
    encrypted, to = store.cipher.recipient is not None, store.cipher.name
    n_new = 0
    async for entry in source.everything():
        before = known.get(entry.key)
        if before is not None and (before.size_bytes, before.modified_at) == (entry.size_bytes, _time(entry)):
            files.append(before)
            continue
        path = folder / "file"
        try:
            with path.open("wb") as file:
                async for piece in source.stream(entry.key):
                    file.write(piece)
        except ObjectMissing:  # deleted for good since it was listed: no row speaks of it any more
            continue
        sha256 = await asyncio.to_thread(sha256_of, path)
        key = store.pool_key(sha256, encrypted=encrypted, to=to)
        if not await store.storage.exists(key):
            await store.put(key, path)
            n_new += 1
            if n_new % 1000 == 0:
                tell(f"{n_new} new files so far")
        size_bytes = path.stat().st_size
        files.append(BackedUpFile(key=entry.key, size_bytes=size_bytes, sha256=sha256, modified_at=_time(entry)))
    return files


def _time(entry: Entry) -> str:
    return entry.modified_at.isoformat()


async def forget_old(store: BackupStore, keep: int) -> list[str]:
    """Remove all but the newest backups, and what only they needed.

    Args:
        store: where they lie.
        keep: how many stay, at least 1.

    Returns:
        The names of those that were removed.
    """
    manifests = await store.manifests()
    old, kept = manifests[:-keep], manifests[-keep:]
    if not old:
        return []
    for manifest in old:
        await store.discard(manifest.name)
    needed = {
        store.pool_key(file.sha256, encrypted=each.encrypted, to=each.encrypted_to)
        for each in kept
        for file in each.files
    }
    entries = [entry.key async for entry in store.storage.list("pool")]
    await store.storage.delete([key for key in entries if key not in needed])
    return [manifest.name for manifest in old]


async def verify(store: BackupStore, name: str | None) -> Manifest:
    """Read a whole backup and compare it with what was written.

    Raises:
        BackupError: something is missing or damaged, or the identity to decrypt it is not there.
    """
    manifest = await store.manifest(name)
    with _workplace() as folder:
        await _fetch_database(store, manifest, folder)
        for sha256 in sorted({file.sha256 for file in manifest.files}):
            key = store.pool_key(sha256, encrypted=manifest.encrypted, to=manifest.encrypted_to)
            plain = await store.fetch(key, folder / "file", sha256, encrypted=manifest.encrypted)
            plain.unlink()
    return manifest


async def restore(settings: Settings, store: BackupStore, name: str | None, tell: Progress) -> Manifest:
    """Bring a service back into an empty data folder, or into an empty database and an empty storage.

    The database comes last and at once: what was broken off is no service yet, and can be restored again.

    Args:
        settings: of the service to be.
        store: where the backup lies.
        name: of the backup; None for the newest.
        tell: told what is being done.

    Raises:
        BackupError: the backup is damaged, there is something already, or what was restored is not what was backed up.
    """
    manifest = await store.manifest(name)
    target = storage_of(settings)
    ours = {file.key for file in manifest.files}
    if [entry async for entry in target.everything() if entry.key not in ours]:
        raise BackupError("the storage has files already: a backup is restored into an empty one")
    with _workplace() as folder, database_of(settings) as url:
        refuse_tables(url)
        path = await _fetch_database(store, manifest, folder)
        tell(f"restoring {len(manifest.files)} files")
        for file in manifest.files:
            key = store.pool_key(file.sha256, encrypted=manifest.encrypted, to=manifest.encrypted_to)
            plain = await store.fetch(key, folder / "file", file.sha256, encrypted=manifest.encrypted)
            await target.put(file.key, pieces(plain))
            plain.unlink()
        tell(f"restoring the database of {manifest.made_at}")
        rows = await load(url, path)
        if rows != manifest.rows:
            differing = sorted(table for table in manifest.rows | rows if manifest.rows.get(table) != rows.get(table))
            raise BackupError(f"the restored database differs from the backup in {', '.join(differing[:5])}")
    tell(f"restored {manifest.name}: {sum(rows.values())} rows, {len(manifest.files)} files")
    return manifest


async def _fetch_database(store: BackupStore, manifest: Manifest, folder: Path) -> Path:
    key, path = f"backups/{manifest.name}/database.dump", folder / "database.dump"
    return await store.fetch(key, path, manifest.database_sha256, encrypted=manifest.encrypted)
