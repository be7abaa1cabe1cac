"""Folders whose files belong together (a plate, images with files beside them): sent as one set, understood, added."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from spheroseg.client.connection import Connection, ServiceError
from spheroseg.client.uploads import send_resumable
from spheroseg.errors import ParameterError
from spheroseg.imaging import images_below
from spheroseg.imaging.beside import ENDINGS
from spheroseg.imaging.folder import list_folder

_POLL_S = 0.5


def belongs_together(folder: Path) -> bool:
    """Whether the files of a folder are more than images each for itself: a plate, sets of files, files that speak of others."""
    listing = images_below(folder)
    return (
        bool(listing.plates)
        or any(source.n_files > 1 or source.path.is_dir() for source in listing.sources)
        or any(path.name.lower().endswith(ENDINGS) for path in list_folder(folder).files)
    )


def send_folder(
    connection: Connection, project_id: str, folder: Path, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Upload a folder as one set and have images made of it.

    Returns:
        The set, as `GET /upload-sets/{id}` says it: `found` has what was understood, `n_added` how many images there are.

    Raises:
        ParameterError: there is no such folder, or no file in it.
        ServiceError: a file is refused, or there is no image among the files.
    """
    if not folder.is_dir():
        raise ParameterError(f"{folder}: there is no such folder")
    files = [
        (path, PurePosixPath(folder.resolve().name, path.relative_to(folder).as_posix()).as_posix())
        for listed in list_folder(folder).files
        for path in (sorted(listed.rglob("*")) if listed.is_dir() else [listed])
        if path.is_file() and path.stat().st_size
    ]
    if not files:
        raise ParameterError(f"{folder}: there is nothing to upload")
    announced = {"n_files": len(files), "name": folder.resolve().name}
    made = connection.ask("POST", f"/projects/{project_id}/upload-sets", json=announced).json()
    url = f"/upload-sets/{made['id']}"
    for number, (path, name) in enumerate(files, 1):
        send_resumable(connection, project_id, path, name, set_id=made["id"])
        if progress is not None:
            progress(number, len(files))
    understood = _until(connection, url, {"understood", "failed"})
    if understood["state"] == "understood":
        connection.ask("POST", f"{url}/add")
        understood |= _until(connection, url, {"added", "understood", "failed"})
    if understood["reason"]:
        raise ServiceError(0, "set_failed", understood["reason"])
    return understood


def _until(connection: Connection, url: str, states: set[str]) -> dict[str, Any]:
    while True:
        answer: dict[str, Any] = connection.ask("GET", url).json()
        if answer["state"] in states:
            return answer
        time.sleep(_POLL_S)
