"""What can be done with images: take them in, correct them, throw them away and get them back."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.errors import FileNameError
from spheroseg.server.audit.service import record
from spheroseg.server.auth.actor import Actor
from spheroseg.server.compute import Compute
from spheroseg.server.db import new_id
from spheroseg.server.errors import NotFound
from spheroseg.server.events.emit import emit
from spheroseg.server.images import repository
from spheroseg.server.images.errors import BadUpload, FileTooLarge, ImageNotReady, InvalidPattern, NotAnImage
from spheroseg.server.images.schemas import ImageChange
from spheroseg.server.images.signatures import HEAD_BYTES, kind_of
from spheroseg.server.images.tables import File, ImageRow
from spheroseg.server.jobs import LIGHT, enqueue
from spheroseg.server.projects.access import ProjectAccess, Role, check
from spheroseg.server.storage import Storage

_MAX_NAME = 255
_PATTERN_TIMEOUT_S = 20.0


async def require_image(
    session: AsyncSession, actor: Actor, image_id: uuid.UUID, role: Role, *, for_update: bool = False
) -> ImageRow:
    """An image that the actor may see or change.

    Raises:
        NotFound: there is none, or the actor may not know that there is.
        Forbidden: the actor may see it and not do this.
    """
    return (await image_with_hash(session, actor, image_id, role, for_update=for_update))[0]


async def image_with_hash(
    session: AsyncSession, actor: Actor, image_id: uuid.UUID, role: Role, *, for_update: bool = False
) -> tuple[ImageRow, bytes | None]:
    """As `require_image`, with the SHA-256 of the file where there is one."""
    row = await repository.image_for(session, actor, image_id, for_update=for_update)
    if row is None:
        raise NotFound
    check(row.role, role)
    return row.ImageRow, row.sha256


async def ready_file(session: AsyncSession, image: ImageRow) -> File:
    """The file of an image that can be looked at.

    Raises:
        ImageNotReady: it is still being prepared, or could not be read.
    """
    if image.state != "ready" or image.file_id is None:
        reason = image.failure_reason or "It is still being prepared"
        raise ImageNotReady(reason, state=image.state)
    return await repository.get_file(session, image.file_id)


def split_name(sent: str) -> tuple[str, str]:
    """File name and folder (with "/" between its parts) of a name as browsers and scripts send it.

    Raises:
        BadUpload: nothing is left that could be a name.
    """
    cleaned = "".join(character for character in sent.replace("\\", "/") if character.isprintable())
    parts = [part for part in PurePosixPath(cleaned).parts if part not in {"/", ".", ".."}]
    if not parts:
        raise BadUpload("a file of the upload has no name")
    return parts[-1][-_MAX_NAME:], "/".join(parts[:-1])[-1000:]


async def store(storage: Storage, pieces: AsyncIterator[bytes], max_bytes: int) -> File:
    """Write a file's content to the storage, looking at its first bytes and its length on the way.

    Returns:
        A row that is in no session yet.

    Raises:
        NotAnImage: the first bytes are those of no image.
        FileTooLarge: more than `max_bytes`.
        BadUpload: it is empty.
    """
    file_id = new_id()
    key = f"files/{file_id}"
    head = b""
    size_bytes = 0

    async def checked() -> AsyncIterator[bytes]:
        nonlocal head, size_bytes
        async for piece in pieces:
            size_bytes += len(piece)
            if size_bytes > max_bytes:
                raise FileTooLarge(f"A file may have {max_bytes} bytes", max_bytes=max_bytes)
            if len(head) < HEAD_BYTES:
                head = (head + piece)[:HEAD_BYTES]
                if len(head) == HEAD_BYTES:
                    _check_kind(head)
            yield piece

    stored = await storage.put(key, checked())
    kind = kind_of(head)
    if stored.size_bytes == 0 or kind is None:
        await storage.delete([key])
        if stored.size_bytes == 0:
            raise BadUpload("the file is empty")
        raise NotAnImage
    return File(
        id=file_id, sha256=stored.sha256, size_bytes=stored.size_bytes, storage_key=key, media_type=kind.media_type
    )


def _check_kind(head: bytes) -> None:
    if kind_of(head) is None:
        raise NotAnImage


async def take_in(
    session: AsyncSession, actor: Actor, project: ProjectAccess, file: File, sent_name: str, key: tuple[str | None, int]
) -> tuple[ImageRow, bool, str | None]:
    """Make an image of a stored file.

    Args:
        session: the transaction.
        actor: who uploads.
        project: where to.
        file: from `store`.
        sent_name: as the client sent it, with folders.
        key: idempotency key of the request and the file's place in it.

    Returns:
        The image, whether it was there before, and the storage key that is not needed then (delete it after the
        transaction).
    """
    name, folder = split_name(sent_name)
    kept = await repository.add_file(session, file)
    unneeded = file.storage_key if kept.storage_key != file.storage_key else None
    before = await repository.same_image(session, project.project.id, kept.id, name)
    if before is not None:
        return before, True, unneeded
    image = ImageRow(
        project_id=project.project.id,
        file_id=kept.id,
        uploaded_by=actor.user_id,
        idempotency_key=key[0],
        idempotency_part=key[1],
        name=name,
        name_key=name.lower(),
        relative_path=folder,
        size_bytes=kept.size_bytes,
        media_type=kept.media_type,
    )
    session.add(image)
    await session.flush()
    await announce_new(session, actor, image)
    return image, False, unneeded


async def announce_new(session: AsyncSession, actor: Actor, image: ImageRow) -> None:
    """Queue the preparation of a new image, and tell and record that it is there."""
    await enqueue(session, "images:prepare", queue=LIGHT, image_id=str(image.id))
    await record(
        session, actor, "image.upload", subject_type="image", subject_id=image.id, project_id=image.project_id,
        details={"size_bytes": image.size_bytes},
    )  # fmt: skip
    await tell(session, image, "image.created")


async def tell(session: AsyncSession, image: ImageRow, kind: str) -> None:
    """Send an event about an image to those who look at its project and at itself."""
    payload = {
        "type": kind,
        "id": str(image.id),
        "project_id": str(image.project_id),
        "version": image.version,
        "state": image.state,
    }
    await emit(session, f"project:{image.project_id}", payload)
    await emit(session, f"image:{image.id}", payload)


async def change(session: AsyncSession, actor: Actor, image: ImageRow, wanted: ImageChange) -> ImageRow:
    """Correct what is known about an image."""
    given = wanted.model_dump(exclude_unset=True)
    if "time_s" in given and given["time_s"] is None:
        given["time_s"] = -1.0
    for name in ("plate", "well", "channel"):
        if name in given and given[name] is None:
            given[name] = ""
    if given.get("name", "") is None:
        del given["name"]
    if "name" in given:
        given["name"] = split_name(given["name"])[0]
        given["name_key"] = given["name"].lower()
    if "well" in given:
        given["well"] = given["well"].upper()
        given["well_row"], given["well_column"] = repository.well_place(given["well"])
    if given.keys() & {"pixel_size_x_um", "pixel_size_y_um"}:
        given["pixel_size_source"] = "user"
    if given.get("display_ranges", []) is None:
        del given["display_ranges"]
    for name, value in given.items():
        setattr(image, name, value)
    image.version += 1
    await session.flush()
    await record(
        session, actor, "image.change", subject_type="image", subject_id=image.id, project_id=image.project_id,
        details={"fields": sorted(wanted.model_fields_set)},
    )  # fmt: skip
    await tell(session, image, "image.changed")
    return image


async def move_to_trash(
    session: AsyncSession, actor: Actor, project_id: uuid.UUID, image_ids: Sequence[uuid.UUID], *, is_deleted: bool
) -> int:
    """Throw images away, or take them back; those that are there already, or in other projects, are left alone."""
    n_images = await repository.set_deleted(session, project_id, image_ids, is_deleted=is_deleted)
    if n_images:
        kind = "image.delete" if is_deleted else "image.restore"
        await record(
            session, actor, kind, subject_type="project", subject_id=project_id, project_id=project_id,
            details={"n_images": n_images},
        )  # fmt: skip
        await emit(
            session,
            f"project:{project_id}",
            {"type": "image.deleted" if is_deleted else "image.restored", "id": str(project_id),
             "project_id": str(project_id), "n_images": n_images},
        )  # fmt: skip
    return n_images


async def delete_forever(session: AsyncSession, actor: Actor, image: ImageRow) -> None:
    """Remove an image with its results; its file goes when no other image needs it."""
    await record(
        session, actor, "image.delete_forever", subject_type="image", subject_id=image.id, project_id=image.project_id
    )
    await tell(session, image, "image.deleted")
    await session.delete(image)
    await session.flush()
    await sweep_files_soon(session)


async def delete_projects_files(session: AsyncSession, project_ids: Sequence[uuid.UUID]) -> None:
    """Remove what deleted projects left in the storage, after the transaction that deletes their rows.

    Files are shared by content, so it is not the projects' ids that say what may go, but that no row needs it.
    """
    del project_ids
    await sweep_files_soon(session)


async def sweep_files_soon(session: AsyncSession) -> None:
    """Queue the removal of stored files that no row needs any more."""
    await enqueue(session, "images:sweep", queue=LIGHT, queueing_lock="images:sweep", delay_s=1)


async def read_names(compute: Compute, names: Sequence[str], pattern: str | None) -> list[dict[str, Any]]:
    """What a pattern reads out of names, by the columns of `images`, with `name`.

    Raises:
        InvalidPattern: the pattern cannot be used.
    """
    try:
        async with asyncio.timeout(_PATTERN_TIMEOUT_S):  # some expressions take for ever; the child is killed then
            read: list[dict[str, Any]] = await compute.run("read_names", names=list(names), pattern=pattern)
    except TimeoutError:
        raise InvalidPattern("Reading names with this pattern takes too long; make it simpler") from None
    except FileNameError as error:
        raise InvalidPattern(str(error)) from error
    return read


async def apply_pattern(
    session: AsyncSession, actor: Actor, project: ProjectAccess, compute: Compute, pattern: str | None
) -> int:
    """Keep a pattern for the project and queue the reading of all its names; returns how many there are."""
    await read_names(compute, ["a"], pattern)  # refuse a pattern that cannot be used before anything is kept
    project.project.filename_pattern = pattern
    project.project.version += 1
    n_images = await repository.count_images(session, project.project.id)
    await enqueue(session, "images:parse_names", queue=LIGHT, project_id=str(project.project.id))
    await record(
        session, actor, "project.names", subject_type="project", subject_id=project.project.id,
        project_id=project.project.id, details={"pattern": pattern},
    )  # fmt: skip
    return n_images


def trash_end(now: dt.datetime, trash_days: int) -> dt.datetime:
    """What was thrown away before this moment is removed for good."""
    return now - dt.timedelta(days=trash_days)
