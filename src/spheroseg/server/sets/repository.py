"""Queries on files that are uploaded and understood together."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.tables.images import Upload, UploadSet

_MOST = 50
_IS_HERE = Upload.received == Upload.length


async def of_person(session: AsyncSession, project_id: uuid.UUID, user_id: uuid.UUID) -> Sequence[UploadSet]:
    """Sets that a person uploads to a project and that are not over, the newest first."""
    found = await session.scalars(
        select(UploadSet)
        .where(UploadSet.project_id == project_id, UploadSet.user_id == user_id, UploadSet.state != "added")
        .order_by(UploadSet.created_at.desc())
        .limit(_MOST)
    )
    return found.all()


async def locked(session: AsyncSession, set_id: uuid.UUID) -> UploadSet | None:
    """A set that nobody else changes until the transaction ends."""
    return await session.get(UploadSet, set_id, with_for_update=True, populate_existing=True)


async def count_arrived(session: AsyncSession, set_id: uuid.UUID) -> int:
    """Files of a set that are here; one that was sent twice, because an answer was lost, counts once."""
    names = tuple_(Upload.relative_path, Upload.name)
    found = await session.scalar(select(func.count(names.distinct())).where(Upload.set_id == set_id, _IS_HERE))
    return int(found or 0)


async def arrived(session: AsyncSession, set_id: uuid.UUID) -> Sequence[Upload]:
    """The uploads of a set that are complete, by name; of two with one name the later one."""
    found = await session.scalars(
        select(Upload)
        .where(Upload.set_id == set_id, _IS_HERE)
        .order_by(Upload.relative_path, Upload.name, Upload.created_at)
    )
    return found.all()


async def find_arrived(session: AsyncSession, set_id: uuid.UUID, folder: str, name: str, n_bytes: int) -> Upload | None:
    """The complete upload of this file of a set."""
    found: Upload | None = await session.scalar(
        select(Upload)
        .where(
            Upload.set_id == set_id,
            Upload.relative_path == folder,
            Upload.name == name,
            Upload.length == n_bytes,
            _IS_HERE,
        )
        .order_by(Upload.created_at.desc())
        .limit(1)
    )
    return found


async def delete_uploads(session: AsyncSession, set_id: uuid.UUID) -> list[uuid.UUID]:
    """Delete the uploads of a set; returns their ids."""
    gone = await session.scalars(delete(Upload).where(Upload.set_id == set_id).returning(Upload.id))
    return list(gone)


async def keep_longer(session: AsyncSession, set_id: uuid.UUID, until: dt.datetime) -> None:
    """Keep the files of a set as long as the set itself."""
    for upload in await session.scalars(select(Upload).where(Upload.set_id == set_id)):
        upload.expires_at = until


async def delete_expired(session: AsyncSession, now: dt.datetime) -> None:
    """Delete sets that nobody added in time, with their uploads, and those that are over."""
    await session.execute(delete(UploadSet).where(UploadSet.expires_at < now))
