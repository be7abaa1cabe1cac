"""The models that runs may use: what the workers have."""

from __future__ import annotations

import contextlib

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.errors import SpheroSegError
from spheroseg.server.access.services import Services
from spheroseg.server.models import repository
from spheroseg.server.models.errors import UnknownModel
from spheroseg.server.tables.models import ModelRow

DEFAULT = "spheroid"
FALLBACK = "classical"
"""Always there: it needs no network."""


async def synchronise(state: Services) -> None:
    """Bring the table up to date with the models of this installation; workers and API do it at their start."""
    found = await state.compute.run("list_models")
    async with state.database.session() as session:
        await repository.keep(session, found)


async def load_default(state: Services) -> None:
    """Have the model loaded that a run takes when none is named; what fails here fails in the run, visibly."""
    with contextlib.suppress(SpheroSegError):
        await state.compute.run("load_model", model=DEFAULT)


async def chosen(session: AsyncSession, name: str | None) -> ModelRow:
    """The model of a name; without one the default, or what there is.

    Raises:
        UnknownModel: no worker has it.
    """
    models = {model.name: model for model in await repository.offered(session)}
    for candidate in (name,) if name else (DEFAULT, FALLBACK):
        if candidate in models:
            return models[candidate]
    known = ", ".join(models) or "none: no worker has started yet"
    raise UnknownModel(f"There is no model {name or DEFAULT!r}; there are {known}")
