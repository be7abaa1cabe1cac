"""Jobs of images: prepare what was uploaded, read names again, remove what nobody needs."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import procrastinate
import structlog
from procrastinate import JobContext
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.errors import SpheroSegError
from spheroseg.imaging.filenames import parse
from spheroseg.imaging.kinds import HEAD_BYTES, kind_of, suffix_of
from spheroseg.server.access.services import worker_services
from spheroseg.server.compute.pool import ComputeError
from spheroseg.server.images import (
    batches,
    batches_repository,
    identity,
    names_repository,
    preparation,
    preparation_repository,
    repository,
    service,
    unneeded_repository,
)
from spheroseg.server.images import parts as parts_of
from spheroseg.server.images.errors import InvalidPattern
from spheroseg.server.images.orphans import PREFIXES, remove_orphans
from spheroseg.server.images.pictures import thumbnail_key
from spheroseg.server.resources.db import new_id, utc_now
from spheroseg.server.resources.emit import emit
from spheroseg.server.resources.event import Event
from spheroseg.server.resources.queue import BACKGROUND
from spheroseg.server.resources.storage import ObjectMissing, StorageError
from spheroseg.server.tables.described import DescribedImage, NameColumns, Unread
from spheroseg.server.tables.images import File, Frame, ImageRow, Upload
from spheroseg.server.tables.projects import Project

T = TypeVar("T")

tasks = procrastinate.Blueprint()
log = structlog.get_logger()

THUMBNAIL_PX = 256
_ATTEMPTS = 5
_RETRY = procrastinate.RetryStrategy(
    max_attempts=_ATTEMPTS, exponential_wait=3, retry_exceptions=[ComputeError, StorageError]
)
_NAMES_AT_ONCE = 2000
_SERIES_AT_ONCE = 256
"""Of a file with many: then it is somebody else's turn."""


@tasks.task(name="prepare", queue=BACKGROUND, retry=_RETRY, pass_context=True)
async def prepare(context: JobContext, *, image_id: str, user_id: str = "") -> None:
    """Read a new image: is it one, how large, which pixel size, which well; make its thumbnail."""
    del user_id  # whose turn it is
    state = worker_services()
    async with state.database.session() as session:
        image = await session.get(ImageRow, uuid.UUID(image_id))
        if image is None or image.state != "processing" or image.deleted_at is not None:
            return
        project = await session.get_one(Project, image.project_id)
        if project.deleted_at is not None:  # prepared when it is taken back
            return
        project_id, pattern, asked = project.id, project.filename_pattern, identity.reading_of(project.preferences)
    file: File | None = None
    names: list[NameColumns] = []
    try:
        file = await _file_of(image)
        if file is None:
            await _fail(image.id, "incomplete", "The upload is not complete; please upload the file again")
            return
        names = await _read_names(project_id, [f"{image.relative_path}/{image.name}".lstrip("/")], pattern)
        async with state.storage.as_file(file.storage_key, suffix_of(file.media_type)) as path:
            found: DescribedImage = await state.compute.run(
                "inspect", path=str(path), series=image.series, thumbnail_px=THUMBNAIL_PX, file_name=image.name, **asked
            )
        columns = found["columns"]
        key = thumbnail_key(file.id, image.series, columns["details"].get("axes"))
        await state.storage.put(key, found["thumbnail"])
    except ObjectMissing:
        await _fail(image.id, "file_missing", "The file is not in the storage")
    except (ComputeError, StorageError):
        if context.job.attempts + 1 < _ATTEMPTS:
            raise
        await _fail(image.id, "not_prepared", "The image could not be prepared; please try again later")
    except InvalidPattern as error:
        await _fail(image.id, error.code, str(error))
    except SpheroSegError as error:
        await _fail(image.id, "unreadable", getattr(error, "reason", None) or str(error), *names)
        if image.series == 0 and file is not None:
            await _take_others(image.id, file)
    else:
        if columns["n_series"] > state.settings.max_series:
            reason = f"The file holds {columns['n_series']:,} images; at most {state.settings.max_series:,} are taken"
            await _fail(image.id, "too_many_series", reason)
            return
        identity.add_known(columns, image.details)
        if pattern is None and not names[0]["well"] and (doubt := parse(image.name).doubt):
            columns["notes"].append(doubt)
        known = identity.with_identity(
            names[0], columns["details"], columns["n_series"], has_pattern=pattern is not None
        )
        await _keep(image.id, file, found, known)


@tasks.task(name="prepare_series", queue=BACKGROUND, retry=_RETRY, pass_context=True)
async def prepare_series(context: JobContext, *, project_id: str, file_id: str, user_id: str) -> None:
    """Read the other images of a file, some at a time and the rest as another turn; one that cannot be read fails alone."""
    del user_id  # whose turn it is
    state = worker_services()
    async with state.database.session() as session:
        project = await session.get(Project, uuid.UUID(project_id))
        file = await session.get(File, uuid.UUID(file_id))
        if project is None or project.deleted_at is not None or file is None:
            return
        images = await preparation_repository.unprepared_series(session, project.id, file.id, _SERIES_AT_ONCE + 1)
    now = images[:_SERIES_AT_ONCE]
    read: list[DescribedImage | Unread] = []
    try:
        async with state.storage.as_file(file.storage_key, suffix_of(file.media_type)) as path:
            read = await state.compute.run(
                "inspect_series",
                path=str(path),
                series=[image.series for image in now],
                thumbnail_px=THUMBNAIL_PX,
                **identity.reading_of(project.preferences),
            )
        now = now[: len(read)]  # what was read within a turn
        names = await _read_names(
            project.id,
            [f"{image.relative_path}/{image.name}".lstrip("/") for image in now],
            project.filename_pattern,
        )
    except (ComputeError, StorageError):
        if context.job.attempts + 1 < _ATTEMPTS:
            raise
        for image in now:
            await _fail(image.id, "not_prepared", "The image could not be prepared; please try again later")
    else:
        for image, found, name in zip(now, read, names, strict=True):
            if "reason" in found:
                await _fail(image.id, "unreadable", found["reason"])
                continue
            columns = found["columns"]
            await state.storage.put(
                thumbnail_key(file.id, image.series, columns["details"].get("axes")), found["thumbnail"]
            )
            has_pattern = project.filename_pattern is not None
            known = identity.with_identity(name, columns["details"], columns["n_series"], has_pattern=has_pattern)
            await _keep(image.id, file, found, known)
    if len(images) > len(now):
        async with state.database.session() as session:
            await preparation.enqueue_series(session, images[-1])


async def _read_names(project_id: uuid.UUID, paths: Sequence[str], pattern: str | None) -> list[NameColumns]:
    """What names say; where a well may be a cell line (D10), the names beside it decide."""
    state = worker_services()
    names = await service.read_names(state.compute, paths, pattern)
    doubtful: dict[str, list[int]] = {}
    for at, path in enumerate(paths):
        if pattern is None and parse(path).doubtful_well:
            doubtful.setdefault(path.rpartition("/")[0], []).append(at)
    for folder, places in doubtful.items():
        async with state.database.session() as session:
            beside = await names_repository.names_beside(session, project_id, folder)
        read = await service.read_names(state.compute, [paths[at] for at in places], None, beside)
        for at, one in zip(places, read, strict=True):
            names[at] = one
    return names


async def _file_of(image: ImageRow) -> File | None:
    """The image's file; a resumable upload is put together first."""
    state = worker_services()
    if image.file_id is not None:
        async with state.database.session() as session:
            return await session.get(File, image.file_id)
    async with state.database.session() as session:
        upload = await session.get(Upload, image.upload_id) if image.upload_id else None
    if upload is None:
        return None
    parts = await parts_of.parts(state.storage, upload)
    if not parts:
        return None
    file_id = new_id()
    keys = [key for key, _ in parts]
    head = b"".join([piece async for piece in state.storage.stream(keys[0], 0, min(HEAD_BYTES, parts[0][1]))])
    kind = kind_of(head, image.name)
    stored = await state.storage.put(f"files/{file_id}", parts_of.pieces(state.storage, keys))
    file = File(
        id=file_id,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        storage_key=f"files/{file_id}",
        media_type=kind.media_type if kind else "application/octet-stream",
    )
    async with state.database.session() as session:
        added = await repository.add_file(session, file)
        await repository.set_file(session, image.id, added)
    if added.id != file_id:
        await state.storage.delete([f"files/{file_id}"])
    await parts_of.remove_parts(state.storage, upload.id)
    return added


async def _fail(image_id: uuid.UUID, code: str, reason: str, named: NameColumns | None = None) -> None:
    """Say why an image cannot be used; which well and time it was to be of (`named`), the plate's conclusions say too."""
    async with worker_services().database.session() as session:
        image = await session.get(ImageRow, image_id, with_for_update=True)
        if image is None or image.state != "processing":
            return
        image.state, image.failure_code, image.failure_reason = "failed", code, reason[:500]
        for column, value in (named or {}).items():
            setattr(image, column, value)
        image.version += 1
        await session.flush()
        await service.tell(session, image, "image.failed")
        await batches.prepared(session, image)


async def _take_others(image_id: uuid.UUID, file: File) -> None:
    """The other series of a file whose first one cannot be read: they are not lost with it."""
    state = worker_services()
    async with state.storage.as_file(file.storage_key, suffix_of(file.media_type)) as path:
        n_series = await state.compute.run("count_series", path=str(path))
    if not 1 < n_series <= state.settings.max_series:
        return
    async with state.database.session() as session:
        image = await session.get(ImageRow, image_id, with_for_update=True)
        if image is None or image.n_series > 1:
            return
        image.n_series = n_series
        await _add_others(session, image)
        await batches_repository.ask_again(session, image.id)


async def _add_others(session: AsyncSession, image: ImageRow) -> None:
    """Make images of the other series of a file, and have them prepared."""
    session.add_all([_sibling(image, series) for series in range(1, image.n_series)])
    await session.flush()
    await preparation.enqueue_series(session, image)
    payload: Event = {"type": "image.created", "id": str(image.id), "project_id": str(image.project_id)}
    await emit(session, f"project:{image.project_id}", payload)


async def _keep(image_id: uuid.UUID, file: File, found: DescribedImage, names: NameColumns) -> None:
    """Write what was read; twice is the same as once."""
    async with worker_services().database.session() as session:
        image = await session.get(ImageRow, image_id, with_for_update=True)
        if image is None or image.state != "processing":
            return
        for column, value in (*found["columns"].items(), *names.items()):
            setattr(image, column, value)
        image.state, image.size_bytes, image.media_type = "ready", file.size_bytes, file.media_type
        image.version += 1
        session.add_all(
            Frame(image_id=image.id, frame=number, time_s=time_s)
            for number, time_s in enumerate(found["frame_times_s"])
        )
        await session.flush()
        await service.tell(session, image, "image.ready")
        if image.series == 0 and image.n_series > 1:
            await _add_others(session, image)
        await batches.prepared(session, image)


def _sibling(image: ImageRow, series: int) -> ImageRow:
    """Another series (scene, position) of the same file, as an image of its own."""
    return ImageRow(
        project_id=image.project_id,
        file_id=image.file_id,
        uploaded_by=image.uploaded_by,
        idempotency_key=image.idempotency_key,
        idempotency_part=image.idempotency_part,
        name=image.name,
        name_key=image.name_key,
        relative_path=image.relative_path,
        series=series,
        n_series=image.n_series,
        size_bytes=image.size_bytes,
        media_type=image.media_type,
    )


@tasks.task(name="parse_names", queue=BACKGROUND, retry=_RETRY)
async def parse_names(*, project_id: str) -> None:
    """Read well, field, time and channel out of all names of a project again."""
    state = worker_services()
    last: uuid.UUID | None = None
    while True:
        async with state.database.session() as session:
            project = await session.get(Project, uuid.UUID(project_id))
            if project is None:
                return
            rows = await names_repository.names_after(session, project.id, last, _NAMES_AT_ONCE)
            pattern = project.filename_pattern
        if not rows:
            break
        names = await _read_names(uuid.UUID(project_id), [row.path for row in rows], pattern)
        read = [
            identity.with_identity(one, row.details, row.n_series, has_pattern=pattern is not None)
            for row, one in zip(rows, names, strict=True)
        ]
        async with state.database.session() as session:
            await names_repository.set_names(session, [row.id for row in rows], read)
        last = rows[-1].id
    async with state.database.session() as session:
        payload: Event = {"type": "image.changed", "id": project_id, "project_id": project_id}
        await emit(session, f"project:{project_id}", payload)


@tasks.periodic(cron="17 * * * *")
@tasks.task(name="empty_trash", queue=BACKGROUND, queueing_lock="images:empty_trash")
async def empty_trash(timestamp: int) -> None:
    """Remove for good what has lain in the trash for `trash_days`."""
    del timestamp
    state = worker_services()
    end = service.trash_end(utc_now(), state.settings.trash_days)
    while True:
        async with state.database.session() as session:
            if not await unneeded_repository.delete_old_trash(session, end):
                break
    await sweep()


@tasks.periodic(cron="43 3 * * *")
@tasks.task(name="sweep_all", queue=BACKGROUND, queueing_lock="images:sweep_all")
async def sweep_all(timestamp: int) -> None:
    """Once a day: also objects in the storage that no row knows (their request died between writing and committing)."""
    del timestamp
    await sweep()
    await remove_orphans(worker_services())


@tasks.task(name="sweep", queue=BACKGROUND, queueing_lock="images:sweep", retry=_RETRY)
async def sweep() -> None:
    """Remove files, results and uploads that no row needs any more: first the row, then the bytes."""
    state = worker_services()
    while keys := await _in_transaction(unneeded_repository.take_files):
        for file_id, key in keys:
            derived = [entry.key async for entry in state.storage.list(f"derived/{file_id}")]
            await state.storage.delete([key, *derived])
    while prefixes := await _in_transaction(unneeded_repository.take_artefacts):
        for prefix in prefixes:
            await state.storage.delete([entry.key async for entry in state.storage.list(prefix)])
    async with state.database.session() as session:
        upload_ids = await unneeded_repository.take_ended_uploads(session)
    for upload_id in upload_ids:
        await parts_of.remove_parts(state.storage, upload_id)
    # rows that went with their project or person
    await remove_orphans(state, [prefix for prefix in PREFIXES if not prefix.min_age])


async def _in_transaction(query: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async with worker_services().database.session() as session:
        return await query(session)
