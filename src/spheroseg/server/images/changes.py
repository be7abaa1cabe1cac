"""Corrections of what is known about images: one, a selection, or all of a project."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.images import changes_repository, remeasuring, repository
from spheroseg.server.images.schemas import ImageChange, SharedChange
from spheroseg.server.images.service import split_name, tell
from spheroseg.server.resources.emit import emit
from spheroseg.server.resources.event import Event
from spheroseg.server.tables.images import ImageRow
from spheroseg.server.tables.sort_keys import NO_TIME_S

_SIDES = {"pixel_size_x_um": "pixel_size_y_um", "pixel_size_y_um": "pixel_size_x_um"}


async def change(session: AsyncSession, actor: Actor, image: ImageRow, wanted: ImageChange) -> ImageRow:
    """Correct what is known about an image."""
    given = _columns(wanted)
    if given.keys() & _SIDES.keys():
        for side, other in _SIDES.items():  # pixels are square where nothing says otherwise
            if given.get(side) is not None and other not in given and getattr(image, other) is None:
                given[other] = given[side]
    if len(given.get("channel_names", ())) != image.n_channels:
        given.pop("channel_names", None)  # names of another kind of image
    is_resized = any(getattr(image, side) != given[side] for side in given.keys() & _SIDES.keys())
    for name, value in given.items():
        setattr(image, name, value)
    image.version += 1
    await session.flush()
    if "time_step_s" in given:
        await changes_repository.set_times(session, [image.id], given["time_step_s"])
    details: dict[str, object] = {"fields": sorted(wanted.model_fields_set)}
    if is_resized:
        details["n_measured_again"] = await remeasuring.measure_again(session, image.project_id, [image.id])
    await record(
        session, actor, "image.change", subject_type="image", subject_id=image.id, project_id=image.project_id,
        details=details,
    )  # fmt: skip
    await tell(session, image, "image.changed")
    return image


async def change_many(
    session: AsyncSession,
    actor: Actor,
    project_id: uuid.UUID,
    image_ids: Sequence[uuid.UUID] | None,
    wanted: SharedChange,
) -> int:
    """Correct the same about many images; those in the trash or in other projects are left alone.

    Names of channels are kept by images with so many channels.

    Args:
        session: the transaction.
        actor: who does it.
        project_id: of the images.
        image_ids: None for all.
        wanted: what is known now.

    Returns:
        How many images were changed.
    """
    given = _columns(wanted)
    if given.keys() & _SIDES.keys():
        for side, other in _SIDES.items():
            given.setdefault(other, given.get(side))
    names = given.pop("channel_names", None)
    resized = (
        await changes_repository.of_other_size(session, project_id, image_ids, given)
        if _SIDES.keys() <= given.keys()
        else []
    )
    changed = await changes_repository.set_columns(session, project_id, image_ids, given)
    if names is not None:
        await changes_repository.set_channel_names(session, changed, names)
    if "time_step_s" in given:
        await changes_repository.set_times(session, changed, given["time_step_s"])
    if not changed:
        return 0
    details: dict[str, object] = {"fields": sorted(wanted.model_fields_set), "n_images": len(changed)}
    if resized:
        details["n_measured_again"] = await remeasuring.measure_again(session, project_id, resized)
    await record(
        session, actor, "image.change", subject_type="project", subject_id=project_id, project_id=project_id,
        details=details,
    )  # fmt: skip
    payload: Event = {
        "type": "image.changed",
        "id": str(project_id),
        "project_id": str(project_id),
        "n_images": len(changed),
    }
    await emit(session, f"project:{project_id}", payload)
    return len(changed)


def _columns(wanted: SharedChange) -> dict[str, Any]:
    """What is given, by the columns of `images`."""
    given = wanted.model_dump(exclude_unset=True)
    if "time_s" in given and given["time_s"] is None:
        given["time_s"] = NO_TIME_S
    for name in ("plate", "well", "channel"):
        if name in given and given[name] is None:
            given[name] = ""
    for name in ("name", "display_ranges", "channel_names"):
        if given.get(name, "") is None:
            del given[name]
    if "name" in given:
        given["name"] = split_name(given["name"])[0]
        given["name_key"] = given["name"].lower()
    if "well" in given:
        given["well"] = given["well"].upper()
        given["well_row"], given["well_column"] = repository.well_place(given["well"])
    if given.keys() & _SIDES.keys():
        given["pixel_size_source"] = "user"
    return given
