"""Reviews: a person accepts what a frame shows, or leaves the frame out with a reason."""

from __future__ import annotations

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.images import service as images
from spheroseg.server.resources.db import utc_now
from spheroseg.server.resources.emit import emit
from spheroseg.server.resources.event import Event
from spheroseg.server.results.display_repository import count_image
from spheroseg.server.review import repository
from spheroseg.server.review.schemas import ReviewChange
from spheroseg.server.tables.images import Frame


async def review(session: AsyncSession, actor: Actor, image_id: uuid.UUID, number: int, wanted: ReviewChange) -> Frame:
    """Keep what a person found.

    Raises:
        NotFound: there is no such frame.
    """
    image = await images.require_image(session, actor, image_id, "editor", for_update=True)
    frame = await repository.get_frame(session, image.id, number)
    frame.review, frame.review_reason, frame.review_note = wanted.state, wanted.reason, wanted.note
    is_reviewed = wanted.state != "unreviewed"
    frame.reviewed_by = actor.user_id if is_reviewed else None
    frame.reviewed_at = utc_now() if is_reviewed else None
    image.version += 1
    await session.flush()
    await count_image(session, image.id)
    await record(
        session, actor, "frame.review", subject_type="image", subject_id=image.id, project_id=image.project_id,
        details={"frame": number, "state": wanted.state, "reason": wanted.reason},
    )  # fmt: skip
    await images.tell(session, image, "image.changed")
    payload: Event = {
        "type": "frame.reviewed",
        "id": str(image.id),
        "frame": number,
        "state": wanted.state,
        "project_id": str(image.project_id),
    }
    await emit(session, f"project:{image.project_id}", payload)
    return frame
