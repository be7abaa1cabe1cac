"""Outlines are measured again when the pixel size of their image, or what is measured of an object, is another."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.images import segmentation_repository
from spheroseg.server.resources.queue import enqueue_many


async def measure_again(
    session: AsyncSession,
    project_id: uuid.UUID,
    image_ids: Sequence[uuid.UUID] | None = None,
    *,
    only_unsized: bool = False,
) -> int:
    """Have everything measured again that a changed pixel size or region makes untrue, see `mark_to_measure`.

    Returns:
        How many versions of outlines that are.
    """
    marked = await segmentation_repository.mark_to_measure(session, project_id, image_ids, only_unsized=only_unsized)
    jobs = [{"result_id": str(result_id)} for result_id in marked]
    priorities = [-place for place in range(len(jobs))]  # by turns with what is prepared for others, see `preparation`
    await enqueue_many(session, "corrections:measure", jobs, priorities=priorities)
    return len(marked)
