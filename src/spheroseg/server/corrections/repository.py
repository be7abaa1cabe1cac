"""Queries on the journal of corrections."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.corrections.schemas import MAX_SENT, EditAnswer
from spheroseg.server.results import objects_repository
from spheroseg.server.results.journal_repository import to_redo
from spheroseg.server.results.stored_objects import object_out
from spheroseg.server.tables.accounts import User
from spheroseg.server.tables.corrections import Edit, EditRequest
from spheroseg.server.tables.images import ImageRow
from spheroseg.server.tables.results import Result
from spheroseg.server.tables.states import State


async def next_sequence(session: AsyncSession, result: Result) -> int:
    """The number of the next step of a result, which is locked."""
    last = await session.scalar(select(func.max(Edit.sequence)).where(Edit.result_id == result.id))
    return (last or 0) + 1


async def steps_page(
    session: AsyncSession, result: Result, before: int | None, limit: int
) -> list[tuple[Edit, str | None]]:
    """Steps and the names of those who made them, newest first."""
    conditions = [Edit.result_id == result.id]
    if before is not None:
        conditions.append(Edit.sequence < before)
    rows = await session.execute(
        select(Edit, User.name, User.email)
        .outerjoin(User, User.id == Edit.author_id)
        .where(*conditions)
        .order_by(Edit.sequence.desc())
        .limit(limit)
    )
    return [(row[0], row[1] or row[2]) for row in rows]


async def images_by_path(
    session: AsyncSession, project_id: uuid.UUID, image_ids: Sequence[uuid.UUID] | None
) -> dict[str, list[tuple[uuid.UUID, str]]]:
    """Id and name of each image that is ready, by the path that it was uploaded with; of one path there may be several."""
    conditions = [ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None), ImageRow.state == "ready"]
    if image_ids is not None:
        conditions.append(ImageRow.id.in_(image_ids))
    rows = await session.execute(
        select(ImageRow.id, ImageRow.name, ImageRow.relative_path)
        .where(*conditions)
        .order_by(ImageRow.name_key, ImageRow.id)
    )
    found: dict[str, list[tuple[uuid.UUID, str]]] = {}
    for image_id, name, folder in rows:
        found.setdefault(f"{folder}/{name}".lstrip("/"), []).append((image_id, name))
    return found


async def remember(session: AsyncSession, result: Result, client_id: str | None, sequence: int) -> None:
    """Keep what a request did, for when it is sent again."""
    if client_id is not None:
        session.add(EditRequest(result_id=result.id, client_id=client_id, sequence=sequence))
        await session.flush()


async def answered(session: AsyncSession, result: Result, client_id: str | None) -> EditAnswer | None:
    """The answer to a request that was done before, with the objects as they are now; None for a new one."""
    if client_id is None:
        return None
    earlier = await session.get(EditRequest, (result.id, client_id))
    if earlier is None:
        return None
    step = await session.scalar(select(Edit).where(Edit.result_id == result.id, Edit.sequence == earlier.sequence))
    numbers = sorted({*step.numbers_before, *step.numbers_after}) if step else []
    there = await objects_repository.numbers_of(session, result, numbers)
    rows = await objects_repository.objects_of(session, result, sorted(there)) if len(there) <= MAX_SENT else []
    return EditAnswer(
        result_id=result.id,
        version=result.version,
        sequence=earlier.sequence,
        objects=[object_out(row, result.measure_columns) for row in rows],
        is_complete=len(there) <= MAX_SENT,
        removed=[number for number in numbers if number not in there],
        can_undo=result.head > 0,
        can_redo=await to_redo(session, result) is not None,
    )


async def marked_to_measure(session: AsyncSession) -> list[uuid.UUID]:
    """Results with outlines that are to be measured again."""
    marked = select(Result.id).where(Result.is_measuring, Result.state == State.DONE).order_by(Result.id)
    return list(await session.scalars(marked))
