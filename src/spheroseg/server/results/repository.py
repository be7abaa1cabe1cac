"""Queries on results."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import (
    Row,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.roles import with_role
from spheroseg.server.http.errors import NotFound
from spheroseg.server.tables.results import Result


async def result_for(
    session: AsyncSession, actor: Actor, result_id: uuid.UUID, *, for_update: bool = False
) -> Row[*tuple[Any, ...]] | None:
    """(Result, role of the actor), if the actor may know of the result."""
    statement = with_role(select(Result), Result.project_id, actor).where(Result.id == result_id)
    if for_update:
        statement = statement.with_for_update(of=Result).execution_options(populate_existing=True)
    row: Row[*tuple[Any, ...]] | None = (await session.execute(statement)).one_or_none()
    return row


async def get_result(session: AsyncSession, result_id: uuid.UUID, *, for_update: bool = False) -> Result:
    """A result.

    Raises:
        NotFound: there is none.
    """
    result = await session.get(Result, result_id, with_for_update=True if for_update else None, populate_existing=True)
    if result is None:
        raise NotFound
    return result


async def results_of_image(session: AsyncSession, image_id: uuid.UUID, frame: int | None) -> list[Result]:
    """All versions of an image's outlines, newest first."""
    conditions = [Result.image_id == image_id]
    if frame is not None:
        conditions.append(Result.frame == frame)
    return list(await session.scalars(select(Result).where(*conditions).order_by(Result.id.desc()).limit(1000)))
