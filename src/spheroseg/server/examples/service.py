"""Makes the example project: rendered by compute children, taken in like an upload, whose run begins by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.services import Services
from spheroseg.server.analysis.schemas import LayoutInput
from spheroseg.server.analysis.service import keep_layout
from spheroseg.server.batches.schemas import BatchRequest, WantedRun
from spheroseg.server.batches.service import announce
from spheroseg.server.examples.schemas import ExampleInput
from spheroseg.server.http.etag import etag
from spheroseg.server.images import batches
from spheroseg.server.images.service import Sent, store, take_in
from spheroseg.server.projects import service as projects
from spheroseg.server.projects.schemas import ProjectInput, ProjectOut
from spheroseg.server.resources.db import commit_early, new_id
from spheroseg.server.uploads.quotas import check_room

_IMAGES = 352
"""How many there are going to be: whoever has no room for them is told before anything is drawn."""
_ROWS = "ABCDEFGH"
"""A row of the plate is drawn at a time, so that other calls come in between."""


async def create_example(session: AsyncSession, state: Services, actor: Actor, wanted: ExampleInput) -> ProjectOut:
    """A project of its own for the actor, with images and layout.

    Raises:
        QuotaExceeded: the actor has no room for it.
        StorageFull: the disk has none.
    """
    await check_room(session, state, actor, new_id(), n_bytes=0, n_images=_IMAGES)
    await commit_early(session)  # no connection is held while children draw
    rendered, layout = await asyncio.gather(
        asyncio.gather(*(state.compute.run("render_example", row=row) for row in _ROWS)),
        state.compute.run("example_layout"),
    )
    sent: list[Sent] = []
    unneeded: list[str] = []
    try:
        for name, content in (each for row in rendered for each in row):
            file = await store(state.storage, _whole(content), len(content))
            unneeded.append(file.storage_key)
            sent.append(Sent(file, name, len(sent)))
        project = await projects.create_project(
            session, actor, ProjectInput(name=wanted.name, description=wanted.description)
        )
        n_bytes = sum(one.file.size_bytes for one in sent)
        await check_room(session, state, actor, project.id, n_bytes=n_bytes, n_images=len(sent))
        await keep_layout(session, state, actor, project.id, LayoutInput.model_validate({"wells": layout}), etag(0))
        taken = await take_in(session, actor, project.id, sent)
        batch = await announce(session, actor, project.id, BatchRequest(n_files=len(sent), run=WantedRun()))
        await batches.arrived(session, batch.id, {one.place: what.image for one, what in zip(sent, taken, strict=True)})
        await commit_early(session)  # before bytes that another project has too are removed
        unneeded = [one.file.storage_key for one, what in zip(sent, taken, strict=True) if not what.is_needed]
    finally:
        with contextlib.suppress(Exception):  # what cannot be removed now is swept later
            await state.storage.delete(unneeded)
    return project


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
