"""The folders of one service: what its processes tell one another, and what no other account may read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def status_folder() -> Path:
    """A private folder for what the processes tell one another while they run: counts, who is alive.

    In memory where there is such a place: it is mapped, and a mapped file on a full disk kills who writes to it.
    """
    memory = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made in it, mode 0700
    return Path(tempfile.mkdtemp(prefix="spheroseg-", dir=memory if os.access(memory, os.W_OK) else None))


def secure_folders(data_dir: Path, *, is_shared: bool) -> None:
    """Let no other account of this machine read images, logs or keys; what an earlier version left open is closed.

    Args:
        data_dir: the data folder; made where there is none yet (the database may be elsewhere).
        is_shared: whether the database runs as another account, which has to pass through the folder.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir.chmod(0o711 if is_shared else 0o700)
    for name in ("files", "logs", "models", "backups"):
        if (folder := data_dir / name).is_dir():
            folder.chmod(0o700)
    for name in ("secret_key", "lock"):
        if (file := data_dir / name).exists():
            file.chmod(0o600)
