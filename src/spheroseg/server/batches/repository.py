"""Queries on upload batches and what became of their files."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.images.batches_repository import First, images_of
from spheroseg.server.tables.batches import BatchFile, UploadBatch
from spheroseg.server.tables.images import ImageRow

_MOST = 50
"""Batches of a project that are told of at once."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a batch is."""

    n_arrived: int
    n_given_up: int
    n_images: int
    n_prepared: int


async def open_batches(session: AsyncSession, project_id: uuid.UUID) -> Sequence[UploadBatch]:
    """Batches of a project of which something is still to come, the newest first."""
    found = await session.scalars(
        select(UploadBatch)
        .where(UploadBatch.project_id == project_id, UploadBatch.is_open)
        .order_by(UploadBatch.created_at.desc())
        .limit(_MOST)
    )
    return found.all()


async def counts(session: AsyncSession, batch_id: uuid.UUID) -> Counts:
    """How far a batch is."""
    of_batch = BatchFile.batch_id == batch_id
    here = func.count().filter(BatchFile.image_id.is_not(None))
    files = (await session.execute(select(here, func.count()).where(of_batch))).one()
    done = func.count().filter(ImageRow.state != "processing")
    images = (await session.execute(images_of(batch_id).with_only_columns(func.count(), done))).one()
    return Counts(files[0], files[1] - files[0], images[0], images[1])


async def to_run(session: AsyncSession, batch_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Images of a batch that are ready and for which no run was asked yet."""
    ready = images_of(batch_id).with_only_columns(ImageRow.id)
    found = await session.scalars(ready.where(ImageRow.state == "ready", ~BatchFile.is_asked).distinct())
    return found.all()


async def mark_asked(session: AsyncSession, batch_id: uuid.UUID) -> None:
    """Say that the run was asked for all files of a batch that are prepared."""
    waits = (
        select(ImageRow.id)
        .join(First, First.id == BatchFile.image_id)
        .where(
            ImageRow.state == "processing",
            ImageRow.project_id == First.project_id,
            (ImageRow.id == First.id) | ((ImageRow.file_id == First.file_id) & (ImageRow.name_key == First.name_key)),
        )
        .correlate(BatchFile)
    )
    await session.execute(
        update(BatchFile)
        .where(BatchFile.batch_id == batch_id, ~BatchFile.is_asked, ~waits.exists())
        .values(is_asked=True)
        .execution_options(synchronize_session=False)
    )


async def any_unasked(session: AsyncSession, batch_id: uuid.UUID) -> bool:
    """Whether a file of a batch waits for its run."""
    waits = select(BatchFile.place).where(BatchFile.batch_id == batch_id, ~BatchFile.is_asked).limit(1)
    return await session.scalar(waits) is not None


async def left_alone(session: AsyncSession, before: dt.datetime, limit: int) -> Sequence[uuid.UUID]:
    """Batches with a wanted run of which nothing arrived since `before`, and that hold files without a run."""
    waits = select(BatchFile.place).where(BatchFile.batch_id == UploadBatch.id, ~BatchFile.is_asked).exists()
    found = await session.scalars(
        select(UploadBatch.id)
        .where(UploadBatch.is_open, UploadBatch.wanted.is_not(None), UploadBatch.last_arrival_at < before, waits)
        .order_by(UploadBatch.last_arrival_at)
        .limit(limit)
    )
    return found.all()


async def close_old(session: AsyncSession, before: dt.datetime) -> None:
    """Nothing is expected any more of batches of which nothing arrived since `before`."""
    await session.execute(
        update(UploadBatch)
        .where(UploadBatch.is_open, UploadBatch.last_arrival_at < before)
        .values(is_open=False)
        .execution_options(synchronize_session=False)
    )
