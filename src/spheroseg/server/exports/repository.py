"""Queries of exports."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.http.errors import NotFound
from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.exports import Export
from spheroseg.server.tables.images import Frame, ImageRow
from spheroseg.server.tables.results import Result


async def get_export(session: AsyncSession, export_id: uuid.UUID) -> Export:
    """An export.

    Raises:
        NotFound: there is none.
    """
    export = await session.get(Export, export_id)
    if export is None:
        raise NotFound
    return export


async def list_exports(session: AsyncSession, project_id: uuid.UUID) -> list[Export]:
    """A project's exports, newest first."""
    statement = select(Export).where(Export.project_id == project_id).order_by(Export.created_at.desc()).limit(100)
    return list(await session.scalars(statement))


async def frames_to_export(
    session: AsyncSession, project_id: uuid.UUID, image_ids: Sequence[str] | None, *, include_excluded: bool
) -> Sequence[Any]:
    """(image id, frame, its time, result id, review, its reason) of everything that is shown, by name."""
    conditions = [ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None), Frame.result_id.is_not(None)]
    if image_ids is not None:
        conditions.append(ImageRow.id.in_([uuid.UUID(image_id) for image_id in image_ids]))
    if not include_excluded:
        conditions.append(Frame.review != "excluded")
    rows = await session.execute(
        select(Frame.image_id, Frame.frame, Frame.time_s, Frame.result_id, Frame.review, Frame.review_reason)
        .join(ImageRow, ImageRow.id == Frame.image_id)
        .where(*conditions)
        .order_by(ImageRow.name_key, ImageRow.id, Frame.frame)
    )
    return rows.all()


async def image_and_result(
    session: AsyncSession, image_id: uuid.UUID, result_id: uuid.UUID
) -> tuple[ImageRow, Result] | None:
    """Both, or None when one is gone meanwhile."""
    image, result = await session.get(ImageRow, image_id), await session.get(Result, result_id)
    return None if image is None or result is None else (image, result)


async def delete_expired(session: AsyncSession) -> list[uuid.UUID]:
    """Delete the rows of exports that are older than they are kept; returns their ids."""
    return list(await session.scalars(delete(Export).where(Export.expires_at < utc_now()).returning(Export.id)))
