"""The queue of images that wait to be prepared: people take turns, a file is one job, deleted things wait for nobody."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.images import preparation_repository as repository
from spheroseg.server.resources.queue import BACKGROUND, enqueue, enqueue_many
from spheroseg.server.tables.images import ImageRow


async def enqueue_images(session: AsyncSession, user_id: uuid.UUID, image_ids: Sequence[uuid.UUID]) -> None:
    """Queue the preparation of a person's images: people take turns, whatever they uploaded."""
    turn = await repository.next_turn(session, user_id)
    await enqueue_many(
        session,
        "images:prepare",
        [{"image_id": str(image_id), "user_id": str(user_id)} for image_id in image_ids],
        priorities=[-(turn + place) for place in range(len(image_ids))],
        queue=BACKGROUND,
    )


async def enqueue_series(session: AsyncSession, image: ImageRow) -> None:
    """Queue one job for all images of a file that are not prepared yet."""
    user_id = image.uploaded_by or image.project_id
    turn = await repository.next_turn(session, user_id)
    await enqueue(
        session,
        "images:prepare_series",
        queue=BACKGROUND,
        priority=-turn,
        project_id=str(image.project_id),
        file_id=str(image.file_id),
        user_id=str(user_id),
    )


async def drop(session: AsyncSession, project_ids: Sequence[uuid.UUID]) -> None:
    """Take the preparation of whole projects out of the queue, where it waits behind nobody any more."""
    await repository.drop_preparations(session, project_ids)


async def prepare_again(session: AsyncSession, project_id: uuid.UUID) -> None:
    """Queue what was not prepared because it, or its project, lay in the trash."""
    first, series = await repository.unprepared(session, project_id)
    by_person: dict[uuid.UUID, list[uuid.UUID]] = {}
    for image in first:
        by_person.setdefault(image.uploaded_by or project_id, []).append(image.id)
    for user_id, image_ids in by_person.items():
        await enqueue_images(session, user_id, image_ids)
    for image in series:
        await enqueue_series(session, image)
