"""What can be done with files that are uploaded together: wait for them, understand them, add what they are, give them up."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.roles import require
from spheroseg.server.http.errors import Conflict, NotFound
from spheroseg.server.images.errors import BadUpload
from spheroseg.server.resources.db import utc_now
from spheroseg.server.resources.emit import emit
from spheroseg.server.resources.event import Event
from spheroseg.server.resources.queue import BACKGROUND, enqueue
from spheroseg.server.sets import repository
from spheroseg.server.sets.schemas import SetOut, SetRequest
from spheroseg.server.tables.images import Upload, UploadSet

LIFETIME = dt.timedelta(hours=48)
"""A set that nobody adds is removed so long after something of it arrived or was read."""


async def announce(session: AsyncSession, actor: Actor, project_id: uuid.UUID, wanted: SetRequest) -> UploadSet:
    """Make a set for files that are going to come."""
    made = UploadSet(
        project_id=project_id,
        user_id=actor.user_id,
        name=wanted.name or "",
        n_files=wanted.n_files,
        expires_at=utc_now() + LIFETIME,
    )
    session.add(made)
    await session.flush()
    return made


async def require_set(session: AsyncSession, actor: Actor, set_id: uuid.UUID) -> UploadSet:
    """A set of the actor's own, which nobody else changes until the transaction ends.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Forbidden: the actor may only look at the project by now.
    """
    found = await repository.locked(session, set_id)
    if found is None or found.user_id != actor.user_id:
        raise NotFound
    await require(session, actor, found.project_id, "editor")
    return found


async def check_open(
    session: AsyncSession, actor: Actor, project_id: uuid.UUID, set_id: uuid.UUID, file: tuple[str, str, int]
) -> Upload | None:
    """Refuse a file (folder, name, bytes) for a set that is not the actor's, not of this project, or not waiting for files.

    Returns:
        None; where the set has all its files, the upload that is sent again because its answer was lost.

    Raises:
        BadUpload: it is one of these.
    """
    found = await session.get(UploadSet, set_id)
    if found is None or found.project_id != project_id or found.user_id != actor.user_id:
        raise BadUpload("there is no such set in this project")
    if found.state == "arriving":
        return None
    before = await repository.find_arrived(session, set_id, *file)
    if before is None:
        raise BadUpload("the set waits for no more files")
    return before


async def arrived(session: AsyncSession, set_id: uuid.UUID) -> None:
    """Say that a file of a set is here; the last one has them read."""
    found = await repository.locked(session, set_id)
    if found is None or found.state != "arriving":
        return
    found.expires_at = utc_now() + LIFETIME
    if await repository.count_arrived(session, set_id) >= found.n_files:
        await read_again(session, found)


async def read_again(session: AsyncSession, found: UploadSet) -> None:
    """Have the files that are here read: all of a set, or what came of one whose other files will not come.

    Raises:
        Conflict: images are being made of it, or nothing of it is here.
    """
    if found.state in {"adding", "added"}:
        raise Conflict("Images are being made of these files already")
    if not await repository.count_arrived(session, found.id):
        raise Conflict("None of these files is here")
    found.state, found.reason, found.expires_at = "reading", None, utc_now() + LIFETIME
    await repository.keep_longer(session, found.id, found.expires_at)
    await enqueue(session, "sets:read", queue=BACKGROUND, set_id=str(found.id))
    await tell(session, found)


async def add(session: AsyncSession, found: UploadSet) -> None:
    """Have images made of a set as it was understood.

    Raises:
        Conflict: it is not understood yet, or there is no image in it.
    """
    if found.state == "adding":
        return
    if found.state != "understood":
        raise Conflict("These files are not read yet")
    if found.found.get("n_images", 0) - found.found.get("n_unreadable", 0) < 1:
        raise Conflict("There is no image among these files")
    found.state, found.expires_at = "adding", utc_now() + LIFETIME
    await repository.keep_longer(session, found.id, found.expires_at)
    await enqueue(session, "sets:add", queue=BACKGROUND, set_id=str(found.id))
    await tell(session, found)


async def tell(session: AsyncSession, found: UploadSet) -> None:
    """Send an event to those who look at the project."""
    payload: Event = {
        "type": "set.changed",
        "id": str(found.id),
        "project_id": str(found.project_id),
        "state": found.state,
    }
    await emit(session, f"project:{found.project_id}", payload)


async def set_out(session: AsyncSession, found: UploadSet) -> SetOut:
    """A set with how far it is."""
    await session.flush()
    n_arrived = await repository.count_arrived(session, found.id) if found.state != "added" else found.n_files
    return SetOut.model_validate(
        {name: getattr(found, name) for name in SetOut.model_fields if name != "n_arrived"} | {"n_arrived": n_arrived}
    )
