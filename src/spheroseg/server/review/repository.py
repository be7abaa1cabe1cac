"""Queries of reviews."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    REAL,
    ColumnElement,
    Executable,
    Integer,
    SQLColumnExpression,
    Text,
    cast,
    literal,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from spheroseg.server.http.errors import NotFound
from spheroseg.server.tables.images import Frame, ImageRow

ORDERS: dict[str, tuple[SQLColumnExpression[Any], TypeEngine[Any], type]] = {
    "next": (ImageRow.name_key, Text(collation="C"), str),
    "least_confident": (literal_column("coalesce(images.min_confidence, 2::real)", REAL), REAL(), float),
    "flagged": (literal_column("(- images.n_flags)", Integer), Integer(), int),
}
"""What comes first in each order of the queue; each has an index."""


def queue_page(project_id: uuid.UUID, order: str, state: str, after: Sequence[Any] | None, limit: int) -> Executable:
    """Frames to look at: (sort value, Frame, columns of the image), from behind one of them.

    Args:
        project_id: of the images.
        order: of `ORDERS`; images by it, an image's frames by time.
        state: of the review.
        after: sort value, image and frame of the last one.
        limit: how many at most.
    """
    first, kind, _ = ORDERS[order]
    conditions: list[ColumnElement[bool]] = [
        ImageRow.project_id == project_id,
        ImageRow.deleted_at.is_(None),
        Frame.review == state,
    ]
    if state == "unreviewed":
        conditions += [Frame.result_id.is_not(None), literal_column("images.n_unreviewed > 0")]
    if order == "flagged":
        conditions.append(ImageRow.n_flags > 0)
    place = (first, ImageRow.id, Frame.frame)
    if after is not None:
        last = tuple_(cast(literal(after[0]), kind), literal(after[1]), literal(after[2]))  # as exact as the column
        conditions.append(tuple_(*place) > last)
    return (
        select(
            first.label("sort_value"),
            Frame,
            ImageRow.name,
            ImageRow.relative_path,
            ImageRow.plate,
            ImageRow.well,
            ImageRow.n_frames,
        )
        .join(Frame, Frame.image_id == ImageRow.id)
        .where(*conditions)
        .order_by(*place)
        .limit(limit)
    )


async def get_frame(session: AsyncSession, image_id: uuid.UUID, number: int) -> Frame:
    """A frame, locked until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    frame = await session.get(Frame, (image_id, number), with_for_update=True, populate_existing=True)
    if frame is None:
        raise NotFound
    return frame
