"""Jobs of exports: collect what a project shows, let a child write the files, keep the archive for a week."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import procrastinate
import structlog
from numpy.typing import NDArray
from procrastinate import JobContext

from spheroseg.errors import SpheroSegError
from spheroseg.server.access.services import worker_services
from spheroseg.server.compute.bundle import ExportedFrame, pack
from spheroseg.server.compute.pool import ComputeError
from spheroseg.server.exports import repository, service
from spheroseg.server.exports.mirror import mirror as mirror_measures
from spheroseg.server.resources.away import NO_ROOM, PartFull
from spheroseg.server.resources.db import utc_now
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.resources.queue import BACKGROUND, COMPUTE
from spheroseg.server.resources.storage import Storage, StorageError, file_pieces
from spheroseg.server.results import objects_repository
from spheroseg.server.results.conditions_repository import conditions_of
from spheroseg.server.results.exclusion import ObjectExclusion
from spheroseg.server.results.exclusion_repository import exclusion_of
from spheroseg.server.tables.exports import Export
from spheroseg.server.tables.images import ImageRow
from spheroseg.server.tables.json_columns import Columns
from spheroseg.server.tables.results import ObjectRow, Result

log = structlog.get_logger()
tasks = procrastinate.Blueprint()

_ATTEMPTS = 3
_RETRY = procrastinate.RetryStrategy(
    max_attempts=_ATTEMPTS, exponential_wait=3, retry_exceptions=[ComputeError, StorageError, OSError]
)


@tasks.task(name="make", queue=COMPUTE, retry=_RETRY, pass_context=True)
async def make(context: JobContext, *, export_id: str) -> None:
    """Make an archive; a second attempt writes over the first one's."""
    state = worker_services()
    async with state.database.session() as session:
        export = await session.get(Export, uuid.UUID(export_id), with_for_update=True)
        if export is None or export.state not in {"queued", "running"}:
            return
        export.state = "running"
    try:
        with tempfile.TemporaryDirectory(prefix="spheroseg-export-") as folder:
            spool = Path(folder) / "spool"
            with spool.open("wb") as file:
                run_card = await _collect(export, file)
            archive = Path(folder) / "archive.zip"
            await state.compute.run(
                "write_archive", spool=str(spool), archive=str(archive), formats=export.formats, run_card=run_card
            )
            stored = await state.storage.put(service.archive_key(export.id), file_pieces(archive))
    except (ComputeError, StorageError, OSError) as error:
        is_full = isinstance(error, PartFull) or (isinstance(error, OSError) and error.errno in NO_ROOM)
        if context.job.attempts + 1 < _ATTEMPTS and not is_full:
            raise
        reason = (
            "The service has no room left for it" if is_full else "The export could not be made; please try again later"
        )
        await _end(export.id, "failed", reason=reason)
    except SpheroSegError as error:
        await _end(export.id, "failed", reason=getattr(error, "reason", None) or str(error))
    else:
        await _end(export.id, "done", size_bytes=stored.size_bytes)


async def _collect(export: Export, file: BinaryIO) -> JsonObject:
    """Write one bundle a frame, each after its length, and return what the run cards of all of them have in common."""
    state = worker_services()
    async with state.database.session() as session:
        frames = await repository.frames_to_export(
            session,
            export.project_id,
            export.options.get("image_ids"),
            include_excluded=bool(export.options.get("include_excluded")),
        )
        exclusion = await exclusion_of(session, export.project_id)
        conditions = await conditions_of(session, export.project_id)
    shared: JsonObject | None = None
    for row in frames:
        async with state.database.session() as session:
            found = await repository.image_and_result(session, row.image_id, row.result_id)
            if found is None:
                continue
            image, result = found
            objects = await objects_repository.objects_of(session, result)
        reasons = [_reasons(exclusion, result, one) for one in objects]
        if not export.options.get("include_excluded"):
            kept = [(one, why) for one, why in zip(objects, reasons, strict=True) if not why]
            objects, reasons = [one for one, _ in kept], [why for _, why in kept]
        card = result.run_card.plain() if result.run_card else {}
        shared = card if shared is None else {key: value for key, value in shared.items() if card.get(key) == value}
        identity = _identity(image, row.frame, row.time_s)
        review = {"review": row.review, "review_reason": row.review_reason}
        in_well = dict(conditions.of(image.plate, image.well))
        excluded = reasons if exclusion else None
        data = _bundle(image, result, objects, identity, conditions=in_well, review=review, reasons=excluded)
        file.write(len(data).to_bytes(8, "little"))
        file.write(data)
    return shared or {}


def _reasons(exclusion: ObjectExclusion | None, result: Result, one: ObjectRow) -> str:
    """Why the project leaves an object out, with semicolons."""
    if exclusion is None:
        return ""
    values = dict(zip((column["name"] for column in result.measure_columns), one.measures, strict=False))
    values["confidence"] = one.confidence
    return ";".join(exclusion.reasons(values.get, one.flags))


def _bundle(
    image: ImageRow,
    result: Result,
    objects: list[ObjectRow],
    identity: Columns,
    *,
    conditions: Columns,
    review: dict[str, str | None],
    reasons: list[str] | None,
) -> bytes:
    folder = f"{image.relative_path}/" if image.relative_path else ""
    stem, dot, suffix = image.name.rpartition(".")
    series = f"_s{image.series}" if image.n_series > 1 else ""
    frame = f"_t{result.frame:04d}" if image.n_frames > 1 else ""
    name = f"{stem}{series}{frame}.{suffix}" if dot else f"{image.name}{series}{frame}"
    card = result.run_card
    assert image.width is not None, "what has outlines was read"
    assert image.height is not None, "what has outlines was read"
    about: ExportedFrame = {
        "name": folder + name,
        "width": image.width,
        "height": image.height,
        "pixel_size_um": None if card is None else card.pixel_size_um,
        "identity": identity,
        "conditions": conditions,
        "metadata": {
            "series": image.series,
            "series_name": image.series_name,
            "plate": image.plate,
            "well": image.well,
            "field": image.field,
            "channel": image.channel,
            "time_s": image.known_time_s,
            "frame": result.frame,
            "region": None if card is None else card.region,
            "model": None if card is None else card.model.name,
            "is_edited": result.edited_at is not None,
            **conditions,
            **review,
        },
        "run_card": {} if card is None else card.plain(),
        "columns": result.measure_columns,
        "class_names": [one.class_name for one in objects],
        "flags": [one.flags for one in objects],
        "sources": [one.source for one in objects],
        "excluded": reasons,
    }
    measures = np.full((len(objects), len(result.measure_columns)), np.nan)
    for row, one in zip(measures, objects, strict=True):  # what waits to be measured again may have none
        row[: len(one.measures)] = one.measures
    arrays: dict[str, NDArray[Any]] = {
        "number": np.array([one.number for one in objects], dtype=np.int64),
        "length": np.array([len(one.polygons) for one in objects], dtype=np.int64),
        "polygons": np.frombuffer(b"".join(one.polygons for one in objects), dtype=np.uint8),
        "confidence": np.array([np.nan if one.confidence is None else one.confidence for one in objects]),
        "measures": measures,
    }
    return pack(about, arrays)


def _identity(image: ImageRow, frame: int, time_s: float | None) -> Columns:
    """Where the objects of a frame are from, in columns called as `spheroseg segment` calls them; only what is known."""
    known: Columns = {
        "plate": image.plate or None,
        "well": image.well or None,
        "row": image.well_row if image.well else None,
        "column": image.well_column if image.well else None,
        "field": image.field,
        "channel": image.channel or None,
        "time_h": None if image.known_time_s is None else image.known_time_s / 3600,
        "series": image.series if image.n_series > 1 else None,
        "frame": frame if image.n_frames > 1 else None,
        "frame_time_s": time_s if image.n_frames > 1 else None,
    }
    return {name: value for name, value in known.items() if value is not None}


async def _end(export_id: uuid.UUID, state: str, *, reason: str | None = None, size_bytes: int | None = None) -> None:
    async with worker_services().database.session() as session:
        export = await session.get(Export, export_id, with_for_update=True)
        if export is None:
            return
        export.state, export.error_reason, export.size_bytes = state, reason, size_bytes
        export.storage_key = service.archive_key(export_id) if state == "done" else None
        export.finished_at = utc_now()
        await session.flush()
        await service.tell(session, export)


@tasks.periodic(cron="23 * * * *")
@tasks.task(name="remove_old", queue=BACKGROUND, queueing_lock="exports:remove_old")
async def remove_old(timestamp: int) -> None:
    """Remove archives after a week."""
    del timestamp
    state = worker_services()
    async with state.database.session() as session:
        export_ids = await repository.delete_expired(session)
    await state.storage.delete([service.archive_key(export_id) for export_id in export_ids])


@tasks.periodic(cron="*/10 * * * *")
@tasks.task(name="mirror", queue=BACKGROUND, queueing_lock="exports:mirror", lock="exports:mirror")
async def mirror(timestamp: int) -> None:
    """Bring the Parquet mirror up to date, where one is set."""
    del timestamp
    state = worker_services()
    if state.settings.mirror_url is None:
        return
    n_written, n_removed = await mirror_measures(
        state.database, Storage.open(state.settings.mirror_url.get_secret_value())
    )
    if n_written or n_removed:
        log.info("mirrored", n_written=n_written, n_removed=n_removed)
