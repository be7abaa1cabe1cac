"""One data folder, one SpheroSeg."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import IO

from spheroseg.errors import system_reason
from spheroseg.server.processes.postgres_programs import EmbeddedDatabaseError


class FolderInUseError(EmbeddedDatabaseError):
    """Another SpheroSeg works in this data folder."""


class FolderLock:
    """Keeps a second SpheroSeg out of a data folder. The kernel lets go when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lock"
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            FolderInUseError: another process has it.
            EmbeddedDatabaseError: it cannot be written.
        """
        file = self.path.open("a+", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read(32).strip() or "unknown"
            file.close()
            raise FolderInUseError(f"{self.path.parent} is in use by another SpheroSeg (process {holder})") from None
        try:
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
        except OSError as error:
            with contextlib.suppress(OSError):  # it tries to write once more
                file.close()
            raise EmbeddedDatabaseError(f"{self.path} cannot be written: {system_reason(error)}") from None
        self._file = file

    def release(self) -> None:
        """Let go of it."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # a disk that became read-only
                self._file.truncate(0)
            self._file.close()
            self._file = None

    def holder_was_killed(self) -> bool:
        """Whether the last one who had it neither let go of it nor lives: what it had started may take a moment to end."""
        try:
            holder = int(self.path.read_text(encoding="ascii"))
            os.kill(holder, 0)
        except ProcessLookupError:
            return True
        except (OSError, ValueError):
            return False
        return False
