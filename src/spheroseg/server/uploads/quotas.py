"""How much a person and a project may have, and what has to stay free on the disk."""

from __future__ import annotations

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.services import Services
from spheroseg.server.http.errors import StorageFull
from spheroseg.server.uploads import repository
from spheroseg.server.uploads.errors import QuotaExceeded, TooManyUploads


async def check_room(
    session: AsyncSession,
    state: Services,
    actor: Actor,
    project_id: uuid.UUID,
    *,
    n_bytes: int,
    n_images: int = 1,
    n_uploads: int = 0,
) -> None:
    """Whether there is room for what somebody wants to upload; bytes that were announced and did not come yet count too.

    One question at a time for a person, until the transaction ends, so that many at once do not all see the same room.

    Args:
        session: the transaction that adds what there is room for.
        state: parts of the process.
        actor: who uploads.
        project_id: where to.
        n_bytes: of all files.
        n_images: how many there are at least.
        n_uploads: resumable uploads that begin with this.

    Raises:
        TooManyUploads: the person has too many open.
        QuotaExceeded: the person or the project would have more than the settings allow.
        StorageFull: less would be free on the disk than has to stay so.
    """
    settings = state.settings
    usage = await repository.usage(session, actor.user_id, project_id)
    if usage.n_open_uploads + n_uploads > settings.max_open_uploads:
        raise TooManyUploads(
            f"There are {usage.n_open_uploads} open uploads; at most {settings.max_open_uploads} may be"
        )
    if usage.person_bytes + n_bytes > settings.max_person_bytes:
        raise QuotaExceeded(_sentence("You have", usage.person_bytes, settings.max_person_bytes, n_bytes))
    if usage.project_bytes + n_bytes > settings.max_project_bytes:
        raise QuotaExceeded(_sentence("The project has", usage.project_bytes, settings.max_project_bytes, n_bytes))
    if usage.n_project_images + n_images > settings.max_project_images:
        raise QuotaExceeded(
            f"The project has {usage.n_project_images:,} images; at most {settings.max_project_images:,} may be in one"
        )
    check_disk(state, n_bytes + await repository.announced_bytes(session))


def check_disk(state: Services, n_bytes: int) -> None:
    """Whether the disk has room for so many bytes more; a bucket always has.

    Raises:
        StorageFull: it has not.
    """
    free = state.storage.free_bytes()
    if free is not None and free - n_bytes < state.settings.min_free_bytes:
        raise StorageFull(
            f"{_size(free)} are free, of which {_size(state.settings.min_free_bytes)} are kept, and {_size(n_bytes)} are"
            " needed; ask the administrator of this service for room"
        )


def _sentence(who: str, used: int, allowed: int, wanted: int) -> str:
    return f"{who} {_size(used)} of {_size(allowed)}; {_size(wanted)} more do not fit. What is in the trash counts too"


def _size(n_bytes: int) -> str:
    value = float(n_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
