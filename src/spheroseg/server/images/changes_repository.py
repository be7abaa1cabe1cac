"""Queries that correct what is known about many images."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Float, any_, cast, literal, null, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import Uuid

from spheroseg.server.tables.images import Frame, ImageRow


def _among(column: InstrumentedAttribute[uuid.UUID], image_ids: Sequence[uuid.UUID]) -> ColumnElement[bool]:
    return column == any_(literal(list(image_ids), ARRAY(Uuid)))  # one parameter, however many there are


def _of(project_id: uuid.UUID, image_ids: Sequence[uuid.UUID] | None) -> list[ColumnElement[bool]]:
    conditions = [ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None)]
    return conditions if image_ids is None else [*conditions, _among(ImageRow.id, image_ids)]


async def of_other_size(
    session: AsyncSession, project_id: uuid.UUID, image_ids: Sequence[uuid.UUID] | None, given: Mapping[str, Any]
) -> Sequence[uuid.UUID]:
    """Images whose own pixel size is another than the given one."""
    differs = or_(
        ImageRow.pixel_size_x_um.is_distinct_from(given["pixel_size_x_um"]),
        ImageRow.pixel_size_y_um.is_distinct_from(given["pixel_size_y_um"]),
    )
    return (await session.scalars(select(ImageRow.id).where(*_of(project_id, image_ids), differs))).all()


async def set_columns(
    session: AsyncSession, project_id: uuid.UUID, image_ids: Sequence[uuid.UUID] | None, given: Mapping[str, Any]
) -> Sequence[uuid.UUID]:
    """Set columns of images; returns which images there were."""
    changed = await session.scalars(
        update(ImageRow)
        .where(*_of(project_id, image_ids))
        .values(**given, version=ImageRow.version + 1)
        .returning(ImageRow.id)
        .execution_options(synchronize_session=False)
    )
    return changed.all()


async def set_channel_names(session: AsyncSession, image_ids: Sequence[uuid.UUID], names: Sequence[str]) -> None:
    """Name the channels of images that have so many."""
    await session.execute(
        update(ImageRow)
        .where(_among(ImageRow.id, image_ids), ImageRow.n_channels == len(names))
        .values(channel_names=list(names))
        .execution_options(synchronize_session=False)
    )


async def set_times(session: AsyncSession, image_ids: Sequence[uuid.UUID], step_s: float | None) -> None:
    """Put the frames of images so many seconds from each other; None: nobody knows."""
    time_s = null() if step_s is None else cast(Frame.frame, Float) * step_s
    await session.execute(
        update(Frame)
        .where(_among(Frame.image_id, image_ids))
        .values(time_s=time_s)
        .execution_options(synchronize_session=False)
    )
