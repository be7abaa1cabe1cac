"""Queries on models."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.resources.db import new_id, utc_now
from spheroseg.server.tables.json_columns import OfferedModel
from spheroseg.server.tables.models import ModelRow


async def keep(session: AsyncSession, found: Sequence[OfferedModel]) -> None:
    """Offer these models and no others; what older results refer to stays as a row that is not offered."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('models', 0))"))
    pairs = {(model["name"], model["hash"]) for model in found}
    offered = await session.scalars(select(ModelRow).where(ModelRow.is_enabled))
    for row in offered:
        if (row.name, row.hash) not in pairs:
            row.is_enabled = False
    await session.flush()
    for model in found:
        await session.execute(
            insert(ModelRow)
            .values(id=new_id(), created_at=utc_now(), is_enabled=True, **model)
            .on_conflict_do_nothing(index_elements=[ModelRow.name, ModelRow.hash])
        )
        await session.execute(
            update(ModelRow)
            .where(ModelRow.name == model["name"], ModelRow.hash == model["hash"], ~ModelRow.is_enabled)
            .values(is_enabled=True)
        )


async def offered(session: AsyncSession) -> list[ModelRow]:
    """The models that runs may use, by name."""
    return list(await session.scalars(select(ModelRow).where(ModelRow.is_enabled).order_by(ModelRow.name)))
