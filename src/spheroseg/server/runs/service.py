"""What can be done with runs: start them, follow them, cancel them, choose the version that is shown."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.repository import names_of_users
from spheroseg.server.access.roles import ProjectAccess, Role, require
from spheroseg.server.compute.requests import FrameJob
from spheroseg.server.images.pixel_size import resolve, source_in_card
from spheroseg.server.images.remeasuring import measure_again
from spheroseg.server.models import service as models
from spheroseg.server.resources.db import new_id, utc_now
from spheroseg.server.resources.emit import emit_all
from spheroseg.server.resources.event import Event
from spheroseg.server.resources.queue import COMPUTE, MAIL, cancel, enqueue, enqueue_many
from spheroseg.server.runs import repository
from spheroseg.server.runs.errors import NothingToRun, TooManyItems
from spheroseg.server.runs.lifecycle import of_run
from spheroseg.server.runs.schemas import RunOut, RunProgress, RunRequest
from spheroseg.server.tables.accounts import NOTIFY_RUN_FINISHED, User
from spheroseg.server.tables.images import File, ImageRow
from spheroseg.server.tables.projects import Project
from spheroseg.server.tables.results import Result
from spheroseg.server.tables.runs import Run
from spheroseg.server.tables.states import State
from spheroseg.version import __version__

MAX_ITEMS = 100_000
MAILED_AFTER_S = 60.0
"""The end of shorter runs is not mailed."""
LONG_RUN = 1000
LONG_RUN_EVENT_EVERY_S = 1.0
MAX_URGENT_ITEMS = 50
"""What a person waits for is a screen full; whatever is larger takes its turn as bulk."""


async def require_run(session: AsyncSession, actor: Actor, run_id: uuid.UUID, role: Role) -> Run:
    """A run that the actor may see or change.

    Raises:
        NotFound: there is none, or the actor may not know that there is.
        Forbidden: the actor may see it and not do this.
    """
    run = await repository.get_run(session, run_id)
    await require(session, actor, run.project_id, role)
    return run


async def start(
    session: AsyncSession, actor: Actor, project: ProjectAccess, wanted: RunRequest, idempotency_key: str | None
) -> Run:
    """Queue a run: its row, a result and a job for each frame, all in one transaction.

    Raises:
        UnknownModel: no worker has the model.
        NothingToRun: no image of the selection is ready.
        TooManyItems: more than `MAX_ITEMS` frames.
    """
    if idempotency_key is not None:
        earlier = await repository.run_by_idempotency_key(session, actor.user_id, idempotency_key)
        if earlier is not None and earlier.project_id == project.project.id:
            return earlier
    preferred = project.project.preferences.get("model")
    model = await models.chosen(session, wanted.model or (preferred if isinstance(preferred, str) else None))
    frames = await repository.frames_to_run(
        session, project.project.id, wanted.image_ids, only_missing=wanted.only_missing, limit=MAX_ITEMS + 1
    )
    if not frames:
        raise NothingToRun("No image of the selection is ready to be segmented")
    if len(frames) > MAX_ITEMS:
        raise TooManyItems(f"A run may have {MAX_ITEMS} time points; choose fewer images")
    await _measure_so(session, actor, project.project, wanted.parameters.region)
    chosen = wanted.parameters.model_dump(exclude_defaults=True)
    chosen |= {"region": project.project.region, "rules": chosen.get("rules", project.project.rules)}
    urgency = "now" if wanted.urgency == "now" and len(frames) <= MAX_URGENT_ITEMS else "bulk"
    run = Run(
        id=new_id(),
        project_id=project.project.id,
        created_by=actor.user_id,
        idempotency_key=idempotency_key,
        model_name=model.name,
        model_hash=model.hash,
        parameters=chosen,
        urgency=urgency,
        n_items=len(frames),
    )
    session.add(run)
    await session.flush()
    await _queue(session, actor.user_id, run, frames)
    await record(
        session, actor, "run.start", subject_type="run", subject_id=run.id, project_id=run.project_id,
        details={"model": run.model_name, "n_items": run.n_items},
    )  # fmt: skip
    await tell_run(session, run, "run.created")
    return run


async def _measure_so(session: AsyncSession, actor: Actor, project: Project, region: str | None) -> None:
    """All objects of a project are measured alike: what a run asks for counts for those that are there, too."""
    if region is None or region == project.region:
        return
    await session.refresh(project, with_for_update=True)
    project.region = region
    project.version += 1
    await session.flush()
    if region != "core":  # cores are other outlines, which only a run can make
        await measure_again(session, project.id)
    await record(
        session, actor, "project.change", subject_type="project", subject_id=project.id, project_id=project.id,
        details={"changed": ["region"], "version": project.version},
    )  # fmt: skip
    payload: Event = {"type": "project.changed", "id": project.id, "version": project.version}
    await emit_all(session, [(f"project:{project.id}", payload)])


async def _queue(session: AsyncSession, user_id: uuid.UUID, run: Run, frames: list[tuple[uuid.UUID, int]]) -> None:
    first_turn = await repository.next_turn(session, user_id, run.urgency)
    result_ids = [new_id() for _ in frames]
    turns = [first_turn + place for place in range(len(frames))]
    job_ids = await enqueue_many(
        session,
        "segmentation:segment",
        [{"result_id": str(result_id)} for result_id in result_ids],
        priorities=[-turn for turn in turns],
        queue=COMPUTE,
    )
    now = utc_now()
    await repository.add_results(
        session,
        [
            {
                "id": result_id,
                "run_id": run.id,
                "project_id": run.project_id,
                "image_id": image_id,
                "user_id": user_id,
                "frame": frame,
                "urgency": run.urgency,
                "turn": turn,
                "job_id": job_id,
                "created_at": now,
            }
            for result_id, (image_id, frame), turn, job_id in zip(result_ids, frames, turns, job_ids, strict=True)
        ],
    )
    await repository.set_image_states(session, sorted({image_id for image_id, _ in frames}), State.QUEUED)


async def cancel_run(session: AsyncSession, actor: Actor, run: Run) -> Run:
    """Stop a run: what waits leaves the queue, what runs is stopped, what is done stays."""
    ended = await repository.end_active(session, run.id)
    if not ended:
        return run
    await cancel(session, [row.job_id for row in ended if row.job_id is not None])
    await repository.set_image_states(session, sorted({row.image_id for row in ended}), State.CANCELLED)
    await record(
        session, actor, "run.cancel", subject_type="run", subject_id=run.id, project_id=run.project_id,
        details={"n_items": len(ended)},
    )  # fmt: skip
    await update_run_state(session, run.id, is_stopped=True)
    await session.refresh(run)
    return run


async def update_run_state(session: AsyncSession, run_id: uuid.UUID, *, is_stopped: bool = False) -> None:
    """Bring a run's state up to date with its results, and tell.

    A run that somebody stopped is cancelled, also when some of it was done before.

    The results of a long run are counted once a second, not for each that ends: at 100,000 a count takes longer than what
    else is written about an image. The last one that ends is never left out.
    """
    # locked before looking: of two results that end at once, the second one sees the first
    run = await session.get(Run, run_id, with_for_update=True, populate_existing=True)
    if run is None:
        return
    is_recent = run.started_at is not None and (utc_now() - run.updated_at).total_seconds() < LONG_RUN_EVENT_EVERY_S
    if run.n_items > LONG_RUN and is_recent and await repository.any_active(session, run_id):
        return
    counted = (await repository.counts(session, [run_id]))[run_id]
    state = State.CANCELLED if is_stopped or run.state == State.CANCELLED else of_run(counted)
    if state is State.RUNNING and run.started_at is None:
        run.started_at = utc_now()
    is_over = state not in {State.QUEUED, State.RUNNING}
    if is_over and run.finished_at is None:
        run.finished_at = utc_now()
        await _mail_if_wanted(session, run, state)
    run.state = state
    run.version += 1
    await session.flush()
    await tell_run(session, run, f"run.{state}" if is_over else "run.progress", counted)


async def _mail_if_wanted(session: AsyncSession, run: Run, state: State) -> None:
    """Those who asked for it get a mail when a run ends for which nobody sits and waits."""
    if run.started_at is None or run.created_by is None or state is State.CANCELLED:
        return
    if (utc_now() - run.started_at).total_seconds() < MAILED_AFTER_S:
        return
    user = await session.get(User, run.created_by)
    if user is not None and user.preferences.get(NOTIFY_RUN_FINISHED) == "email":
        await enqueue(session, "segmentation:send_run_finished", queue=MAIL, run_id=str(run.id))


async def tell_run(session: AsyncSession, run: Run, kind: str, counted: dict[State, int] | None = None) -> None:
    """Send an event about a run to those who look at its project, and to the one who started it."""
    payload: Event = {
        "type": kind,
        "id": str(run.id),
        "project_id": str(run.project_id),
        "version": run.version,
        "n_items": run.n_items,
    }
    payload.update(cast("Event", {f"n_{state}": count for state, count in (counted or {}).items()}))
    if kind == "run.done":  # people are told of images; results are of time points
        payload["n_images"] = (await repository.image_counts(session, run.id))[0]
    topics = [f"project:{run.project_id}"]
    if run.created_by is not None:
        topics.append(f"user:{run.created_by}")
    await emit_all(session, [(topic, payload) for topic in topics])


async def with_counts(session: AsyncSession, runs: list[Run]) -> list[RunOut]:
    """Runs with how many of their results are in each state, who started them, and the version of their model."""
    if not runs:
        return []
    counted = await repository.counts(session, [run.id for run in runs])
    names = await names_of_users(session, [run.created_by for run in runs])
    titles = await repository.model_titles(session, [run.model_hash for run in runs])
    return [
        RunOut.model_validate(run).model_copy(
            update={f"n_{state}": count for state, count in counted.get(run.id, {}).items()}
            | {"created_by_name": names.get(run.created_by, "")}
            | {"model_title": titles.get((run.model_name, run.model_hash), run.model_name)}
        )
        for run in runs
    ]


async def progress(session: AsyncSession, run: Run) -> RunProgress:
    """A run with its place in the queue and the time that is left."""
    (out,) = await with_counts(session, [run])
    place = await repository.queue_place(session, run.id)
    seconds = await repository.seconds_a_frame(session) if place or out.n_running else None
    n_left = (place[1] if place else 0) + out.n_running
    return RunProgress(
        **out.model_dump(),
        n_ahead=place[0] if place else None,
        time_left_s=None if seconds is None else round(n_left * seconds, 1),
    )


def frame_job(run: Run, result: Result, image: ImageRow, project: Project) -> FrameJob:
    """What a compute child is told about a result."""
    pixel_size = resolve(image, project.pixel_size_um)
    return FrameJob(
        model_name=run.model_name,
        parameters={key: value for key, value in run.parameters.items() if key != "region"},
        series=image.series,
        frame=result.frame,
        pixel_size_um=None if pixel_size is None else pixel_size.yx,
        region=project.region,
        axes=image.stated_axes,
        pixel_size_source=None if pixel_size is None else source_in_card(image, pixel_size),
    )


_OF_OBJECTS = ("threshold", "expected_objects", "rules")
"""Parameters that the maps do not depend on."""


def cache_keys(run: Run, job: FrameJob, file: File) -> tuple[bytes, bytes]:
    """Keys of the objects and of the maps: everything that they depend on and nothing else."""
    stated: dict[str, object] = {
        "version": __version__,
        "file": file.sha256.hex(),
        "model": run.model_hash,
        "name": run.model_name,
        "series": job.series,
        "frame": job.frame,
        "pixel_size_um": job.pixel_size_um,
        "parameters": {key: value for key, value in job.parameters.items() if key not in _OF_OBJECTS},
        **({"axes": job.axes} if job.axes else {}),
    }
    objects = stated | {key: job.parameters.get(key) for key in _OF_OBJECTS} | {"region": job.region}
    return _digest({"kind": "objects"} | objects), _digest({"kind": "maps"} | stated)


def _digest(stated: Mapping[str, object]) -> bytes:
    return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).digest()
