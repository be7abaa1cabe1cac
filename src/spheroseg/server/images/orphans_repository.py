"""Queries on who owns what lies in the storage."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.tables.exports import Export
from spheroseg.server.tables.images import File, Upload
from spheroseg.server.tables.results import Artefact


async def known_owners(
    session: AsyncSession, table: type[File | Upload | Artefact | Export], ids: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Which of some ids have a row. An artefact's objects lie below a prefix of their own, which holds the id that counts."""
    if table is Artefact:
        prefixes = [f"artefacts/{each}" for each in ids]
        found = await session.scalars(select(Artefact.storage_prefix).where(Artefact.storage_prefix.in_(prefixes)))
        return {uuid.UUID(prefix.split("/")[1]) for prefix in found}
    return set((await session.scalars(select(table.id).where(table.id.in_(ids)))).all())
