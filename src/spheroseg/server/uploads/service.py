"""What becomes of the parts of a resumable upload."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.imaging.kinds import HEAD_BYTES, kind_of
from spheroseg.server.access.actor import Actor
from spheroseg.server.access.roles import require
from spheroseg.server.images import batches
from spheroseg.server.images.errors import NotAnImage
from spheroseg.server.images.parts import part_key, parts
from spheroseg.server.images.service import Sent, announce_new, take_in
from spheroseg.server.resources.db import commit_early, new_id, utc_now
from spheroseg.server.resources.storage import Storage
from spheroseg.server.sets import service as sets
from spheroseg.server.tables.images import File, ImageRow, Upload
from spheroseg.server.uploads import repository
from spheroseg.server.uploads.errors import OffsetMismatch

MAX_BODY_BYTES = 64 * 2**30
"""Of one request that carries files; each file has the limit of the settings. (None would be the limit for JSON.)"""
GONE_AFTER = dt.timedelta(hours=48)
"""An upload that nobody goes on with for so long is removed."""


async def write_part(storage: Storage, upload_id: uuid.UUID, offset: int, data: bytes) -> bytes:
    """Write one part; one that was written before and never counted is replaced. Returns its SHA-256."""
    return (await storage.put(part_key(upload_id, offset), data)).sha256


async def count(session: AsyncSession, upload: Upload, before: int, after: int) -> None:
    """Count bytes that lie in the storage now.

    Raises:
        OffsetMismatch: another request for the same upload was faster.
    """
    if not await repository.count(session, upload, before, after, utc_now() + GONE_AFTER):
        raise OffsetMismatch("Another request goes on with this upload")
    await commit_early(session)  # what was counted stands, whatever becomes of the rest of the request


async def finish(storage: Storage, session: AsyncSession, actor: Actor, upload: Upload, sha256: bytes | None) -> None:
    """Make an image of a complete upload: at once when it is one part, else by a worker that puts it together.

    A file of a set becomes no image of its own: it waits for the others.

    Args:
        storage: where the parts lie.
        session: committed at the end.
        actor: who uploads.
        upload: complete.
        sha256: of the whole, where it is known because it came in one part.
    """
    await require(session, actor, upload.project_id, "editor")
    if upload.set_id is not None:
        await sets.arrived(session, upload.set_id)
        return
    found = await parts(storage, upload)
    sent_name = f"{upload.relative_path}/{upload.name}" if upload.relative_path else upload.name
    if len(found) == 1 and sha256 is not None:
        key, size_bytes = found[0]
        head = b"".join([piece async for piece in storage.stream(key, 0, min(HEAD_BYTES, size_bytes))])
        kind = kind_of(head, upload.name)
        if kind is None:
            raise NotAnImage
        file_id = new_id()
        file = File(
            id=file_id, sha256=sha256, size_bytes=size_bytes, storage_key=f"files/{file_id}", media_type=kind.media_type
        )
        await storage.rename(key, file.storage_key)
        (taken,) = await take_in(session, actor, upload.project_id, [Sent(file, sent_name)])
        upload.image_id = taken.image.id
        await _in_its_batch(session, upload, taken.image)
        await commit_early(session)  # first the row, then the bytes
        if not taken.is_needed:
            await storage.delete([file.storage_key])
        return
    image = ImageRow(
        id=new_id(),
        project_id=upload.project_id,
        upload_id=upload.id,
        uploaded_by=actor.user_id,
        name=upload.name,
        name_key=upload.name.lower(),
        relative_path=upload.relative_path,
        size_bytes=upload.length,
    )
    session.add(image)
    await announce_new(session, actor, [image])
    upload.image_id = image.id
    await _in_its_batch(session, upload, image)


async def _in_its_batch(session: AsyncSession, upload: Upload, image: ImageRow) -> None:
    place = batches.place_of(upload.details)
    if place is not None:
        await batches.arrived(session, place.batch_id, {place.number: image})
