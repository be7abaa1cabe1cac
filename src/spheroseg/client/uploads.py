"""Files to a service: small ones together, large ones piece by piece."""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from spheroseg.client.connection import Connection, ServiceError
from spheroseg.errors import ParameterError
from spheroseg.imaging import images_below
from spheroseg.imaging.folder import list_folder
from spheroseg.imaging.sources import PARTS_OF_SETS

_BATCH_FILES = 50
_BATCH_BYTES = 32 * 1024 * 1024
RESUMABLE_BYTES = 64 * 1024 * 1024
"""Larger files go by the resumable protocol: a cut costs one piece."""
_PIECE_BYTES = 16 * 1024 * 1024
_ATTEMPTS = 4
_TUS = {"Tus-Resumable": "1.0.0"}


@dataclass(frozen=True, slots=True)
class UploadedImage:
    """An image of the service; `is_duplicate` says that the project had it before."""

    id: str
    name: str
    is_duplicate: bool = False


def files_of(paths: Iterable[Path | str] | Path | str) -> Iterator[tuple[Path, str]]:
    """(file, name with the folders below the one that was given).

    Of a folder neither hidden files nor results of earlier runs, nor what `images_below` leaves out: masks, thumbnails.
    """
    for path in [paths] if isinstance(paths, str | os.PathLike) else paths:
        given = Path(path)
        if given.is_dir():
            listing = images_below(given)
            left_out = {entry.path for entry in listing.left_out if entry.why != PARTS_OF_SETS}
            for file in list_folder(given).images:
                if file not in left_out:
                    yield file, PurePosixPath(given.name, file.relative_to(given).as_posix()).as_posix()
        elif given.is_file():
            yield given, given.name
        else:
            raise ParameterError(f"{given}: there is no such file")


def batches_of(files: list[tuple[Path, str]]) -> Iterator[list[tuple[Path, str]]]:
    """A large file alone, small ones together."""
    batch: list[tuple[Path, str]] = []
    batch_bytes = 0
    for path, name in files:
        size_bytes = path.stat().st_size
        if batch and (len(batch) == _BATCH_FILES or batch_bytes + size_bytes > _BATCH_BYTES):
            yield batch
            batch, batch_bytes = [], 0
        batch.append((path, name))
        batch_bytes += size_bytes
    if batch:
        yield batch


def send_form(connection: Connection, project_id: str, batch: list[tuple[Path, str]]) -> list[UploadedImage]:
    """Upload some files by one form; sent again when the network fails, which doubles nothing."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    for attempt in range(_ATTEMPTS):
        with contextlib.ExitStack() as stack:
            parts = [("files", (name, stack.enter_context(path.open("rb")))) for path, name in batch]
            try:
                answer = connection.ask("POST", f"/projects/{project_id}/images", files=parts, headers=key).json()
            except ServiceError as error:
                if error.status not in {0, 502, 503, 504} or attempt + 1 == _ATTEMPTS:
                    raise
                time.sleep(2**attempt)
                continue
        return [UploadedImage(one["image"]["id"], one["image"]["name"], one["is_duplicate"]) for one in answer["items"]]
    raise AssertionError("the last attempt returns or raises")


def send_resumable(
    connection: Connection, project_id: str, path: Path, name: str, *, set_id: str = ""
) -> UploadedImage:
    """Upload a large file piece by piece; a cut costs one piece. A file of a set becomes no image yet: its id is ""."""
    size_bytes = path.stat().st_size
    headers = _TUS | {
        "Upload-Length": str(size_bytes),
        "Upload-Metadata": _metadata(filename=path.name, relativePath=name, **({"set": set_id} if set_id else {})),
    }
    created = connection.ask("POST", f"/projects/{project_id}/uploads", headers=headers)
    url = created.headers["Location"].removeprefix("/api/v1")
    failures = 0
    answer = created
    with path.open("rb") as file:
        while (offset := int(answer.headers["Upload-Offset"])) < size_bytes:
            file.seek(offset)
            piece = file.read(_PIECE_BYTES)
            try:
                answer = connection.ask(
                    "PATCH",
                    url,
                    content=piece,
                    headers=_TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"},
                )
                failures = 0
            except ServiceError as error:
                failures += 1
                if error.status not in {0, 409, 502, 503, 504} or failures == _ATTEMPTS:
                    raise
                time.sleep(2**failures)
                answer = connection.ask("HEAD", url, headers=_TUS)
    return UploadedImage(id="" if set_id else answer.headers["SpheroSeg-Image"], name=path.name)


def _metadata(**values: str) -> str:
    return ",".join(f"{key} {b64encode(value.encode()).decode('ascii')}" for key, value in values.items())
