"""Files that are uploaded together: the job that prepares the last of them begins the run that was asked for with them.

Whoever says that a file arrived, was given up or is prepared locks the batch before looking whether it was the last one:
of two that end at once the second sees the first.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.images import batches_repository as repository
from spheroseg.server.images.errors import BadUpload
from spheroseg.server.resources.queue import enqueue
from spheroseg.server.tables.batches import UploadBatch
from spheroseg.server.tables.images import ImageRow


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a batch a file belongs.

    Attributes:
        batch_id: of the batch.
        number: of the file, from 0.
    """

    batch_id: uuid.UUID
    number: int


def place_of(details: Mapping[str, object]) -> Place | None:
    """The place that the metadata of an upload name, `batch` and `place`; None when they name none.

    Raises:
        BadUpload: they are no id and number.
    """
    if not details.get("batch"):
        return None
    try:
        return Place(uuid.UUID(str(details["batch"])), int(str(details["place"])))
    except (KeyError, ValueError):
        raise BadUpload("`batch` must be the id of a batch and `place` the number of the file in it") from None


async def check_places(
    session: AsyncSession, actor: Actor, project_id: uuid.UUID, batch_id: uuid.UUID, numbers: list[int]
) -> None:
    """Refuse files for a batch that is not the actor's, not of this project or not so large.

    Raises:
        BadUpload: it is one of these.
    """
    batch = await session.get(UploadBatch, batch_id)
    if batch is None or batch.project_id != project_id or batch.created_by != actor.user_id:
        raise BadUpload("there is no such batch in this project")
    for number in numbers:
        if not 0 <= number < batch.n_files:
            raise BadUpload(f"the batch has {batch.n_files} files; there is no file {number}")


async def expect(session: AsyncSession, batch_id: uuid.UUID, n_images: int) -> bool:
    """Say how many images are made of a set, whose batch has its id; whether there is one."""
    batch = await repository.locked(session, batch_id)
    if batch is None:
        return False
    batch.n_files = n_images
    return True


async def forget(session: AsyncSession, batch_id: uuid.UUID) -> None:
    """Remove the batch of a set that was given up, if it has one."""
    batch = await repository.locked(session, batch_id)
    if batch is not None:
        await session.delete(batch)


async def arrived(session: AsyncSession, batch_id: uuid.UUID, images: Mapping[int, ImageRow | None]) -> None:
    """Say which images files became, by their places; None for files that will not come."""
    await session.flush()
    ids = {number: None if image is None else image.id for number, image in images.items()}
    await repository.add_files(session, batch_id, ids)
    if not any(image is not None and image.state == "processing" for image in images.values()):
        await look(session, batch_id)  # no job will prepare them


async def prepared(session: AsyncSession, image: ImageRow) -> None:
    """Say that an image is ready or cannot be read; it may have been the last one of its batch."""
    for batch_id in await repository.waiting_for(session, image):
        await look(session, batch_id)


async def look(session: AsyncSession, batch_id: uuid.UUID) -> None:
    """Begin the run that is wanted if nothing is on its way or being prepared any more."""
    batch = await repository.locked(session, batch_id)
    if batch is None or await repository.is_preparing(session, batch_id):
        return
    if await repository.count_files(session, batch_id) < batch.n_files:
        return
    if batch.wanted is None:
        batch.is_open = False
    else:
        await enqueue(session, "batches:start_run", batch_id=str(batch_id))
