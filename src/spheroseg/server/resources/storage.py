"""Files of the service: one folder on this machine, or a bucket of S3, Google Cloud or Azure.

Keys are made by the service (`files/<id>`, never a name that a person chose) and every object is written
once and whole: a reader sees all of it or nothing. What was written stays, also after a power cut. Nothing here holds more
than a few pieces in memory.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from spheroseg.server.resources import durable
from spheroseg.server.resources.away import NO_ROOM, PartAway, PartFull, PartLost

if TYPE_CHECKING:
    from obstore.store import RetryConfig  # a stub's: not there at run time

_FILE_PIECE_BYTES = 1024 * 1024
PIECE_BYTES = 8 * 1024 * 1024  # one part of a multipart upload; S3 wants at least 5 MiB
_HASHED_AT_ONCE_BYTES = 256 * 1024  # a tenth of a millisecond: what a thread would cost
_SIGNS_OF_FULL = (
    *(f"(os error {number})" for number in NO_ROOM),
    *("507 Insufficient Storage", "StorageFull", "QuotaExceeded"),
)
_RETRIES: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=15)}
"""A request waits for the answer; jobs try again themselves. obstore alone would try for three minutes."""
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


class StorageError(PartAway):
    """The storage did not do what it was asked; trying again may help."""

    public_reason = "The storage of files cannot be reached"


class ObjectMissing(StorageError, PartLost):
    """There is no object of this key."""

    public_reason = "A file is missing in the storage"


class StorageFull(StorageError, PartFull):
    """There is no room left in the storage."""

    public_reason = "The storage of files is full"


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written: size in bytes and SHA-256 (32 bytes)."""

    size_bytes: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a listing."""

    key: str
    size_bytes: int
    modified_at: datetime


class Storage:
    """Objects by key.

    Args:
        store: obstore's store; `Storage.open` makes one from a URL.
        root: the folder when the objects are plain files of this machine, else None.
    """

    def __init__(self, store: ObjectStore, root: Path | None = None) -> None:
        self._store = store
        self.root = root

    @classmethod
    def open(cls, url: str) -> Storage:
        """Open `file:///folder`, a plain folder, `s3://bucket/prefix`, `gs://…`, `az://…` or `memory://`.

        Credentials of clouds come from their usual environment variables.

        Raises:
            StorageError: the URL names no known kind of storage.
        """
        if url == "memory://":
            return cls(MemoryStore())
        if "://" not in url or url.startswith("file://"):
            root = Path(url.removeprefix("file://")).expanduser().resolve()
            root.mkdir(parents=True, exist_ok=True)
            # mode 0700 is the data folder's; the cleanup removes folders that became empty
            return cls(LocalStore(root, automatic_cleanup=True), root)
        try:
            return cls(from_url(url, retry_config=_RETRIES))
        except (obstore.exceptions.BaseError, ValueError, TypeError) as error:
            # the library's message repeats the URL with its password
            raise StorageError(
                f"the storage {_without_secrets(url)} cannot be opened ({type(error).__name__})"
            ) from None

    async def put(self, key: str, data: bytes | AsyncIterator[bytes]) -> Stored:
        """Write an object, replacing one of the same key, and hash it on the way.

        If the iterator raises, nothing is written and its exception is passed on.
        """
        _check(key)
        if isinstance(data, bytes):
            return await self._put_whole(key, data)
        blocks = _blocks(data)
        block = await anext(blocks, b"")
        if len(block) < PIECE_BYTES:  # all of it
            return await self._put_whole(key, block)
        digest = hashlib.sha256()
        size_bytes = 0
        with _translated(key):
            writer = obstore.open_writer_async(self._store, key, buffer_size=PIECE_BYTES, max_concurrency=2)
            try:
                while block:
                    size_bytes += len(block)
                    await asyncio.gather(writer.write(block), _add(digest, block))
                    block = await anext(blocks, b"")
            except BaseException:
                # closing would publish half an object: an unfinished one is never visible
                del writer
                raise
            await writer.close()
            await self._keep(key)
        return Stored(size_bytes, digest.digest())

    async def _put_whole(self, key: str, data: bytes) -> Stored:
        """In one request instead of three, unless it is very long."""
        digest = hashlib.sha256()
        with _translated(key):
            writing = obstore.put_async(self._store, key, data, use_multipart=len(data) > 4 * PIECE_BYTES)
            await asyncio.gather(writing, _add(digest, data))
            await self._keep(key)
        return Stored(len(data), digest.digest())

    async def _keep(self, key: str) -> None:
        """A bucket answers when it has it; obstore leaves a local file to the system, which has half a minute for it."""
        if self.root is not None:
            await asyncio.to_thread(durable.keep, self.root / key, self.root)

    async def get(self, key: str) -> bytes:
        """Read a small object whole.

        Raises:
            ObjectMissing: there is none.
        """
        _check(key)
        with _translated(key):
            return bytes(await (await obstore.get_async(self._store, key)).bytes_async())

    async def find(self, key: str) -> bytes | None:
        """As `get`; None when there is no such object."""
        try:
            return await self.get(key)
        except ObjectMissing:
            return None

    async def stream(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Read bytes start…end − 1 (to the last byte by default) in pieces of about 1 MiB.

        Raises:
            ObjectMissing: there is none.
        """
        _check(key)
        with _translated(key):
            if start == 0 and end is None:
                result = await obstore.get_async(self._store, key)
            elif end is None:
                result = await obstore.get_async(self._store, key, options={"range": {"offset": start}})
            else:
                result = await obstore.get_async(self._store, key, options={"range": (start, end)})
            async for piece in result.stream(min_chunk_size=1024 * 1024):
                yield bytes(piece)

    async def begin_stream(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """As `stream`, with the first piece read already: what is away says so before an answer has begun.

        Raises:
            StorageError: the object is missing, or the storage away.
        """
        pieces = self.stream(key, start, end)
        first = await anext(pieces, b"")

        async def whole() -> AsyncIterator[bytes]:
            yield first
            async for piece in pieces:
                yield piece

        return whole()

    async def size_bytes(self, key: str) -> int:
        """Size of an object.

        Raises:
            ObjectMissing: there is none.
        """
        _check(key)
        with _translated(key):
            return int((await obstore.head_async(self._store, key))["size"])

    async def exists(self, key: str) -> bool:
        """Whether there is an object of this key."""
        try:
            await self.size_bytes(key)
        except ObjectMissing:
            return False
        return True

    async def rename(self, key: str, new_key: str) -> None:
        """Give an object another key."""
        _check(key)
        _check(new_key)
        with _translated(key):
            await obstore.rename_async(self._store, key, new_key)
            await self._keep(new_key)

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; those that are gone already are no error."""
        for key in keys:
            _check(key)
            try:
                with _translated(key):
                    await obstore.delete_async(self._store, key)
            except ObjectMissing:
                continue

    async def list(self, prefix: str) -> AsyncIterator[Entry]:
        """All objects below a prefix that ends with a whole folder name (`uploads`, `files/ab`)."""
        _check(prefix)
        with _translated(prefix):
            async for entries in obstore.list(self._store, prefix, chunk_size=1000):
                for entry in entries:
                    yield Entry(entry["path"], int(entry["size"]), entry["last_modified"])

    async def everything(self) -> AsyncIterator[Entry]:
        """All objects."""
        with _translated("the storage"):
            async for entries in obstore.list(self._store, chunk_size=1000):
                for entry in entries:
                    yield Entry(entry["path"], int(entry["size"]), entry["last_modified"])

    @asynccontextmanager
    async def as_file(self, key: str, suffix: str = "") -> AsyncIterator[Path]:
        """A local file with the object's bytes, for readers that need a path; read-only, gone afterwards.

        Objects in a local folder are not copied: the path is a link to them.
        """
        _check(key)
        with tempfile.TemporaryDirectory(prefix="spheroseg-") as folder:
            path = Path(folder) / f"file{suffix}"
            if self.root is not None:
                source = self.root / key
                if not source.is_file():
                    raise ObjectMissing(f"{key}: there is no such object")
                path.symlink_to(source)
            else:
                with path.open("wb") as file:
                    async for piece in self.stream(key):
                        file.write(piece)
            yield path

    def free_bytes(self) -> int | None:
        """Space left on the disk of a local folder, None for a bucket."""
        return None if self.root is None else shutil.disk_usage(self.root).free


async def file_pieces(path: Path) -> AsyncIterator[bytes]:
    """A file of this machine as `Storage.put` takes it."""
    with path.open("rb") as file:
        while piece := file.read(_FILE_PIECE_BYTES):
            yield piece


async def _blocks(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces of a stream, joined: a first block that is shorter than `PIECE_BYTES` only if it is all, then smaller ones."""
    collected: list[bytes] = []
    size_bytes, wanted_bytes = 0, PIECE_BYTES
    async for piece in pieces:
        collected.append(piece)
        size_bytes += len(piece)
        if size_bytes >= wanted_bytes:
            joined = b"".join(collected)
            collected.clear()
            yield joined
            del joined
            size_bytes, wanted_bytes = 0, 1024 * 1024
    if collected:
        yield b"".join(collected)


async def _add(digest: hashlib._Hash, block: bytes) -> None:
    """Hash a block: a large one in a thread, while the loop reads on."""
    if len(block) < _HASHED_AT_ONCE_BYTES:
        digest.update(block)
    else:
        await asyncio.to_thread(digest.update, block)


class _translated:  # noqa: N801 -- used like a function in `with`
    """Turns obstore's errors into ours; leaves every other exception alone."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError):
            raise ObjectMissing(f"{self.key}: there is no such object") from error
        if isinstance(error, (obstore.exceptions.BaseError, OSError)):
            kind_of_error = StorageFull if _is_full(error) else StorageError
            # what follows on further lines is the library's own view of it
            raise kind_of_error(f"{self.key}: {str(error).strip().splitlines()[0]}") from error


def _is_full(error: Exception) -> bool:
    """Whether a disk or a bucket has no room left; obstore says it in words."""
    return (isinstance(error, OSError) and error.errno in NO_ROOM) or any(sign in str(error) for sign in _SIGNS_OF_FULL)


def _check(key: str) -> None:
    if _KEY.fullmatch(key) is None:
        raise StorageError(f"{key!r} is no key of this service")


def _without_secrets(url: str) -> str:
    return re.sub(r"//[^@/]*@", "//…@", url.split("?", maxsplit=1)[0])
