"""Objects in the storage that no row knows: what is left when a request dies, or rows go with their owner."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from spheroseg.server.access.services import Services
from spheroseg.server.images import orphans_repository as repository
from spheroseg.server.resources.db import utc_now
from spheroseg.server.resources.storage import Entry
from spheroseg.server.tables.exports import Export
from spheroseg.server.tables.images import File, Upload
from spheroseg.server.tables.results import Artefact

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Prefix:
    """A folder of the storage, and the table whose rows its objects belong to.

    Attributes:
        name: `<name>/<id>` or `<name>/<id>/…` or `<name>/<id>.<ending>` are its keys.
        table: of the rows with these ids.
        min_age: an object may be written before its row is committed; this old it is an orphan without one.
    """

    name: str
    table: type[File | Upload | Artefact | Export]
    min_age: dt.timedelta


_A_DAY = dt.timedelta(hours=24)
PREFIXES: tuple[Prefix, ...] = (
    Prefix("files", File, _A_DAY),
    Prefix("derived", File, _A_DAY),
    Prefix("artefacts", Artefact, _A_DAY),
    # their rows are committed before anything is written
    Prefix("uploads", Upload, dt.timedelta(0)),
    Prefix("exports", Export, dt.timedelta(0)),
)


async def remove_orphans(state: Services, prefixes: Sequence[Prefix] = PREFIXES) -> int:
    """Remove objects without a row; returns how many there were."""
    count = 0
    for prefix in prefixes:
        newest = utc_now() - prefix.min_age
        batch: list[Entry] = []
        async for entry in state.storage.list(prefix.name):
            if entry.modified_at <= newest:
                batch.append(entry)
            if len(batch) == _AT_ONCE:
                count += await _remove(state, prefix, batch)
                batch = []
        count += await _remove(state, prefix, batch)
    return count


async def _remove(state: Services, prefix: Prefix, entries: Sequence[Entry]) -> int:
    owners = {entry.key: _owner(entry.key) for entry in entries}
    async with state.database.session() as session:
        known = await repository.known_owners(session, prefix.table, {each for each in owners.values() if each})
    gone = [key for key, owner in owners.items() if owner not in known]
    await state.storage.delete(gone)
    return len(gone)


def _owner(key: str) -> uuid.UUID | None:
    """The id in a key; None where there is none, which no row can know."""
    try:
        return uuid.UUID(key.split("/")[1].split(".", maxsplit=1)[0])
    except ValueError:
        return None
