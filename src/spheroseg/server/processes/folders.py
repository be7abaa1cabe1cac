"""The folders of one service: what its processes tell one another, and what no other account may read."""

from __future__ import annotations

import os
import pwd
import tempfile
from pathlib import Path

from spheroseg.errors import SpheroSegError


class DataFolderError(SpheroSegError):
    """The data folder cannot be used, and why, in one line."""


def status_folder() -> Path:
    """A private folder for what the processes tell one another while they run: counts, who is alive.

    In memory where there is such a place: it is mapped, and a mapped file on a full disk kills who writes to it.
    """
    memory = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made in it, mode 0700
    return Path(tempfile.mkdtemp(prefix="spheroseg-", dir=memory if os.access(memory, os.W_OK) else None))


def check_folder(data_dir: Path) -> None:
    """See that we may work in a data folder, before anything is started for it.

    Args:
        data_dir: the data folder; may not be there yet.

    Raises:
        DataFolderError: it is no folder, cannot be made or written, or is another account's.
    """
    place = next((each for each in (data_dir, *data_dir.parents) if os.path.lexists(each)), Path("/"))
    if not place.is_dir():
        raise DataFolderError(f"the data folder {data_dir} cannot be used: {place} is no folder")
    lock = data_dir / "lock"
    try:
        owner = lock.stat().st_uid if place == data_dir and lock.exists() else None
    except PermissionError:
        owner = place.stat().st_uid
    if owner is not None and owner != os.geteuid():
        raise DataFolderError(
            f"the data folder {data_dir} is that of the account `{_name(owner)}`: start SpheroSeg as `{_name(owner)}`,"
            f" or choose another folder (this is `{_name(os.geteuid())}`, whose files the other could not read)"
        )
    if not os.access(place, os.W_OK | os.X_OK):
        is_read_only = os.statvfs(place).f_flag & os.ST_RDONLY
        reason = "it is read-only" if is_read_only else f"it belongs to the account `{_name(place.stat().st_uid)}`"
        what = "written" if place == data_dir else f"made in {place}"
        raise DataFolderError(f"the data folder {data_dir} cannot be {what}: {reason}")


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


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
