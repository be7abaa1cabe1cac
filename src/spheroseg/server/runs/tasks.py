"""The job of a run: one frame. Whatever kills it, there is no half result and no double.

Look, wait for the turn → mark as running (transaction) while the model begins → compute without a transaction → write
all (transaction). The last transaction writes only while the result is still running in this very attempt: a worker
that was given up too early, or a cancelled run, finds that it is not, and its answer is dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from dataclasses import dataclass
from weakref import WeakValueDictionary

import procrastinate
import structlog
from procrastinate import JobContext
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.errors import SpheroSegError
from spheroseg.imaging.kinds import suffix_of
from spheroseg.records import RunCard
from spheroseg.server.access.services import worker_services
from spheroseg.server.compute.bundle import ObjectsAbout, unpack
from spheroseg.server.compute.pool import ComputeError
from spheroseg.server.compute.requests import FrameJob
from spheroseg.server.images import service as images
from spheroseg.server.mails.writing import write
from spheroseg.server.resources.db import new_id, utc_now
from spheroseg.server.resources.emit import emit
from spheroseg.server.resources.queue import COMPUTE, MAIL, MAIL_RETRY, driver_connection, enqueue
from spheroseg.server.resources.storage import StorageError
from spheroseg.server.results import display_repository, frame_sizes_repository, objects_repository
from spheroseg.server.runs import lifecycle, measures, repository, service
from spheroseg.server.runs.errors import code_of, public_reason_of
from spheroseg.server.runs.lifecycle import Event
from spheroseg.server.tables.accounts import User
from spheroseg.server.tables.images import File, ImageRow
from spheroseg.server.tables.projects import Project
from spheroseg.server.tables.results import Result
from spheroseg.server.tables.runs import Run
from spheroseg.server.tables.states import State

tasks = procrastinate.Blueprint()
log = structlog.get_logger()

_MAX_DEATHS = 3
"""A frame whose worker died so often is not tried again: it would take down one worker after the other."""


class TryAgain(Exception):
    """The attempt broke; the result waits for another one."""


class _AfterPause(procrastinate.BaseRetryStrategy):
    def get_retry_decision(
        self, *, exception: BaseException, job: procrastinate.jobs.Job
    ) -> procrastinate.RetryDecision | None:
        if not isinstance(exception, TryAgain):
            return None
        return procrastinate.RetryDecision(retry_in={"seconds": lifecycle.pause_s(job.attempts + 1)})


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do for a result.

    Attributes:
        result_id: of the result.
        file: with the image.
        job: for the compute child.
        keys: of the objects and of the maps in the cache of results.
        stored: storage prefixes of what is stored under these keys; None where nothing is.
    """

    result_id: uuid.UUID
    file: File
    job: FrameJob
    keys: tuple[bytes, bytes]
    stored: tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a result: later ones make this one's answer worthless. The first is number 1."""

    result_id: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What there is to write: storage prefixes of objects and maps, the objects' bundle, and whether it was cached."""

    objects_prefix: str
    maps_prefix: str
    objects: bytes
    from_cache: bool


@tasks.task(name="segment", queue=COMPUTE, retry=_AfterPause(), pass_context=True)
async def segment(context: JobContext, *, result_id: str) -> None:
    """Outline one frame of one image."""
    del context
    state = worker_services()
    async with contextlib.AsyncExitStack() as until_written:
        began = time.monotonic()
        try:
            work = await _look(uuid.UUID(result_id))  # while the images before are computed
            if work is not None and await _is_computed_meanwhile(work, until_written):
                work = await _look(uuid.UUID(result_id))  # it is stored by now
            await state.compute_slots.acquire()
        except asyncio.CancelledError:
            if await asyncio.shield(_still_waits(uuid.UUID(result_id))):  # it is the worker that stops
                raise TryAgain from None
            raise
        measures.STAGE_SECONDS.labels("wait").observe(time.monotonic() - began)
        with contextlib.ExitStack() as turn:
            turn.callback(state.compute_slots.release)
            done = await _attempt(uuid.UUID(result_id), work, turn)
        if done is None or work is None:
            return
        attempt, answer, duration_ms = done
        measures.answered(duration_ms / 1000, from_cache=answer.from_cache)
        try:
            with measures.STAGE_SECONDS.labels("write").time():
                await _write(attempt, work, answer, duration_ms=duration_ms)
        except asyncio.CancelledError:
            if await asyncio.shield(_end(attempt, Event.RETRY)):
                raise TryAgain from None
            raise


_at_work: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
"""By cache key, so that two copies of an image that are queued one after the other are computed once."""


async def _is_computed_meanwhile(work: Work, until_written: contextlib.AsyncExitStack) -> bool:
    """Whether this process computed the very same until now; holds back others that want it."""
    lock = _at_work.setdefault(work.keys[0], asyncio.Lock())
    had_to_wait = lock.locked()
    await until_written.enter_async_context(lock)
    return had_to_wait


async def _still_waits(result_id: uuid.UUID) -> bool:
    async with worker_services().database.session() as session:
        result = await session.get(Result, result_id)
        return result is not None and result.state == State.QUEUED


async def _look(result_id: uuid.UUID) -> Work | None:
    """What there is to do; None when there is nothing (more). Nothing is locked or changed yet."""
    async with worker_services().database.reading_sessions() as session:
        found = await repository.load_job(session, result_id)
        if found is None:
            return None
        result, run, image, project, file = found
        job = service.frame_job(run, result, image, project)
        keys = service.cache_keys(run, job, file)
        prefixes = await repository.stored_prefixes(session, keys)
    return Work(result_id, file, job, keys, (prefixes.get(keys[0]), prefixes.get(keys[1])))


async def _attempt(
    result_id: uuid.UUID, work: Work | None, turn: contextlib.ExitStack
) -> tuple[Attempt, Answer, int] | None:
    """One attempt at a frame: what there is to write and how many milliseconds it took; None when nothing is.

    The turn is closed as soon as the model is free: the next image begins while this one is put away and written.
    """
    started = time.monotonic()
    # the model does not wait for the database; should the result turn out to be nobody's any more, it is stopped
    answering = None if work is None else asyncio.create_task(_answer(work, turn))
    try:
        attempt = await _begin(result_id)
        if attempt is None:
            return None
        if answering is None:  # an image that came back out of the trash since
            await _end(attempt, Event.RETRY)
            raise TryAgain
        answer = await _of_attempt(attempt, answering)
        return None if answer is None else (attempt, answer, round((time.monotonic() - started) * 1000))
    finally:
        if answering is not None:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)


async def _of_attempt(attempt: Attempt, answering: asyncio.Task[Answer]) -> Answer | None:
    """The answer; None, and the result says why, when there is none."""
    try:
        return await answering
    except asyncio.CancelledError:
        # whoever cancelled the run has said so in the database before; else it is the worker that stops
        if await asyncio.shield(_end(attempt, Event.RETRY)):
            raise TryAgain from None
        raise
    except (ComputeError, StorageError, OSError) as error:
        log.warning("segmentation_broke", result_id=str(attempt.result_id), attempt=attempt.number, reason=str(error))
        await _broke(attempt, error)
    except SpheroSegError as error:
        reason = getattr(error, "reason", None) or str(error)
        await _end(attempt, Event.FAIL, code=code_of(error), reason=reason)
    return None


async def _begin(result_id: uuid.UUID) -> Attempt | None:
    """Mark the result as running in a new attempt; None when there is nothing (more) to do."""
    async with worker_services().database.session() as session:
        result = await session.get(Result, result_id, with_for_update=True)
        if result is None:
            return None
        run = await repository.get_run(session, result.run_id)
        image = await session.get(ImageRow, result.image_id)
        was_running = result.state == State.RUNNING
        state = lifecycle.after(State(result.state), Event.START)
        if state is None:
            return None
        if image is None or image.deleted_at is not None or image.file_id is None:
            result.state, result.finished_at = State.CANCELLED, utc_now()
            await session.flush()
            await service.update_run_state(session, run.id)
            return None
        result.attempts += 1
        if was_running and result.attempts > _MAX_DEATHS:
            result.state, result.finished_at = State.FAILED, utc_now()
            result.error_code = "worker_died"
            result.error_reason = "The worker died each time it tried this image; it may need more memory than there is"
            image.segmentation_state = State.FAILED
            await session.flush()
            await service.update_run_state(session, run.id)
            return None
        result.state = state
        result.started_at = utc_now()
        image.segmentation_state = State.RUNNING
        await session.flush()
        if run.started_at is None:
            await service.update_run_state(session, run.id)
        await images.tell(session, image, "image.changed")
        return Attempt(result.id, result.attempts)


async def _answer(work: Work, turn: contextlib.ExitStack) -> Answer:
    """From the cache, from stored maps at another threshold, or by the model."""
    state = worker_services()
    storage = state.storage
    stored, stored_maps = work.stored
    if stored is not None and stored_maps is not None:
        objects = await storage.find(f"{stored}/objects")
        if objects is not None:
            return Answer(stored, stored_maps, objects, from_cache=True)
    maps = None
    if stored_maps is not None and work.job.parameters.get("threshold") is not None:
        maps = await storage.find(f"{stored_maps}/maps")
    maps_prefix = stored_maps if maps is not None else None
    async with storage.as_file(work.file.storage_key, suffix_of(work.file.media_type)) as path:
        if maps is not None:
            objects = await state.compute.run("apply_threshold", path=str(path), job=work.job, maps=maps)
        else:
            objects, maps = await state.compute.run("segment", path=str(path), job=work.job)
    turn.close()
    prefix = f"artefacts/{new_id()}"
    if maps_prefix is None:
        maps_prefix = f"artefacts/{new_id()}"
        await storage.put(f"{maps_prefix}/maps", maps)
    await storage.put(f"{prefix}/objects", objects)
    return Answer(prefix, maps_prefix, objects, from_cache=False)


async def _write(attempt: Attempt, work: Work, answer: Answer, *, duration_ms: int) -> None:
    """Everything of the result in one transaction: objects, counts, states, events."""
    state = worker_services()
    about: ObjectsAbout
    about, arrays = unpack(answer.objects)
    async with state.database.session() as session:
        result = await _still_ours(session, attempt)
        if result is None:
            return
        prefixes = {work.keys[0]: answer.objects_prefix, work.keys[1]: answer.maps_prefix}
        found = await repository.keep_artefacts(session, prefixes)
        objects, maps = (found[key] for key in work.keys)
        numbers = arrays["number"]
        result.state = State.DONE
        result.finished_at = utc_now()
        result.duration_ms = duration_ms
        result.from_cache = answer.from_cache
        result.artefact_id, result.maps_id = objects.id, maps.id
        result.measure_columns = about["columns"]
        result.run_card = RunCard.model_validate(
            about["run_card"]
            | {"image_flags": about["image_flags"], "n_too_small": about["n_too_small"]}
            | work.job.measured_as
        )
        result.n_objects = len(numbers)
        result.next_number = int(numbers.max(initial=0)) + 1
        result.error_code = result.error_reason = None
        await session.flush()
        await objects_repository.add_objects(
            await driver_connection(session), objects_repository.of_model(result, about, arrays)
        )
        await display_repository.show(session, result, only_if_unedited=True)
        await frame_sizes_repository.sum_up(session, [result.id], [column["name"] for column in result.measure_columns])
        await _finish_result(session, result, State.DONE)
        if result.is_measuring:  # the pixel size changed while the model was at it
            await enqueue(session, "corrections:measure", result_id=str(result.id))
        await emit(
            session,
            f"image:{result.image_id}",
            {
                "type": "result.done",
                "id": str(result.id),
                "image_id": str(result.image_id),
                "project_id": str(result.project_id),
                "n_objects": result.n_objects,
                "version": result.version,
            },
        )
    spare = []
    if objects.storage_prefix != answer.objects_prefix:
        spare.append(f"{answer.objects_prefix}/objects")
    if maps.storage_prefix != answer.maps_prefix:
        spare.append(f"{answer.maps_prefix}/maps")
    await state.storage.delete(spare)


async def _still_ours(session: AsyncSession, attempt: Attempt) -> Result | None:
    """The result, locked, if this attempt is the one that counts."""
    result = await session.get(Result, attempt.result_id, with_for_update=True)
    if result is None or result.attempts != attempt.number or result.state != State.RUNNING:
        return None
    return result


async def _end(attempt: Attempt, event: Event, *, code: str | None = None, reason: str | None = None) -> bool:
    """Write that the attempt ended without outlines; False when it did not count any more."""
    async with worker_services().database.session() as session:
        result = await _still_ours(session, attempt)
        state = lifecycle.after(State.RUNNING, event)
        if result is None or state is None:
            return False
        result.state = state
        result.error_code, result.error_reason = code, reason[:500] if reason else None
        if state is not State.QUEUED:
            result.finished_at = utc_now()
        await session.flush()
        await _finish_result(session, result, state)
        return True


async def _broke(attempt: Attempt, error: Exception) -> None:
    """Try again later, or give up and say why."""
    if lifecycle.may_retry(attempt.number):
        await _end(attempt, Event.RETRY, code="broke", reason=public_reason_of(error))
        raise TryAgain
    await _end(attempt, Event.FAIL, code="broke", reason=public_reason_of(error))


async def _finish_result(session: AsyncSession, result: Result, state: State) -> None:
    """Bring image and run up to date with a result."""
    image = await session.get(ImageRow, result.image_id, with_for_update=True, populate_existing=True)
    if image is not None and not (
        state is State.DONE and image.n_frames > 1 and await repository.other_active(session, result)
    ):
        image.segmentation_state = state
        image.version += 1
        await session.flush()
        await images.tell(session, image, "image.changed")
    await service.update_run_state(session, result.run_id)


@tasks.task(name="send_run_finished", queue=MAIL, retry=MAIL_RETRY)
async def send_run_finished(run_id: str) -> None:
    """Mail the one who started a run that it is over."""
    state = worker_services()
    async with state.database.session() as session:
        run = await session.get(Run, uuid.UUID(run_id))
        user = None if run is None or run.created_by is None else await session.get(User, run.created_by)
        if run is None or user is None or user.disabled_at is not None:
            return
        project = await session.get_one(Project, run.project_id)
        (out,) = await service.with_counts(session, [run])
        n_done, n_images = await repository.image_counts(session, run.id)
        mail = write(
            "run_finished",
            user.language,
            user.email,
            project=project.name,
            n_done=n_done,
            images=n_images,
            failed=out.n_failed,
            link=f"{state.settings.public_url}/projects/{project.id}",
        )
    await state.mailer.send(mail)
