"""What can be done with results: look at them, choose the version that is shown."""

from __future__ import annotations

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.roles import Role, check
from spheroseg.server.http.errors import NotFound
from spheroseg.server.images import service as images
from spheroseg.server.images.repository import get_image
from spheroseg.server.results import display_repository, repository
from spheroseg.server.tables.results import Result


async def require_result(
    session: AsyncSession, actor: Actor, result_id: uuid.UUID, role: Role, *, for_update: bool = False
) -> Result:
    """A result that the actor may see or change.

    Raises:
        NotFound: there is none, or the actor may not know that there is.
        Forbidden: the actor may see it and not do this.
    """
    row = await repository.result_with_role(session, actor, result_id, for_update=for_update)
    if row is None:
        raise NotFound
    check(row.role, role)
    result: Result = row.Result
    return result


async def choose_version(session: AsyncSession, actor: Actor, result: Result) -> None:
    """Let a frame show this version of its outlines."""
    await display_repository.show(session, result, only_if_unedited=False)
    await record(
        session, actor, "result.show", subject_type="result", subject_id=result.id, project_id=result.project_id
    )
    image = await get_image(session, result.image_id)
    await images.tell(session, image, "image.changed")
