"""Queries on what still has to be prepared, and on whose turn it is."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.tables.images import ImageRow


async def next_turn(session: AsyncSession, user_id: uuid.UUID) -> int:
    """The turn of a person's next preparation, as `runs.repository.next_turn` of frames: in the order of a virtual time."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"preparation/{user_id}"}
    )
    turn = await session.scalar(
        text("""
            SELECT greatest(
                coalesce(
                    (SELECT -min(priority) FROM procrastinate_jobs
                        WHERE task_name LIKE 'images:prepare%' AND status = 'doing'),
                    (SELECT -max(priority) FROM procrastinate_jobs
                        WHERE task_name LIKE 'images:prepare%' AND status = 'todo'), 0),
                (SELECT -min(priority) + 1 FROM procrastinate_jobs
                    WHERE task_name LIKE 'images:prepare%' AND status = 'todo' AND args->>'user_id' = :user_id))
        """),
        {"user_id": str(user_id)},
    )
    return int(turn or 0)


async def unprepared_series(
    session: AsyncSession, project_id: uuid.UUID, file_id: uuid.UUID, limit: int
) -> Sequence[ImageRow]:
    """Images of a file, other than its first, that still have to be prepared."""
    found = await session.scalars(
        select(ImageRow)
        .where(
            ImageRow.project_id == project_id,
            ImageRow.file_id == file_id,
            ImageRow.series > 0,
            ImageRow.state == "processing",
            ImageRow.deleted_at.is_(None),
        )
        .order_by(ImageRow.series)
        .limit(limit)
    )
    return found.all()


async def unprepared(session: AsyncSession, project_id: uuid.UUID) -> tuple[list[ImageRow], list[ImageRow]]:
    """What of a project still has to be prepared: first images of files, and one of each file with others left."""
    found = await session.scalars(
        select(ImageRow)
        .where(ImageRow.project_id == project_id, ImageRow.state == "processing", ImageRow.deleted_at.is_(None))
        .order_by(ImageRow.id)
    )
    rows = found.all()
    first = [row for row in rows if row.series == 0]
    files_begun = {row.file_id for row in first}
    others = {row.file_id: row for row in rows if row.series > 0 and row.file_id not in files_begun}
    return first, list(others.values())


async def drop_preparations(session: AsyncSession, project_ids: Sequence[uuid.UUID]) -> None:
    """Take the preparation of whole projects out of the queue."""
    await session.execute(
        text("""
            DELETE FROM procrastinate_jobs WHERE status = 'todo' AND task_name LIKE 'images:prepare%' AND (
                args->>'image_id' IN (SELECT id::text FROM images WHERE project_id = ANY(:ids))
                OR args->>'project_id' IN (SELECT unnest(CAST(:ids AS uuid[]))::text))
        """),
        {"ids": list(project_ids)},
    )
