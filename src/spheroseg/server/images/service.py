"""What can be done with images: take them in, correct them, throw them away and get them back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.errors import FileNameError
from spheroseg.imaging.kinds import HEAD_BYTES, kind_of
from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.repository import touch_project
from spheroseg.server.access.roles import ProjectAccess, Role, check
from spheroseg.server.compute.pool import Compute
from spheroseg.server.http.errors import NotFound
from spheroseg.server.images import pixel_size, preparation, repository
from spheroseg.server.images.errors import BadUpload, FileTooLarge, ImageNotReady, InvalidPattern, NotAnImage
from spheroseg.server.images.schemas import ImageDetail, Region
from spheroseg.server.resources.db import new_id
from spheroseg.server.resources.emit import emit, emit_all
from spheroseg.server.resources.event import Event
from spheroseg.server.resources.queue import BACKGROUND, enqueue
from spheroseg.server.resources.storage import Storage
from spheroseg.server.tables.described import ImageDetails, NameColumns
from spheroseg.server.tables.images import File, ImageRow

_MAX_NAME = 255


async def require_image(
    session: AsyncSession, actor: Actor, image_id: uuid.UUID, role: Role, *, for_update: bool = False
) -> ImageRow:
    """An image that the actor may see or change.

    Raises:
        NotFound: there is none, or the actor may not know that there is.
        Forbidden: the actor may see it and not do this.
    """
    return (await require_access(session, actor, image_id, role, for_update=for_update)).image


@dataclass(frozen=True, slots=True)
class ImageAccess:
    """An image that the actor may use, with what its file and its project say."""

    image: ImageRow
    sha256: bytes | None
    project_pixel_size_um: float | None
    region: Region

    def detail(self) -> ImageDetail:
        """Everything known about it, as the API answers it."""
        detail = ImageDetail.model_validate(self.image)
        detail.sha256 = None if self.sha256 is None else self.sha256.hex()
        detail.pixel_size_um = pixel_size.resolve(self.image, self.project_pixel_size_um)
        detail.region = self.region
        return detail


async def require_access(
    session: AsyncSession, actor: Actor, image_id: uuid.UUID, role: Role, *, for_update: bool = False
) -> ImageAccess:
    """As `require_image`, with the SHA-256 of the file, and the pixel size and region of the project."""
    row = await repository.image_for(session, actor, image_id, for_update=for_update)
    if row is None:
        raise NotFound
    check(row.role, role)
    return ImageAccess(row.ImageRow, row.sha256, row.project_pixel_size_um, row.region)


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


@dataclass(frozen=True, slots=True)
class Sent:
    """A file of an upload, stored.

    Attributes:
        file: from `store`.
        name: as the client sent it, with folders.
        place: of the file in its request, from 0.
        details: what is known of the image that its file does not say.
    """

    file: File
    name: str
    place: int = 0
    details: ImageDetails = field(default_factory=ImageDetails)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file.

    Attributes:
        image: the new one, or the one that was there.
        is_duplicate: whether it was there before.
        is_needed: whether the stored bytes are this image's; else delete them after the transaction.
    """

    image: ImageRow
    is_duplicate: bool
    is_needed: bool


async def take_in(
    session: AsyncSession, actor: Actor, project_id: uuid.UUID, sent: Sequence[Sent], *, key: str | None = None
) -> list[Taken]:
    """Make images of stored files, all with a few questions to the database however many there are.

    Args:
        session: the transaction.
        actor: who uploads.
        project_id: where to.
        sent: the files.
        key: idempotency key of the request.

    Raises:
        BadUpload: a file has no name.
    """
    names = [split_name(one.name) for one in sent]
    earlier = {} if key is None else await repository.uploaded_before(session, actor.user_id, key)
    added = await repository.add_files(session, [one.file for one in sent if one.place not in earlier])
    there = await repository.same_images(session, project_id, [file.id for file in added.values()])
    taken: list[Taken] = []
    new: list[ImageRow] = []
    for one, (name, folder) in zip(sent, names, strict=True):
        if one.place in earlier:
            taken.append(Taken(earlier[one.place], is_duplicate=True, is_needed=False))
            continue
        file = added[one.file.sha256]
        is_needed = file.storage_key == one.file.storage_key
        same = there.get((file.id, name.lower()))
        if same is not None:
            taken.append(Taken(same, is_duplicate=True, is_needed=is_needed))
            continue
        image = ImageRow(
            id=new_id(),
            project_id=project_id,
            file_id=file.id,
            uploaded_by=actor.user_id,
            idempotency_key=key,
            idempotency_part=one.place,
            name=name,
            name_key=name.lower(),
            relative_path=folder,
            size_bytes=file.size_bytes,
            media_type=file.media_type,
            details=one.details,
        )
        there[file.id, name.lower()] = image
        new.append(image)
        taken.append(Taken(image, is_duplicate=False, is_needed=is_needed))
    session.add_all(new)
    await announce_new(session, actor, new)
    return taken


async def add_unreadable(
    session: AsyncSession, actor: Actor, project_id: uuid.UUID, sent_name: str, reason: str, *, key: str
) -> None:
    """Say in the project's list that something of an upload could not be read, and why; twice is the same as once."""
    if await repository.uploaded_before(session, actor.user_id, key):
        return
    name, folder = split_name(sent_name)
    image = ImageRow(
        id=new_id(),
        project_id=project_id,
        uploaded_by=actor.user_id,
        idempotency_key=key,
        name=name,
        name_key=name.lower(),
        relative_path=folder,
        state="failed",
        failure_code="unreadable",
        failure_reason=reason[:500],
    )
    session.add(image)
    await session.flush()
    await tell(session, image, "image.failed")


async def announce_new(session: AsyncSession, actor: Actor, images: Sequence[ImageRow]) -> None:
    """Queue the preparation of new images (with ids, in the session), and tell and record that they are there."""
    if not images:
        return
    for image in images:
        await record(
            session, actor, "image.upload", subject_type="image", subject_id=image.id, project_id=image.project_id,
            details={"size_bytes": image.size_bytes},
        )  # fmt: skip
    await session.flush()
    await preparation.enqueue_images(session, actor.user_id, [image.id for image in images])
    await touch_project(session, images[0].project_id)
    # nobody can look at the image itself yet
    await emit_all(session, [(f"project:{image.project_id}", _event(image, "image.created")) for image in images])


async def tell(session: AsyncSession, image: ImageRow, kind: str) -> None:
    """Send an event about an image to those who look at its project and at itself."""
    payload = _event(image, kind)
    await touch_project(session, image.project_id)
    await emit_all(session, [(f"project:{image.project_id}", payload), (f"image:{image.id}", payload)])


def _event(image: ImageRow, kind: str) -> Event:
    return {
        "type": kind,
        "id": str(image.id),
        "project_id": str(image.project_id),
        "version": image.version,
        "state": image.state,
    }


async def move_to_trash(
    session: AsyncSession, actor: Actor, project_id: uuid.UUID, image_ids: Sequence[uuid.UUID], *, is_deleted: bool
) -> int:
    """Throw images away, or take them back; those that are there already, or in other projects, are left alone."""
    n_images = await repository.set_deleted(session, project_id, image_ids, is_deleted=is_deleted)
    if n_images:
        if not is_deleted:
            await preparation.prepare_again(session, project_id)
        kind = "image.delete" if is_deleted else "image.restore"
        await record(
            session, actor, kind, subject_type="project", subject_id=project_id, project_id=project_id,
            details={"n_images": n_images},
        )  # fmt: skip
        await touch_project(session, project_id)
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
    await preparation.drop(session, project_ids)
    await sweep_files_soon(session)


async def sweep_files_soon(session: AsyncSession) -> None:
    """Queue the removal of stored files that no row needs any more."""
    await enqueue(session, "images:sweep", queue=BACKGROUND, queueing_lock="images:sweep", delay_s=1)


async def read_names(
    compute: Compute, names: Sequence[str], pattern: str | None, beside: Sequence[str] = ()
) -> list[NameColumns]:
    """What a pattern reads out of names; `beside` are names in the same folder, for where a well may be a cell line.

    Raises:
        InvalidPattern: the pattern cannot be used.
    """
    try:  # no limit of time: the child matches in linear time, and a busy machine is no reason to refuse an image
        read: list[NameColumns] = await compute.run(
            "read_names", names=list(names), pattern=pattern, beside=list(beside)
        )
    except FileNameError as error:
        raise InvalidPattern(str(error)) from error
    return read


async def apply_pattern(
    session: AsyncSession, actor: Actor, project: ProjectAccess, compute: Compute, pattern: str | None
) -> int:
    """Keep a pattern for the project and queue the reading of all its names; returns how many there are."""
    await read_names(compute, ["a"], pattern)  # refuse a pattern that cannot be used before anything is stored
    project.project.filename_pattern = pattern
    project.project.version += 1
    n_images = await repository.count_images(session, project.project.id)
    await enqueue(session, "images:parse_names", queue=BACKGROUND, project_id=str(project.project.id))
    await record(
        session, actor, "project.names", subject_type="project", subject_id=project.project.id,
        project_id=project.project.id, details={"pattern": pattern},
    )  # fmt: skip
    return n_images


def trash_end(now: dt.datetime, trash_days: int) -> dt.datetime:
    """What was thrown away before this moment is removed for good."""
    return now - dt.timedelta(days=trash_days)
