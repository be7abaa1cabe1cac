"""Outlines that another program made, as a new version of a frame: measured here, shown as a run's would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.errors import SpheroSegError
from spheroseg.server.access.actor import Actor
from spheroseg.server.access.services import Services
from spheroseg.server.compute.pool import ComputeError
from spheroseg.server.compute.requests import ObjectInput
from spheroseg.server.corrections import manual
from spheroseg.server.corrections import service as edits
from spheroseg.server.corrections.errors import UnusableOutlines
from spheroseg.server.images import service as images
from spheroseg.server.resources.db import commit_early
from spheroseg.server.tables.images import ImageRow
from spheroseg.server.tables.results import Result

IMPORTED: Final = "imported"
"""Name of the "model" of versions that came from a file, and source of their objects."""

MAX_FILE_BYTES = 64 * 2**20
MAX_BODY_BYTES = MAX_FILE_BYTES + 2**20


@dataclass(frozen=True, slots=True)
class SentOutlines:
    """A file of outlines as it came: its name, whose ending says the format, and its content."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made: the version, whether its frame shows it, and what was repaired or left out, in words."""

    result: Result
    is_shown: bool
    notes: list[str]


async def import_outlines(
    session: AsyncSession, state: Services, actor: Actor, image: ImageRow, number: int, sent: SentOutlines
) -> Imported:
    """A version of a frame with the outlines of a file; what a person drew stays, and stays shown.

    Raises:
        NotFound: there is no such frame.
        ImageNotReady: the image is still being prepared.
        UnusableOutlines: the file's outlines cannot be read, or are of an image of another size.
    """
    await images.ready_file(session, image)
    await manual.require_frame(session, image, number)
    run, result = await manual.blank(session, actor, image, number, None, None)
    run.kind = run.model_name = IMPORTED
    result.edited_at = None  # a later run may be shown instead
    assert result.run_card is not None, "it was begun with one"
    result.run_card = result.run_card.stating(
        imported_from=sent.name, model=result.run_card.model.model_copy(update={"name": IMPORTED})
    )
    place = await manual.place_of_version(session, image, run, result)
    shape = (image.height, image.width)
    await commit_early(session)  # no transaction waits for pixels
    try:
        found, notes = await state.compute.run(
            "read_outlines", data=sent.data, file_name=sent.name, image_name=image.name, shape=shape
        )
    except ComputeError:
        raise
    except SpheroSegError as error:
        raise UnusableOutlines(str(error)) from error
    objects = [ObjectInput(one, class_name, None, polygons) for one, class_name, _, polygons in found]
    made, columns = await edits.measured(state, actor, place, objects, [one.number for one in objects])
    confidences = {one: confidence for one, _, confidence, _ in found}
    for stored in made:
        stored["source"], stored["confidence"] = IMPORTED, confidences[stored["number"]]
    await manual.write_version(session, actor, run, result, (made, columns), only_if_unedited=True)
    frame = await manual.require_frame(session, image, number)
    return Imported(result, frame.result_id == result.id, notes)
