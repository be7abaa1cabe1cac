"""Queries on runs, results and objects."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Select,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.http.errors import NotFound
from spheroseg.server.images.segmentation_repository import stands
from spheroseg.server.resources.db import new_id, utc_now
from spheroseg.server.tables.images import File, Frame, ImageRow
from spheroseg.server.tables.models import ModelRow
from spheroseg.server.tables.projects import Project
from spheroseg.server.tables.results import Artefact, Result
from spheroseg.server.tables.runs import Run
from spheroseg.server.tables.states import ACTIVE, State

_RECENT = 50
"""Results from which the rate is measured."""


async def get_run(session: AsyncSession, run_id: uuid.UUID) -> Run:
    """A run.

    Raises:
        NotFound: there is none.
    """
    run = await session.get(Run, run_id)
    if run is None:
        raise NotFound
    return run


async def run_by_idempotency_key(session: AsyncSession, user_id: uuid.UUID, key: str) -> Run | None:
    """The run that the same request made when it was sent before."""
    return await session.scalar(select(Run).where(Run.created_by == user_id, Run.idempotency_key == key))


async def load_job(session: AsyncSession, result_id: uuid.UUID) -> tuple[Result, Run, ImageRow, Project, File] | None:
    """A result with its run, image, project and file; None when one of them is gone."""
    found = await session.execute(
        select(Result, Run, ImageRow, Project, File)
        .join(Run, Run.id == Result.run_id)
        .join(ImageRow, ImageRow.id == Result.image_id)
        .join(Project, Project.id == Result.project_id)
        .join(File, File.id == ImageRow.file_id)
        .where(Result.id == result_id, Result.state.in_(ACTIVE), ImageRow.deleted_at.is_(None))
    )
    row = found.one_or_none()
    if row is None:
        return None
    result, run, image, project, file = row
    return result, run, image, project, file


async def load_context(session: AsyncSession, result: Result) -> tuple[Run, ImageRow, Project, File]:
    """What a result belongs to."""
    row = await session.execute(
        select(Run, ImageRow, Project, File)
        .select_from(ImageRow)
        .join(Project, Project.id == ImageRow.project_id)
        .join(File, File.id == ImageRow.file_id)
        .join(Run, Run.id == result.run_id)
        .where(ImageRow.id == result.image_id)
    )
    run, image, project, file = row.one()
    return run, image, project, file


async def frames_to_run(
    session: AsyncSession,
    project_id: uuid.UUID,
    image_ids: Sequence[uuid.UUID] | None,
    *,
    only_missing: bool,
    limit: int,
) -> list[tuple[uuid.UUID, int]]:
    """(image, frame) of what can be segmented, by name, at most `limit`."""
    conditions = [ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None), ImageRow.state == "ready"]
    if image_ids is not None:
        conditions.append(ImageRow.id.in_(image_ids))
    if only_missing:
        conditions.append(Frame.result_id.is_(None))
    rows = await session.execute(
        select(Frame.image_id, Frame.frame)
        .join(ImageRow, ImageRow.id == Frame.image_id)
        .where(*conditions)
        .order_by(ImageRow.name_key, ImageRow.id, Frame.frame)
        .limit(limit)
    )
    return [(row.image_id, row.frame) for row in rows]


async def next_turn(session: AsyncSession, user_id: uuid.UUID, urgency: str) -> int:
    """The turn of a person's next frame.

    Turns are a virtual time: everybody's frames get rising ones, one after the other, and the lowest is next. A
    person who comes anew starts at the turn that is being served now, not behind those who queued thousands; one who
    queued already goes on behind the own last one. So people take turns, whatever they queued.
    """
    # two requests of one person at once must not get the same turns
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"turns/{user_id}/{urgency}"}
    )
    serving = (
        select(Result.turn).where(Result.state == State.RUNNING).order_by(Result.turn.desc()).limit(1).scalar_subquery()
    )
    waiting = select(Result.turn).where(Result.state == State.QUEUED).order_by(Result.turn).limit(1).scalar_subquery()
    own = (
        select(func.max(Result.turn) + 1)
        .where(Result.user_id == user_id, Result.urgency == urgency, Result.state.in_(ACTIVE))
        .scalar_subquery()
    )
    turn = await session.scalar(select(func.greatest(func.coalesce(serving, waiting, 0), func.coalesce(own, 0))))
    return int(turn or 0)


async def add_results(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Add queued results."""
    await session.execute(insert(Result), list(rows))


async def counts(session: AsyncSession, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[State, int]]:
    """How many results of each run are in each state."""
    rows = await session.execute(
        select(Result.run_id, Result.state, func.count())
        .where(Result.run_id.in_(run_ids))
        .group_by(Result.run_id, Result.state)
    )
    found: dict[uuid.UUID, dict[State, int]] = {run_id: {} for run_id in run_ids}
    for run_id, state, count in rows:
        found[run_id][State(state)] = count
    return found


async def image_counts(session: AsyncSession, run_id: uuid.UUID) -> tuple[int, int]:
    """(images of a run with outlines at all their time points, images of the run): a series is one image."""
    by_image = (
        select(func.bool_and(Result.state == State.DONE).label("is_done"))
        .where(Result.run_id == run_id)
        .group_by(Result.image_id)
        .subquery()
    )
    done, n_images = (
        await session.execute(select(func.count().filter(by_image.c.is_done), func.count()).select_from(by_image))
    ).one()
    return int(done), int(n_images)


async def any_active(session: AsyncSession, run_id: uuid.UUID) -> bool:
    """Whether a result of the run still waits or runs."""
    return bool(await session.scalar(select(exists().where(Result.run_id == run_id, Result.state.in_(ACTIVE)))))


async def queue_place(session: AsyncSession, run_id: uuid.UUID) -> tuple[int, int] | None:
    """(frames ahead of the run's next one, frames ahead of its last one); None when none waits."""
    first = await session.execute(
        select(func.min(Result.turn), func.max(Result.turn)).where(
            Result.run_id == run_id, Result.state == State.QUEUED
        )
    )
    ends: Sequence[Any] = first.one()  # both null when none waits
    low, high = ends
    if low is None:
        return None
    ahead = select(func.count().filter(Result.turn < low), func.count()).where(
        Result.state == State.QUEUED, Result.turn <= high
    )
    n_first, n_last = (await session.execute(ahead)).one()
    return int(n_first), int(n_last)


async def seconds_a_frame(session: AsyncSession) -> float | None:
    """Measured: how long until the next frame is done, over the last ones and the workers that run now."""
    recent = (
        select(Result.duration_ms)
        .where(
            Result.state == State.DONE,
            Result.finished_at.is_not(None),
            Result.from_cache.is_(False),
            Result.duration_ms.is_not(None),  # nobody measured how long a person drew
        )
        .order_by(Result.finished_at.desc())
        .limit(_RECENT)
        .subquery()
    )
    mean_ms, n_recent = (
        await session.execute(select(func.avg(recent.c.duration_ms), func.count()).select_from(recent))
    ).one()
    if n_recent == 0:
        return None
    running = await session.scalar(select(func.count()).where(Result.state == State.RUNNING))
    return float(mean_ms) / 1000 / max(1, running or 0)


def runs_page(project_id: uuid.UUID, after: tuple[Any, ...] | None, limit: int) -> Select[Any]:
    """A project's runs, newest first."""
    conditions = [Run.project_id == project_id]
    if after is not None:
        conditions.append(tuple_(Run.created_at, Run.id) < tuple_(literal(after[0]), literal(after[1])))
    return select(Run).where(*conditions).order_by(Run.created_at.desc(), Run.id.desc()).limit(limit)


async def model_titles(session: AsyncSession, hashes: Iterable[str]) -> dict[tuple[str, str], str]:
    """What models are called for people, by name and hash."""
    rows = await session.execute(
        select(ModelRow.name, ModelRow.hash, ModelRow.title).where(ModelRow.hash.in_(set(hashes)))
    )
    return {(row.name, row.hash): row.title for row in rows}


def results_page(run_id: uuid.UUID, state: str | None, after: uuid.UUID | None, limit: int) -> Select[Result, str]:
    """A run's results, each with the name of its image."""
    conditions = [Result.run_id == run_id]
    if state is not None:
        conditions.append(Result.state == state)
    if after is not None:
        conditions.append(Result.id > after)
    named = select(Result, ImageRow.name).join(ImageRow, ImageRow.id == Result.image_id)
    return named.where(*conditions).order_by(Result.id).limit(limit)


async def end_active(session: AsyncSession, run_id: uuid.UUID) -> Sequence[Any]:
    """Mark what waits or runs as cancelled; returns id, job and image of each."""
    rows = await session.execute(
        update(Result)
        .where(Result.run_id == run_id, Result.state.in_(ACTIVE))
        .values(state=State.CANCELLED, finished_at=utc_now())
        .returning(Result.id, Result.job_id, Result.image_id)
        .execution_options(synchronize_session=False)
    )
    return rows.all()


async def set_image_states(session: AsyncSession, image_ids: Sequence[uuid.UUID], state: State) -> None:
    """Say how the segmentation of images stands; after a cancel each image says what it has, see `stands`."""
    value: Any = stands() if state is State.CANCELLED else state
    await session.execute(
        update(ImageRow)
        .where(ImageRow.id.in_(image_ids))
        .values(segmentation_state=value)
        .execution_options(synchronize_session=False)
    )


async def stored_prefixes(session: AsyncSession, cache_keys: Sequence[bytes]) -> dict[bytes, str]:
    """Where in the storage lies what is stored under some keys, by key."""
    rows = await session.execute(
        select(Artefact.cache_key, Artefact.storage_prefix).where(Artefact.cache_key.in_(cache_keys))
    )
    return {row.cache_key: row.storage_prefix for row in rows}


async def keep_artefacts(session: AsyncSession, prefixes: Mapping[bytes, str]) -> dict[bytes, Artefact]:
    """Keep what lies in the storage, by key, or find what somebody else kept under a key first."""
    now = utc_now()
    # in one order, so that two workers with the same keys wait for each other and not each for the other
    rows = [
        {"id": new_id(), "cache_key": key, "storage_prefix": prefix, "created_at": now}
        for key, prefix in sorted(prefixes.items())
    ]
    statement = upsert(Artefact).values(rows)
    # the change changes nothing, but returns and locks the row that is there
    statement = statement.on_conflict_do_update(
        index_elements=[Artefact.cache_key], set_={"cache_key": statement.excluded.cache_key}
    )
    found = await session.scalars(statement.returning(Artefact), execution_options={"populate_existing": True})
    return {artefact.cache_key: artefact for artefact in found}


async def other_active(session: AsyncSession, result: Result) -> bool:
    """Whether another frame of the same image and run still waits or runs."""
    found = select(exists().where(Result.run_id == result.run_id, Result.image_id == result.image_id,
                                  Result.id != result.id, Result.state.in_(ACTIVE)))  # fmt: skip
    return bool(await session.scalar(found))
