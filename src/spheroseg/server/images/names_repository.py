"""Queries on what the names of images say: well, field, time, channel."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.tables.described import NameColumns
from spheroseg.server.tables.images import ImageRow

_NAMES_BESIDE = 2_000
"""So many names of a folder say how its wells are written."""


async def names_after(
    session: AsyncSession, project_id: uuid.UUID, after: uuid.UUID | None, limit: int
) -> Sequence[Any]:
    """id, path (name with folders), n_series and details of a project's images by id, behind one of them."""
    place = [] if after is None else [ImageRow.id > after]
    rows = await session.execute(
        select(
            ImageRow.id,
            func.ltrim(ImageRow.relative_path + "/" + ImageRow.name, "/").label("path"),
            ImageRow.n_series,
            ImageRow.details,
        )
        .where(ImageRow.project_id == project_id, *place)
        .order_by(ImageRow.id)
        .limit(limit)
    )
    return rows.all()


async def names_beside(session: AsyncSession, project_id: uuid.UUID, folder: str) -> Sequence[str]:
    """Names of some images of one of a project's folders; not of those in the trash."""
    rows = await session.scalars(
        select(ImageRow.name)
        .where(ImageRow.project_id == project_id, ImageRow.relative_path == folder, ImageRow.deleted_at.is_(None))
        .order_by(ImageRow.name)
        .limit(_NAMES_BESIDE)
    )
    return rows.all()


async def set_names(session: AsyncSession, image_ids: Sequence[uuid.UUID], read: Sequence[NameColumns]) -> None:
    """Keep what a pattern read out of names."""
    values = [{"id": image_id, **one} for image_id, one in zip(image_ids, read, strict=True)]
    await session.execute(update(ImageRow), values)
