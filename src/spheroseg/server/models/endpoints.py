"""Models that runs may use."""

from __future__ import annotations

from fastapi import APIRouter

from spheroseg.server.access.authentication import ActorDep
from spheroseg.server.access.needs import needs
from spheroseg.server.models import repository
from spheroseg.server.models.schemas import ModelOut
from spheroseg.server.resources.db import ReadingDep

router = APIRouter(prefix="/models", tags=["models"])


@router.get("", openapi_extra=needs("signed-in"))
async def list_models(session: ReadingDep, actor: ActorDep) -> list[ModelOut]:
    """The models of this installation, by name; their cards say what they were trained on and how good they are."""
    del actor
    return [ModelOut.model_validate(model) for model in await repository.offered(session)]
