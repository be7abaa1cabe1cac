"""Files that a power cut does not take back.

What was written is in the system's memory for up to half a minute; a name that points to it can be on the disk before it. Who is
told that a file is stored, or finds its row in the database, must find its bytes as well.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


def keep(path: Path, root: Path | None = None) -> None:
    """Have a file or folder on the disk, and its name: return when a power cut cannot take it back.

    Args:
        path: what was written, closed already.
        root: a folder above it that was there before; the folders between are stored too (by default only the file's own).

    Raises:
        OSError: the disk does not take it.
    """
    places = [path, path.parent]
    while root is not None and places[-1] != root and root in places[-1].parents:
        places.append(places[-1].parent)
    for place in places:
        _flush(place)


def keep_tree(folder: Path) -> None:
    """As `keep`, for a folder with all that is in it.

    Raises:
        OSError: the disk does not take it.
    """
    for path in folder.rglob("*"):
        if stat.S_ISREG(path.lstat().st_mode):
            _flush(path)
    for path in (folder, *folder.rglob("*")):
        if stat.S_ISDIR(path.lstat().st_mode):
            _flush(path)
    _flush(folder.parent)


def _flush(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # Windows has no handle of a folder, and writes names at once
        return
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
