"""The models that runs may use: what the workers have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.services import State
from spheroseg.server.models.errors import UnknownModel
from spheroseg.server.resources.db import new_id, utc_now
from spheroseg.server.tables.models import ModelRow

DEFAULT = "spheroid"
FALLBACK = "classical"
"""Always there: it needs no network."""


async def synchronise(state: State) -> None:
    """Bring the table up to date with the models of this installation; workers and API do it at their start."""
    found = await state.compute.run("list_models")
    async with state.database.session() as session:
        await keep(session, found)


async def keep(session: AsyncSession, found: Sequence[dict[str, Any]]) -> None:
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


async def chosen(session: AsyncSession, name: str | None) -> ModelRow:
    """The model of a name; without one the default, or what there is.

    Raises:
        UnknownModel: no worker has it.
    """
    models = {model.name: model for model in await offered(session)}
    for candidate in (name,) if name else (DEFAULT, FALLBACK):
        if candidate in models:
            return models[candidate]
    known = ", ".join(models) or "none: no worker has started yet"
    raise UnknownModel(f"There is no model {name or DEFAULT!r}; there are {known}")
