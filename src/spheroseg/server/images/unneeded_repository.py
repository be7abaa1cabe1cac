"""Queries that find and delete what nobody needs any more: old trash, files, artefacts, ended uploads."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.images import File, ImageRow, Upload
from spheroseg.server.tables.results import Artefact, Result

_AT_ONCE = 500


async def delete_old_trash(session: AsyncSession, before: dt.datetime) -> int:
    """Delete some images that were put into the trash before a moment; returns how many there were."""
    old = select(ImageRow.id).where(ImageRow.deleted_at < before).limit(_AT_ONCE)
    gone = await session.execute(delete(ImageRow).where(ImageRow.id.in_(old)).returning(ImageRow.id))
    return len(gone.all())


async def take_files(session: AsyncSession) -> list[tuple[uuid.UUID, str]]:
    """Delete the rows of some files that no image has; returns id and key of each."""
    unneeded = (
        select(File.id)
        .where(~exists().where(ImageRow.file_id == File.id))
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    gone = await session.execute(delete(File).where(File.id.in_(unneeded)).returning(File.id, File.storage_key))
    return [(row.id, row.storage_key) for row in gone]


async def take_artefacts(session: AsyncSession) -> list[str]:
    """Delete the rows of some artefacts that no result has; returns where each lies in the storage."""
    unneeded = (
        select(Artefact.id)
        .where(~exists().where(Result.artefact_id == Artefact.id), ~exists().where(Result.maps_id == Artefact.id))
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    gone = await session.execute(delete(Artefact).where(Artefact.id.in_(unneeded)).returning(Artefact.storage_prefix))
    return list(gone.scalars())


async def take_ended_uploads(session: AsyncSession) -> list[uuid.UUID]:
    """Delete the rows of uploads that nobody goes on with; an image that still waits for its upload keeps it."""
    ended = await session.scalars(
        delete(Upload)
        .where(
            (Upload.expires_at < utc_now())
            & ~exists().where(ImageRow.upload_id == Upload.id, ImageRow.file_id.is_(None))
        )
        .returning(Upload.id)
    )
    return list(ended)
