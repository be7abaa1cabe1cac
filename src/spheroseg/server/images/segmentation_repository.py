"""Queries on what became of images: how their segmentation stands, which of their measures are to be made again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.tables.images import Frame, ImageRow
from spheroseg.server.tables.results import Result
from spheroseg.server.tables.states import ACTIVE, State


def stands() -> ColumnElement[str]:
    """How the segmentation of an image stands when nothing else says it: by its results, and by what its frames show.

    An image of which a frame was not outlined is not done, whatever became of the others.
    """
    of_image = Result.image_id == ImageRow.id

    def has_result(state: State) -> ColumnElement[bool]:
        return select(Result.id).where(of_image, Result.state == state).correlate(ImageRow).exists()

    bare = select(Frame.frame).where(Frame.image_id == ImageRow.id, Frame.result_id.is_(None)).correlate(ImageRow)
    return case(
        (has_result(State.RUNNING), State.RUNNING.value),
        (has_result(State.QUEUED), State.QUEUED.value),
        (~bare.exists(), State.DONE.value),
        else_=State.CANCELLED.value,
    )


async def mark_to_measure(
    session: AsyncSession, project_id: uuid.UUID, image_ids: Sequence[uuid.UUID] | None, *, only_unsized: bool = False
) -> list[uuid.UUID]:
    """Say of results that their measures are of another pixel size or region than what counts now.

    Results that wait or run may have been told already what to measure with.

    Args:
        session: the transaction of the change.
        project_id: of the images.
        image_ids: None for all.
        only_unsized: images that state no pixel size of their own, for a change of the project's.

    Returns:
        The results that are to be measured again now; those that wait or run are when they are done.
    """
    of_images = select(ImageRow.id).where(ImageRow.project_id == project_id)
    if image_ids is not None:
        of_images = of_images.where(ImageRow.id.in_(image_ids))
    if only_unsized:
        of_images = of_images.where(or_(ImageRow.pixel_size_x_um.is_(None), ImageRow.pixel_size_y_um.is_(None)))
    is_there = Result.state.in_({*ACTIVE, State.DONE})
    marked = await session.execute(
        update(Result)
        .where(Result.project_id == project_id, Result.image_id.in_(of_images), is_there)
        .values(is_measuring=True)
        .returning(Result.id, Result.state)
        .execution_options(synchronize_session=False)
    )
    return [row.id for row in marked if row.state == State.DONE]


async def count_measuring(session: AsyncSession, project_id: uuid.UUID) -> int:
    """How many versions of outlines are still to be measured again."""
    is_due = (Result.project_id == project_id, Result.is_measuring, Result.state == State.DONE)
    return int(await session.scalar(select(func.count()).select_from(Result).where(*is_due)) or 0)
