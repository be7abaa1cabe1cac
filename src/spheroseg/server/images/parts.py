"""The parts of a resumable upload in the storage."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

from spheroseg.server.resources.storage import PIECE_BYTES, Storage
from spheroseg.server.tables.images import Upload

PART_BYTES = PIECE_BYTES


def part_key(upload_id: uuid.UUID, offset: int) -> str:
    """Where the part that begins at an offset lies; keys sort like offsets."""
    return f"uploads/{upload_id}/{offset:016d}"


async def parts(storage: Storage, upload: Upload) -> list[tuple[str, int]]:
    """(key, size in bytes) of the counted parts, in order; they cover the upload without a gap."""
    entries = sorted([(entry.key, entry.size_bytes) async for entry in storage.list(f"uploads/{upload.id}")])
    chosen: list[tuple[str, int]] = []
    position = 0
    for key, size_bytes in entries:
        # a part that was written and never counted may lie beyond, or under what was sent again
        if int(key.rsplit("/", 1)[1]) == position and position + size_bytes <= upload.length:
            chosen.append((key, size_bytes))
            position += size_bytes
    return chosen if position == upload.length else []


async def pieces(storage: Storage, keys: list[str]) -> AsyncIterator[bytes]:
    """The bytes of parts, one after the other."""
    for key in keys:
        async for piece in storage.stream(key):
            yield piece


async def remove_parts(storage: Storage, upload_id: uuid.UUID) -> None:
    """Remove what lies in the storage of an upload."""
    await storage.delete([entry.key async for entry in storage.list(f"uploads/{upload_id}")])
