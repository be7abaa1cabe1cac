"""Queries of uploads: how far one is, and what people and projects have."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.images import ImageRow, Upload


@dataclass(frozen=True, slots=True)
class Usage:
    """What a person and a project have now; open uploads count with all the bytes that they announced."""

    n_open_uploads: int
    person_bytes: int
    project_bytes: int
    n_project_images: int


async def usage(session: AsyncSession, user_id: uuid.UUID, project_id: uuid.UUID) -> Usage:
    """What a person and a project have now, while nobody else asks for the same person."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"usage:{user_id}", 0))))
    is_open = (Upload.image_id.is_(None)) & (Upload.expires_at > utc_now())
    n_open, open_bytes = (
        await session.execute(
            select(
                # a file of a set that is here is waited for by nobody
                func.count().filter(Upload.set_id.is_(None) | (Upload.received < Upload.length)),
                func.coalesce(func.sum(Upload.length), 0),
            ).where(Upload.user_id == user_id, is_open)
        )
    ).one()
    project_open = select(func.coalesce(func.sum(Upload.length), 0)).where(Upload.project_id == project_id, is_open)
    # a file of many series is there once
    person = select(func.coalesce(func.sum(ImageRow.size_bytes), 0)).where(
        ImageRow.uploaded_by == user_id, ImageRow.series == 0
    )
    project = select(func.coalesce(func.sum(ImageRow.size_bytes), 0)).where(
        ImageRow.project_id == project_id, ImageRow.series == 0
    )
    images = select(func.count()).select_from(ImageRow).where(ImageRow.project_id == project_id)
    row = (
        await session.execute(
            select(
                person.scalar_subquery(), project.scalar_subquery(), project_open.scalar_subquery(),
                images.scalar_subquery(),
            )
        )
    ).one()  # fmt: skip
    return Usage(n_open, int(row[0]) + int(open_bytes), int(row[1]) + int(row[2]), row[3])


async def announced_bytes(session: AsyncSession) -> int:
    """Bytes that open uploads of all people announced and that did not come yet."""
    found = await session.scalar(
        select(func.coalesce(func.sum(Upload.length - Upload.received), 0)).where(
            Upload.image_id.is_(None), Upload.expires_at > utc_now()
        )
    )
    return int(found or 0)


async def count(session: AsyncSession, upload: Upload, before: int, after: int, expires_at: dt.datetime) -> bool:
    """Say how many bytes of an upload lie in the storage; False when another request counted since `before`."""
    counted = await session.execute(
        update(Upload)
        .where(Upload.id == upload.id, Upload.received == before)
        .values(received=after, expires_at=expires_at)
        .returning(Upload.received, Upload.expires_at)
        .execution_options(synchronize_session=False)
    )
    row = counted.one_or_none()
    if row is None:
        return False
    set_committed_value(upload, "received", row.received)
    set_committed_value(upload, "expires_at", row.expires_at)
    return True
