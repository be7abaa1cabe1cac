"""Everything is measured again when what it is measured with changes: the pixel size, or what counts as the object.

Outlines are stored in pixels, so nothing else has to be done again. The change marks the results (`is_measuring`) in its own
transaction and has an entry in the log; durable jobs measure them, one result a transaction.
"""

from __future__ import annotations

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.services import Services
from spheroseg.server.compute.carried import carried_measures
from spheroseg.server.compute.measures import as_measures, as_row
from spheroseg.server.compute.requests import ObjectInput
from spheroseg.server.corrections import kernel
from spheroseg.server.corrections.places import place_now
from spheroseg.server.corrections.steps import Place
from spheroseg.server.images.pixel_size import of_run_card
from spheroseg.server.resources.db import utc_now
from spheroseg.server.resources.emit import emit_all
from spheroseg.server.resources.event import Event
from spheroseg.server.resources.queue import driver_connection
from spheroseg.server.results import frame_sizes_repository, objects_repository, stored_objects
from spheroseg.server.results import repository as result_rows
from spheroseg.server.tables.json_columns import MeasureColumn
from spheroseg.server.tables.results import ObjectRow, Result
from spheroseg.server.tables.states import State

_ATTEMPTS = 5
"""So often somebody may edit while the objects are measured; then another job takes the result."""


async def measure_again(state: Services, result_id: uuid.UUID) -> bool:
    """Measure all objects of a result with what counts now; False when somebody edited it each time meanwhile.

    Raises:
        SpheroSegError, ComputeError, StorageError: the image cannot be read.
    """
    for _ in range(_ATTEMPTS):
        async with state.database.reading_sessions() as session:
            result = await session.get(Result, result_id)
            if result is None or not result.is_measuring or result.state != State.DONE:
                return True
            place = await place_now(session, result)
            rows = await objects_repository.objects_of(session, result)
        old = of_run_card(result.run_card)
        columns, values = await _measured(state, place, rows, None if old is None else old.yx)
        if await _written(state, place, result_id, rows, columns, values):
            return True
    return False


async def _measured(
    state: Services, place: Place, rows: list[ObjectRow], old_um: tuple[float, float] | None
) -> tuple[list[MeasureColumn], dict[int, list[float | None]]]:
    """The columns, and the values of each object in their order."""
    if not rows:
        return [], {}  # the first one that is drawn says what is measured
    objects = [ObjectInput(row.number, row.class_name, None, row.polygons) for row in rows]
    found, columns = await kernel.measure_objects(state, place.file, place.job, objects, [row.number for row in rows])
    known = [column["name"] for column in columns]
    carried = {
        row.number: carried_measures(as_measures(row.measures, place.columns), known, old_um, place.job.pixel_size_um)
        for row in rows
    }
    kinds = {column["name"]: column for column in place.columns}
    for name in dict.fromkeys(name for one in carried.values() for name in one):
        column: MeasureColumn = kinds[name].copy() if name in kinds else {"name": name, "kind": "number"}
        columns.append(column)
    values = {one["number"]: as_row(one["measures"] | carried[one["number"]], columns) for one in found}
    return columns, values


async def _written(
    state: Services,
    place: Place,
    result_id: uuid.UUID,
    rows: list[ObjectRow],
    columns: list[MeasureColumn],
    values: dict[int, list[float | None]],
) -> bool:
    """Write what was measured if nobody edited the result or changed the scale meanwhile."""
    async with state.database.session() as session:
        result = await result_rows.get_result(session, result_id, for_update=True)
        now = await place_now(session, result)
        if result.version != place.version or now.job != place.job:
            return False
        moment = utc_now()
        if rows:
            await objects_repository.remove_objects(session, result, [row.number for row in rows])
            objects = [stored_objects.to_stored(row) for row in rows]
            for one in objects:
                one["measures"] = values[one["number"]]
            written = [stored_objects.as_row(result, one, moment) for one in objects]
            await objects_repository.add_objects(await driver_connection(session), written)
        result.measure_columns = columns
        if result.run_card is not None:
            result.run_card = result.run_card.stating(
                pixel_size_um=place.job.pixel_size_um,
                measured_at=moment.isoformat(timespec="seconds"),
                **place.job.measured_as,
            )
        result.is_measuring, result.measured_at = False, moment
        result.version += 1
        await frame_sizes_repository.sum_up(session, [result.id], [column["name"] for column in columns])
        await _tell(session, result)
    return True


async def _tell(session: AsyncSession, result: Result) -> None:
    payload: Event = {
        "type": "objects.edited",
        "kind": "measure",
        "id": str(result.id),
        "image_id": str(result.image_id),
        "project_id": str(result.project_id),
        "version": result.version,
        "sequence": result.head,
        "author_id": None,
        "numbers": None,
    }
    topics = (f"image:{result.image_id}", f"project:{result.project_id}")
    await emit_all(session, [(topic, payload) for topic in topics])
