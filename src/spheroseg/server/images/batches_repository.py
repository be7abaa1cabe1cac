"""Queries on upload batches: which files arrived, whether all of them are prepared."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.batches import BatchFile, UploadBatch
from spheroseg.server.tables.images import ImageRow

First = aliased(ImageRow, name="first")
"""The image that a file became first; its other series came of it."""


def _of_same_file() -> ColumnElement[bool]:
    """Whether `ImageRow` is the first image of a file or another series of it."""
    same = and_(
        ImageRow.project_id == First.project_id,
        ImageRow.file_id == First.file_id,
        ImageRow.name_key == First.name_key,
    )
    return or_(ImageRow.id == First.id, same)


def images_of(batch_id: uuid.UUID) -> Select[ImageRow]:
    """The images of a batch that lie in no trash."""
    return (
        select(ImageRow)
        .select_from(BatchFile)
        .join(First, First.id == BatchFile.image_id)
        .join(ImageRow, _of_same_file())
        .where(BatchFile.batch_id == batch_id, ImageRow.deleted_at.is_(None))
    )


async def locked(session: AsyncSession, batch_id: uuid.UUID) -> UploadBatch | None:
    """A batch; nobody else looks whether it is complete until the transaction ends."""
    return await session.get(UploadBatch, batch_id, with_for_update=True, populate_existing=True)


async def add_files(session: AsyncSession, batch_id: uuid.UUID, image_ids: Mapping[int, uuid.UUID | None]) -> None:
    """Say what became of files, by their places; saying it again changes nothing."""
    rows = [
        {"batch_id": batch_id, "place": place, "image_id": image_id, "is_asked": image_id is None}
        for place, image_id in sorted(image_ids.items())
    ]
    added = upsert(BatchFile).values(rows)
    changed = {"image_id": added.excluded.image_id, "is_asked": added.excluded.is_asked}
    # a file that was given up may arrive after all; one that arrived is not given up any more
    is_new = and_(BatchFile.image_id.is_(None), added.excluded.image_id.is_not(None))
    await session.execute(added.on_conflict_do_update(index_elements=["batch_id", "place"], set_=changed, where=is_new))
    await session.execute(
        update(UploadBatch).where(UploadBatch.id == batch_id).values(last_arrival_at=utc_now(), is_open=True)
    )


async def waiting_for(session: AsyncSession, image: ImageRow) -> Sequence[uuid.UUID]:
    """The batches, in one order, that may have waited for this image."""
    found = await session.scalars(
        select(UploadBatch.id)
        .distinct()
        .select_from(ImageRow)
        .join(First, _of_same_file())
        .join(BatchFile, BatchFile.image_id == First.id)
        .join(UploadBatch, UploadBatch.id == BatchFile.batch_id)
        .where(ImageRow.id == image.id, ~BatchFile.is_asked, UploadBatch.is_open)
        .order_by(UploadBatch.id)
    )
    return found.all()


async def is_preparing(session: AsyncSession, batch_id: uuid.UUID) -> bool:
    """Whether an image of a batch is still to be prepared; they are in the order of their places, so the last is asked first."""
    found = images_of(batch_id).with_only_columns(ImageRow.id).where(ImageRow.state == "processing")
    return await session.scalar(found.order_by(BatchFile.place.desc()).limit(1)) is not None


async def count_files(session: AsyncSession, batch_id: uuid.UUID) -> int:
    """How many files of a batch arrived or were given up."""
    of_batch = select(func.count()).select_from(BatchFile).where(BatchFile.batch_id == batch_id)
    return int(await session.scalar(of_batch) or 0)


async def ask_again(session: AsyncSession, image_id: uuid.UUID) -> None:
    """Say of a file that not all of its images were there when its batch was run."""
    await session.execute(update(BatchFile).where(BatchFile.image_id == image_id).values(is_asked=False))
