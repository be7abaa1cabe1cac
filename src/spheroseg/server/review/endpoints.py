"""Reviews of frames, and the queue of what is to be looked at."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.access.roles import require
from spheroseg.server.http.errors import NotFound, problems
from spheroseg.server.http.pagination import InvalidCursor, Page, PageQuery, decode_cursor, page_of
from spheroseg.server.images.schemas import FrameOut, ReviewState
from spheroseg.server.resources.db import ReadingDep, SessionDep
from spheroseg.server.review import repository, service
from spheroseg.server.review.schemas import ReviewChange, ReviewItem, ReviewOrder

router = APIRouter(tags=["review"])


@router.put("/images/{image_id}/frames/{frame}/review", responses=problems(NotFound), openapi_extra=needs("editor"))
async def review_frame(
    image_id: uuid.UUID, frame: int, wanted: ReviewChange, session: SessionDep, actor: ActorDep
) -> FrameOut:
    """Accept what a frame shows, exclude the frame with a reason, or take either back.

    Tables, statistics and exports leave excluded frames out unless asked. What was accepted is to be looked at again
    when another version is shown, or when somebody else corrects it.
    """
    if not 0 <= frame < 2**31:
        raise NotFound
    return FrameOut.model_validate(await service.review(session, actor, image_id, frame, wanted))


@router.get("/projects/{project_id}/review", responses=problems(NotFound, InvalidCursor), openapi_extra=needs("viewer"))
async def list_review(
    project_id: uuid.UUID,
    session: ReadingDep,
    actor: ActorDep,
    page: PageQuery,
    order: Annotated[
        ReviewOrder,
        Query(description="By name; the images with the least certain object first; those with most flags first"),
    ] = "next",
    state: Annotated[ReviewState, Query()] = "unreviewed",
) -> Page[ReviewItem]:
    """Frames to look at: those that show outlines which nobody has reviewed yet, or those reviewed with a state."""
    await require(session, actor, project_id, "viewer")
    after = decode_cursor(page.cursor, repository.ORDERS[order][2], uuid.UUID, int)
    found = (await session.execute(repository.queue_page(project_id, order, state, after, page.limit + 1))).all()
    rows, cursor = page_of(found, page.limit, lambda row: [row.sort_value, row.Frame.image_id, row.Frame.frame])
    items = [
        ReviewItem(
            **FrameOut.model_validate(row.Frame).model_dump(),
            image_id=row.Frame.image_id,
            image=row.name,
            relative_path=row.relative_path,
            plate=row.plate,
            well=row.well,
            n_frames=row.n_frames,
        )
        for row in rows
    ]
    return Page(items=items, next_cursor=cursor)
