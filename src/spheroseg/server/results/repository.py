"""Queries on results."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Row,
    bindparam,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Uuid

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.roles import with_role
from spheroseg.server.http.errors import NotFound
from spheroseg.server.tables.results import Result


async def result_with_role(
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


async def result_of_run(session: AsyncSession, run_id: uuid.UUID) -> Result | None:
    """The only result of a run that a person began."""
    return await session.scalar(select(Result).where(Result.run_id == run_id))


_SHOWN = text("""
    SELECT frames.image_id, frames.frame, results.id AS result_id, results.version, frames.n_objects
    FROM frames JOIN images ON images.id = frames.image_id JOIN results ON results.id = frames.result_id
    WHERE images.project_id = :project_id AND images.deleted_at IS NULL AND frames.image_id = ANY(:image_ids)
      AND frames.frame = 0
""").bindparams(bindparam("image_ids", type_=ARRAY(Uuid())))

_LARGEST = text("""
    SELECT wanted.id AS result_id, number, class_name, confidence, flags, source, polygons
    FROM unnest(CAST(:result_ids AS uuid[])) AS wanted(id), LATERAL (
        SELECT * FROM objects WHERE project_id = :project_id AND result_id = wanted.id
        ORDER BY (x_max - x_min) * (y_max - y_min) DESC LIMIT :most
    ) AS largest
    ORDER BY wanted.id, number
""").bindparams(bindparam("result_ids", type_=ARRAY(Uuid())))


async def shown_first_frames(
    session: AsyncSession, project_id: uuid.UUID, image_ids: Sequence[uuid.UUID]
) -> Sequence[Any]:
    """(image id, frame, result id, version, number of objects) of those first frames of images that show outlines."""
    return (await session.execute(_SHOWN, {"project_id": project_id, "image_ids": image_ids})).all()


async def largest_objects(
    session: AsyncSession, project_id: uuid.UUID, result_ids: Sequence[uuid.UUID], most: int
) -> Sequence[Any]:
    """Of each result so many objects at most, the largest ones."""
    values = {"project_id": project_id, "result_ids": list(result_ids), "most": most}
    return (await session.execute(_LARGEST, values)).all()
