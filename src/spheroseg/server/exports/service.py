"""What can be done with exports: order one, look at it."""

from __future__ import annotations

import datetime as dt
import re
import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.roles import Role, require
from spheroseg.server.exports import repository
from spheroseg.server.exports.schemas import ExportRequest
from spheroseg.server.resources.db import new_id, utc_now
from spheroseg.server.resources.emit import emit
from spheroseg.server.resources.event import Event
from spheroseg.server.resources.queue import COMPUTE, enqueue
from spheroseg.server.tables.exports import Export
from spheroseg.server.tables.projects import Project

ARCHIVE_LIFETIME = dt.timedelta(days=7)


async def order(session: AsyncSession, actor: Actor, project_id: uuid.UUID, wanted: ExportRequest) -> Export:
    """Queue an export; whoever may look at a project may export it."""
    export = Export(
        id=new_id(),
        project_id=project_id,
        created_by=actor.user_id,
        formats=sorted(set(wanted.formats)),
        options={
            "image_ids": None if wanted.image_ids is None else [str(one) for one in wanted.image_ids],
            "include_excluded": wanted.include_excluded,
        },
        created_at=utc_now(),
        expires_at=utc_now() + ARCHIVE_LIFETIME,
    )
    session.add(export)
    await session.flush()
    await enqueue(session, "exports:make", queue=COMPUTE, export_id=str(export.id))
    await record(
        session, actor, "export.order", subject_type="export", subject_id=export.id, project_id=project_id,
        details={"formats": export.formats},
    )  # fmt: skip
    return export


async def require_export(session: AsyncSession, actor: Actor, export_id: uuid.UUID, role: Role) -> Export:
    """An export that the actor may see.

    Raises:
        NotFound: there is none, or the actor may not know that there is.
    """
    export = await repository.get_export(session, export_id)
    await require(session, actor, export.project_id, role)
    return export


async def tell(session: AsyncSession, export: Export) -> None:
    """Send an event to the one who ordered it."""
    payload: Event = {
        "type": f"export.{export.state}",
        "id": str(export.id),
        "project_id": str(export.project_id),
    }
    if export.created_by is not None:
        await emit(session, f"user:{export.created_by}", payload)


async def file_name(session: AsyncSession, export: Export) -> str:
    """What the archive is called on a person's disk: project, day and time of the export (UTC)."""
    project = await session.get_one(Project, export.project_id)
    stem = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "_", project.name).strip(" .")[:80] or "spheroseg"
    return f"{stem} {export.created_at:%Y-%m-%d %H%M}.zip"


def archive_key(export_id: uuid.UUID) -> str:
    """Where the archive lies."""
    return f"exports/{export_id}.zip"
