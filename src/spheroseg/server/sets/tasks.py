"""Jobs of files that were uploaded together: read what they are, and make images of them."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import procrastinate
from procrastinate import JobContext
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.errors import SpheroSegError, system_reason
from spheroseg.imaging.kinds import HEAD_BYTES, kind_of
from spheroseg.server.access.actor import Actor
from spheroseg.server.access.services import Services, worker_services
from spheroseg.server.compute.pool import ComputeError
from spheroseg.server.images import batches, identity, service
from spheroseg.server.images import parts as parts_of
from spheroseg.server.resources.db import new_id, utc_now
from spheroseg.server.resources.queue import BACKGROUND
from spheroseg.server.resources.storage import StorageError, file_pieces
from spheroseg.server.sets import repository
from spheroseg.server.sets.service import LIFETIME, tell
from spheroseg.server.tables.batches import UploadBatch
from spheroseg.server.tables.described import LeftOut, SetSource, TakenImage, UnderstoodSet
from spheroseg.server.tables.images import File, ImageRow, Upload, UploadSet
from spheroseg.server.tables.projects import Project

tasks = procrastinate.Blueprint()

_ATTEMPTS = 5
_RETRY = procrastinate.RetryStrategy(
    max_attempts=_ATTEMPTS, exponential_wait=3, retry_exceptions=[ComputeError, StorageError, OSError]
)


@tasks.task(name="read", queue=BACKGROUND, retry=_RETRY, pass_context=True)
async def read(context: JobContext, *, set_id: str) -> None:
    """Understand the files of a set."""
    state = worker_services()
    started = await _start(uuid.UUID(set_id), "reading")
    if started is None:
        return
    uploads, asked = started
    try:
        async with _on_disk(state, set_id, uploads) as (folder, refused):
            found: UnderstoodSet = await state.compute.run("understand", folder=str(folder), **asked)
            found["left_out"] = [*refused, *found["left_out"]]
            found["n_left_out"] += len(refused)
    except (ComputeError, StorageError, OSError):
        if context.job.attempts + 1 < _ATTEMPTS:
            raise
        await _end(uuid.UUID(set_id), "reading", "failed", reason="The files could not be read; please try again later")
    except SpheroSegError as error:
        await _end(uuid.UUID(set_id), "reading", "failed", reason=str(error))
    else:
        await _end(uuid.UUID(set_id), "reading", "understood", found=found)


@tasks.task(name="add", queue=BACKGROUND, retry=_RETRY, pass_context=True)
async def add(context: JobContext, *, set_id: str) -> None:
    """Make images of a set: an image that is a file alone keeps its bytes, others become one OME-TIFF each.

    Taken up again after a death, what was added before is found by its place and not added twice.
    """
    state = worker_services()
    started = await _start(uuid.UUID(set_id), "adding")
    if started is None:
        return
    uploads, asked = started
    try:
        async with _on_disk(state, set_id, uploads) as (folder, _):
            sources: list[SetSource] = await state.compute.run("list_sources", folder=str(folder))
            async with state.database.session() as session:
                await batches.expect(session, uuid.UUID(set_id), sum(source["n_series"] for source in sources))
            place = 0
            for source in sources:
                for series in range(source["n_series"]):
                    await _add_one(uuid.UUID(set_id), folder, source, series, place, asked)
                    place += 1
    except (ComputeError, StorageError, OSError):
        if context.job.attempts + 1 < _ATTEMPTS:
            raise
        await _end(uuid.UUID(set_id), "adding", "understood", reason="Not all images could be made; please try again")
        return
    async with state.database.session() as session:
        upload_ids = await repository.delete_uploads(session, uuid.UUID(set_id))
    await _end(uuid.UUID(set_id), "adding", "added")
    for upload_id in upload_ids:
        await parts_of.remove_parts(state.storage, upload_id)


async def _start(set_id: uuid.UUID, wanted: str) -> tuple[list[Upload], dict[str, str | None]] | None:
    """The uploads of a set and how the project wants files to be read; None where there is nothing to do any more."""
    async with worker_services().database.session() as session:
        found = await session.get(UploadSet, set_id)
        if found is None or found.state != wanted:
            return None
        project = await session.get_one(Project, found.project_id)
        return list(await repository.arrived(session, set_id)), identity.reading_of(project.preferences)


async def _end(
    set_id: uuid.UUID, before: str, after: str, *, reason: str | None = None, found: UnderstoodSet | None = None
) -> None:
    async with worker_services().database.session() as session:
        row = await repository.locked(session, set_id)
        if row is None or row.state != before:
            return
        row.state, row.reason, row.expires_at = after, reason, utc_now() + LIFETIME
        if found is not None:
            row.found = found
        await tell(session, row)


async def _add_one(
    set_id: uuid.UUID, folder: Path, source: SetSource, series: int, place: int, asked: dict[str, str | None]
) -> None:
    """One image of a set; one that cannot be read is there with its reason."""
    state = worker_services()
    with tempfile.TemporaryDirectory(prefix="spheroseg-") as scratch:
        target = Path(scratch) / "image.ome.tif"
        try:
            taken: TakenImage | None = await state.compute.run(
                "take_source",
                folder=str(folder),
                relative=source["relative"],
                series=series,
                target=str(target),
                **asked,
            )
        except SpheroSegError as error:
            reason = getattr(error, "reason", None) or str(error)
            await _add_failed(set_id, source["relative"], place, reason)
            return
        path = folder / source["file"] if taken is None else target
        name = source["file"] if taken is None else taken["name"]
        with path.open("rb") as stream:
            kind = kind_of(stream.read(HEAD_BYTES), name)
        if kind is None:
            await _add_failed(set_id, name, place, "it is no image that is read")
            return
        file_id = new_id()
        stored = await state.storage.put(f"files/{file_id}", file_pieces(path))
    file = File(
        id=file_id,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        storage_key=f"files/{file_id}",
        media_type=kind.media_type,
    )
    async with state.database.session() as session:
        row = await repository.locked(session, set_id)
        if row is None or row.state != "adding":
            return
        sent = service.Sent(file, name, details={} if taken is None else {"set": taken["details"]})
        actor = Actor.worker(row.user_id)
        (one,) = await service.take_in(session, actor, row.project_id, [sent], key=f"set/{set_id}/{place}")
        row.n_added += not one.is_duplicate
        await _in_its_batch(session, set_id, place, one.image)
    if not one.is_needed:
        await state.storage.delete([file.storage_key])


async def _add_failed(set_id: uuid.UUID, name: str, place: int, reason: str) -> None:
    async with worker_services().database.session() as session:
        row = await repository.locked(session, set_id)
        if row is not None and row.state == "adding":
            actor = Actor.worker(row.user_id)
            await service.add_unreadable(session, actor, row.project_id, name, reason, key=f"set/{set_id}/{place}")
            await _in_its_batch(session, set_id, place, None)


async def _in_its_batch(session: AsyncSession, set_id: uuid.UUID, place: int, image: ImageRow | None) -> None:
    """Say to the run that may be to follow which image is there; None for one that cannot be read."""
    if await session.get(UploadBatch, set_id) is not None:
        await batches.arrived(session, set_id, {place: image})


@asynccontextmanager
async def _on_disk(state: Services, set_id: str, uploads: list[Upload]) -> AsyncIterator[tuple[Path, list[LeftOut]]]:
    """A folder with the files under the names that they were uploaded with, and the files whose names no disk takes.

    Of local storage they are links; what a job that died left behind is removed.
    """
    root = state.storage.root
    where = Path(tempfile.gettempdir()) if root is None else root / "reading"
    where.mkdir(exist_ok=True)
    for left in where.glob(f"{set_id}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{set_id}-", dir=where))
    refused: list[LeftOut] = []
    try:
        for upload in uploads:
            keys = [key for key, _ in await parts_of.parts(state.storage, upload)]
            path = folder / upload.relative_path / upload.name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.unlink(missing_ok=True)
                if len(keys) == 1 and root is not None:
                    os.link(root / keys[0], path)
                    continue
                with path.open("wb") as stream:
                    async for piece in parts_of.pieces(state.storage, keys):
                        stream.write(piece)
            except OSError as error:
                refused.append({"name": f"{upload.relative_path}/{upload.name}", "reason": system_reason(error)})
        yield folder, refused
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@tasks.periodic(cron="27 * * * *")
@tasks.task(name="forget", queue=BACKGROUND, queueing_lock="sets:forget")
async def forget(timestamp: int) -> None:
    """Remove sets that nobody added in time, and those that are over; their bytes go with the next sweep."""
    del timestamp
    async with worker_services().database.session() as session:
        await repository.delete_expired(session, utc_now())
