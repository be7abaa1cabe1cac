"""Where backups lie: a folder or a bucket, each file once, encrypted by age where a recipient is given.

- `backups/<name>/manifest.json`: what the backup consists of; no personal data, never encrypted
- `backups/<name>/database.dump`: pg_dump's custom format
- `pool/<first two>/<sha256>`: the images and results, by content; a second backup adds only what is new
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from spheroseg.errors import SpheroSegError
from spheroseg.server.resources.storage import PIECE_BYTES, ObjectMissing, Storage, StorageError

FORMAT = 2
"""2: encrypted files are stored by recipient."""
MANIFEST = "manifest.json"


class BackupError(SpheroSegError):
    """A backup cannot be made, read or restored, and why, in one line."""


class BackedUpFile(BaseModel):
    """An object of the storage, and the content that it had."""

    model_config = ConfigDict(frozen=True)

    key: str
    size_bytes: int
    sha256: str
    modified_at: str


class Manifest(BaseModel):
    """What a backup consists of."""

    format: int = FORMAT
    name: str
    made_at: str
    spheroseg: str
    postgresql: int
    encrypted: bool
    encrypted_to: str = ""
    """`Cipher.name` of the recipient; "" where nothing is encrypted, or a backup of format 1."""
    database_bytes: int
    database_sha256: str
    """Of the dump before it was encrypted."""
    rows: dict[str, int]
    """Rows by table, counted in the very snapshot that was dumped."""
    files: list[BackedUpFile]


@dataclass(frozen=True)
class Cipher:
    """age, the program: to encrypt a recipient (`age1…`) is needed, to decrypt the file with the identity."""

    recipient: str | None = None
    identity: Path | None = None

    @property
    def name(self) -> str:
        """A short name of the recipient: what is encrypted to another one cannot be read with this one's identity."""
        return hashlib.sha256(self.recipient.encode()).hexdigest()[:12] if self.recipient else ""

    def check(self) -> None:
        """See that there is age, and that it knows the recipient: before anything is dumped for it.

        Raises:
            BackupError: as `encrypt`.
        """
        if self.recipient is not None:
            with tempfile.TemporaryDirectory(prefix="spheroseg-") as folder:
                path = Path(folder) / "nothing"
                path.touch()
                self.encrypt(path)

    def encrypt(self, path: Path) -> Path:
        """The file itself, or an encrypted copy beside it.

        Raises:
            BackupError: age is not installed, or does not know the recipient.
        """
        if self.recipient is None:
            return path
        return self._run(["--encrypt", "--recipient", self.recipient], path, path.with_name(f"{path.name}.age"))

    def decrypt(self, path: Path) -> Path:
        """A decrypted copy beside the file.

        Raises:
            BackupError: there is no identity, or it is another one.
        """
        if self.identity is None:
            raise BackupError("this backup is encrypted: name the file with the age identity (--identity)")
        return self._run(["--decrypt", "--identity", str(self.identity)], path, path.with_name(f"{path.name}.plain"))

    @staticmethod
    def _run(arguments: list[str], path: Path, out: Path) -> Path:
        program = shutil.which("age")
        if program is None:
            raise BackupError("the program `age` is not installed (Debian: apt-get install age)")
        command = [program, *arguments, "--output", str(out), str(path)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- age, our own arguments
        if answer.returncode != 0:
            lines = answer.stderr.strip().splitlines()
            raise BackupError(f"age: {lines[0].removeprefix('age: error: ')}" if lines else "age failed")
        return out


@dataclass(frozen=True)
class BackupStore:
    """Backups at one place."""

    storage: Storage
    cipher: Cipher = field(default_factory=Cipher)

    @staticmethod
    def pool_key(sha256: str, *, encrypted: bool, to: str = "") -> str:
        """Where content lies; what is encrypted, or to somebody else, is never taken for the same."""
        return f"pool/{sha256[:2]}/{sha256}{'.' if to else ''}{to}{'.age' if encrypted else ''}"

    def check(self) -> None:
        """See that backups can be written here, before anything is dumped.

        Raises:
            BackupError: the folder cannot be written, or age does not know the recipient.
        """
        root = self.storage.root
        if root is not None and not os.access(root, os.W_OK | os.X_OK):
            reason = "it is read-only" if os.statvfs(root).f_flag & os.ST_RDONLY else "this account may not"
            raise BackupError(f"no backup can be written to {root}: {reason}")
        self.cipher.check()

    async def discard(self, name: str) -> None:
        """Remove a backup, or what there is of one that was not finished."""
        # the manifest first: one that is half removed must not look like one
        for part in (MANIFEST, "database.dump"):
            with contextlib.suppress(StorageError):
                await self.storage.delete([f"backups/{name}/{part}"])
        if self.storage.root is not None:
            shutil.rmtree(self.storage.root / "backups" / name, ignore_errors=True)

    async def manifests(self) -> list[Manifest]:
        """All backups that were finished, oldest first.

        Raises:
            BackupError: one was made by a newer version, or is damaged.
        """
        keys = [entry.key async for entry in self.storage.list("backups") if entry.key.endswith(f"/{MANIFEST}")]
        return [await self._manifest(key) for key in sorted(keys)]

    async def manifest(self, name: str | None) -> Manifest:
        """One backup, the newest when no name is given.

        Raises:
            BackupError: there is none.
        """
        try:
            if name is not None:
                return await self._manifest(f"backups/{name}/{MANIFEST}")
            found = await self.manifests()
        except ObjectMissing:
            raise BackupError(f"there is no backup named {name}") from None
        if not found:
            raise BackupError("there is no finished backup at this place")
        return found[-1]

    async def _manifest(self, key: str) -> Manifest:
        try:
            manifest = Manifest.model_validate_json(await self.storage.get(key))
        except ValidationError as error:
            raise BackupError(f"{key} is damaged: {error.errors()[0]['msg']}") from None
        if manifest.format > FORMAT:
            raise BackupError(f"{key} was made by SpheroSeg {manifest.spheroseg}, which is newer than this one")
        return manifest

    async def put(self, key: str, path: Path) -> None:
        """Write a file, encrypted where a recipient is set."""
        sent = await asyncio.to_thread(self.cipher.encrypt, path)
        await self.storage.put(key, pieces(sent))
        if sent != path:
            sent.unlink()

    async def fetch(self, key: str, path: Path, sha256: str, *, encrypted: bool) -> Path:
        """Read a file back and see that it is what it was.

        Args:
            key: in the store.
            path: where to write it.
            sha256: of its plain content.
            encrypted: whether it has to be decrypted.

        Returns:
            The plain file.

        Raises:
            BackupError: it is missing, damaged, or cannot be decrypted.
        """
        try:
            with path.open("wb") as file:
                async for piece in self.storage.stream(key):
                    file.write(piece)
        except ObjectMissing:
            raise BackupError(f"the backup is incomplete: {key} is missing") from None
        plain = await asyncio.to_thread(self.cipher.decrypt, path) if encrypted else path
        if await asyncio.to_thread(sha256_of, plain) != sha256:
            raise BackupError(f"the backup is damaged: {key} is not what was written")
        return plain


async def pieces(path: Path) -> AsyncIterator[bytes]:
    """The content of a file, piece by piece."""
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece


def sha256_of(path: Path) -> str:
    """Hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
