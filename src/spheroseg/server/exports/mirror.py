"""The measures of all projects as Parquet in a folder or a bucket, for DuckDB, ClickHouse and their like.

    objects/<project id>/<day>.parquet    one row an object that the project shows; the day is that of the result (UTC)
    state.json                            what each file was made of, so that only what changed is written again

Files are replaced whole, so that a reader sees the old or the new one. What is deleted or thrown away leaves its file at the
next round; an image that is excluded says so in `review`, an object that the project leaves out says why in `excluded`. All files of a project have the same columns once it is written anew.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spheroseg.server.exports import mirror_repository
from spheroseg.server.exports.mirror_repository import Part
from spheroseg.server.resources.db import Database
from spheroseg.server.resources.storage import ObjectMissing, Storage, file_pieces

if TYPE_CHECKING:
    import pyarrow as pa

_STATE = "state.json"
_RESULTS_AT_ONCE = 200


async def mirror(database: Database, storage: Storage) -> tuple[int, int]:
    """Bring the mirror up to date.

    Args:
        database: of the service.
        storage: of the mirror alone.

    Returns:
        How many files were written and removed.
    """
    try:
        state: dict[str, str] = json.loads(await storage.get(_STATE))
    except (ObjectMissing, ValueError):  # the first time, or damaged: everything is written anew
        state = {}
    async with database.session() as session:  # a reader's would go by index, and this looks at every result once
        parts = await mirror_repository.parts(session)
    wanted = {part.key: part for part in parts}
    gone = [key for key in state if key not in wanted]
    await storage.delete(gone)
    for key in gone:
        del state[key]
    changed = [part for part in parts if state.get(part.key) != part.mark]
    for part in changed:
        await _write(database, storage, part)
        state[part.key] = part.mark
    if changed or gone:
        # last: whatever is written and not in it is written again
        await storage.put(_STATE, json.dumps(state, sort_keys=True).encode())
    return len(changed), len(gone)


async def _write(database: Database, storage: Storage, part: Part) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415 -- only a worker with a mirror needs it

    async with database.reading_sessions() as session:
        names = await mirror_repository.measure_names(session, part.project_id)
    schema = _schema(names)
    with tempfile.TemporaryDirectory(prefix="spheroseg-mirror-") as folder:
        path = Path(folder) / "part.parquet"
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            after = uuid.UUID(int=0)
            while True:
                async with database.reading_sessions() as session:
                    ids = await mirror_repository.results_of(session, part, after, _RESULTS_AT_ONCE)
                    rows = await mirror_repository.objects_of(session, part.project_id, ids) if ids else []
                if not ids:
                    break
                after = ids[-1]
                if rows:
                    await asyncio.to_thread(writer.write_table, _table(rows, names, schema))
        await storage.put(part.key, file_pieces(path))


def _schema(names: Sequence[str]) -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415 -- see above

    kinds = {
        "text": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
    }
    identity = [(name, kinds[kind]) for name, kind in mirror_repository.IDENTITY]
    return pa.schema([*identity, *((name, pa.float64()) for name in names)])


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 -- see above

    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name, _ in mirror_repository.IDENTITY}
    columns |= {name: [row["measures"].get(name) for row in rows] for name in names}
    return pa.table(columns, schema=schema)
