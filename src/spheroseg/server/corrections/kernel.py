"""Outlines checked and measured by a compute child, by the kernel that measures runs."""

from __future__ import annotations

from spheroseg.imaging.kinds import suffix_of
from spheroseg.server.access.services import Services
from spheroseg.server.compute.requests import FrameJob, ObjectInput
from spheroseg.server.tables.images import File
from spheroseg.server.tables.json_columns import MeasureColumn, MeasuredObject


async def measure_objects(
    state: Services, file: File, job: FrameJob, objects: list[ObjectInput], wanted: list[int]
) -> tuple[list[MeasuredObject], list[MeasureColumn]]:
    """What `compute.segment.measure_objects` says; the file is fetched only where the child does not hold the image.

    Raises:
        GeometryError: an outline crosses itself, leaves the image or has no area.
    """
    arguments = {"file_key": str(file.id), "job": job, "objects": objects, "wanted": wanted}
    answer = await state.compute.run("measure_objects", path=None, **arguments)
    if answer is None:
        async with state.storage.as_file(file.storage_key, suffix_of(file.media_type)) as path:
            answer = await state.compute.run("measure_objects", path=str(path), **arguments)
    found, columns = answer
    return found, columns
