"""Queries on what became of images: how their segmentation stands."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, select

from spheroseg.server.tables.images import Frame, ImageRow
from spheroseg.server.tables.results import Result
from spheroseg.server.tables.states import State


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
