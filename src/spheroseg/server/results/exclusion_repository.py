"""What a project leaves out, as it is stored."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.results.exclusion import ObjectExclusion
from spheroseg.server.tables.projects import Project


async def exclusion_of(session: AsyncSession, project_id: uuid.UUID) -> ObjectExclusion | None:
    """Which objects a project leaves out."""
    stored = await session.scalar(select(Project.exclusion).where(Project.id == project_id))
    return None if stored is None else ObjectExclusion.model_validate(stored)
