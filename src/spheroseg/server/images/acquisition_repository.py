"""What the images of a project are made of, for a person who is about to choose among channels and slices."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.tables.images import ImageRow

_MOST_SIZES = 20


async def acquisition(session: AsyncSession, project_id: uuid.UUID) -> Any:  # noqa: ANN401 -- a row of counts
    """Most channels, slices and times of an image, and how many images state no pixel size of their own."""
    rows = await session.execute(
        select(
            func.coalesce(func.max(ImageRow.n_channels), 0).label("n_channels"),
            func.coalesce(func.max(ImageRow.n_slices), 0).label("n_slices"),
            func.coalesce(func.max(ImageRow.n_frames), 0).label("n_frames"),
            func.count().filter(ImageRow.pixel_size_x_um.is_(None)).label("n_unsized"),
        ).where(ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None), ImageRow.state == "ready")
    )
    return rows.one()


async def pixel_sizes(session: AsyncSession, project_id: uuid.UUID) -> list[float]:
    """The different widths of a pixel in µm that images state themselves, rising, at most 20."""
    found = await session.scalars(
        select(ImageRow.pixel_size_x_um)
        .where(
            ImageRow.project_id == project_id,
            ImageRow.deleted_at.is_(None),
            ImageRow.state == "ready",
            ImageRow.pixel_size_x_um.is_not(None),
        )
        .distinct()
        .order_by(ImageRow.pixel_size_x_um)
        .limit(_MOST_SIZES)
    )
    return [float(size) for size in found if size is not None]


async def channel_names(session: AsyncSession, project_id: uuid.UUID, n_channels: int) -> list[str]:
    """What the first image with so many channels calls them."""
    found = await session.scalar(
        select(ImageRow.channel_names)
        .where(
            ImageRow.project_id == project_id,
            ImageRow.deleted_at.is_(None),
            ImageRow.state == "ready",
            ImageRow.n_channels == n_channels,
        )
        .order_by(ImageRow.name_key, ImageRow.id)
        .limit(1)
    )
    return list(found or [])
