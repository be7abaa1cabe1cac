"""Queries of the mirror: which parts there are and what is in them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.results.exclusion_repository import exclusion_of
from spheroseg.server.tables.sort_keys import NO_TIME_S

IDENTITY: tuple[tuple[str, str], ...] = (
    ("project_id", "text"), ("project", "text"), ("image_id", "text"), ("image", "text"), ("folder", "text"), ("series", "int"),
    ("frame", "int"), ("plate", "text"), ("well", "text"), ("field", "int"), ("channel", "text"), ("time_s", "float"),
    ("run_id", "text"), ("result_id", "text"), ("version", "int"), ("model", "text"), ("region", "text"), ("review", "text"),
    ("is_edited", "bool"), ("number", "int"), ("class_name", "text"), ("source", "text"), ("confidence", "float"), ("flags", "text"),
    ("excluded", "text"),
    ("updated_at", "time"),
)  # fmt: skip
"""Columns before the measures, and their kinds."""


@dataclass(frozen=True)
class Part:
    """The results of one day that a project shows.

    Attributes:
        mark: differs when any of them, its image or its review changed.
    """

    project_id: uuid.UUID
    day: dt.date
    mark: str

    @property
    def key(self) -> str:
        """Where it is stored."""
        return f"objects/{self.project_id}/{self.day.isoformat()}.parquet"


_FROM = """
    FROM frames f JOIN images i ON i.id = f.image_id JOIN results r ON r.id = f.result_id JOIN projects p ON p.id = r.project_id
"""
_SHOWN = "WHERE i.deleted_at IS NULL AND p.deleted_at IS NULL AND r.state = 'done'"
_PARTS = text(f"""
    SELECT r.project_id, (r.created_at AT TIME ZONE 'UTC')::date AS day,
        count(*) || '/' || sum(hashtextextended(concat_ws('/', r.id, r.changed, i.changed, f.review, p.name, p.exclusion), 0)::numeric) AS mark
    {_FROM} {_SHOWN} GROUP BY 1, 2 ORDER BY 1, 2
""")
_RESULTS = text(f"""
    SELECT r.id {_FROM} {_SHOWN} AND r.project_id = :project_id AND (r.created_at AT TIME ZONE 'UTC')::date = :day AND r.id > :after
    ORDER BY r.id LIMIT :limit
""")
_OBJECTS = text(f"""
    SELECT o.project_id::text, p.name AS project, i.id::text AS image_id, i.name AS image, i.relative_path AS folder, i.series, f.frame,
        i.plate, i.well, i.field, i.channel, nullif(i.time_s, {NO_TIME_S}) AS time_s, r.run_id::text, r.id::text AS result_id, r.version,
        r.run_card->'model'->>'name' AS model, r.run_card->>'region' AS region, f.review, r.edited_at IS NOT NULL AS is_edited,
        o.number, o.class_name, o.source, o.confidence, o.flags, o.updated_at,
        o.measures, r.measure_columns
    {_FROM} JOIN objects o ON o.project_id = r.project_id AND o.result_id = r.id
    {_SHOWN} AND r.project_id = :project_id AND r.id = ANY(:ids)
    ORDER BY r.id, o.number
""")
_NAMES = text("""
    SELECT DISTINCT one->>'name' AS name FROM (SELECT DISTINCT measure_columns FROM results WHERE project_id = :project_id) AS layouts,
        jsonb_array_elements(measure_columns) AS one WHERE one->>'kind' <> 'word' ORDER BY 1
""")


async def parts(session: AsyncSession) -> list[Part]:
    """All parts that a whole mirror has."""
    return [Part(row.project_id, row.day, row.mark) for row in await session.execute(_PARTS)]


async def measure_names(session: AsyncSession, project_id: uuid.UUID) -> list[str]:
    """Names of all measures that are numbers, of any result of a project."""
    return [row.name for row in await session.execute(_NAMES, {"project_id": project_id})]


async def results_of(session: AsyncSession, part: Part, after: uuid.UUID, limit: int) -> list[uuid.UUID]:
    """Ids of a part's results, some at a time."""
    values = {"project_id": part.project_id, "day": part.day, "after": after, "limit": limit}
    return [row.id for row in await session.execute(_RESULTS, values)]


async def objects_of(session: AsyncSession, project_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """The objects of some results: `IDENTITY`, and `measures` by name (numbers only, None where one is not known)."""
    exclusion = await exclusion_of(session, project_id)
    rows = []
    for row in await session.execute(_OBJECTS, {"project_id": project_id, "ids": list(ids)}):
        values = row._asdict()
        columns, numbers = values.pop("measure_columns"), values.pop("measures")
        measures = {
            column["name"]: number
            for column, number in zip(columns, numbers, strict=False)  # what waits to be measured again may have none
            if column["kind"] != "word"
        }
        reasons = exclusion.reasons((measures | {"confidence": row.confidence}).get, row.flags) if exclusion else []
        values |= {"measures": measures, "flags": ";".join(row.flags), "excluded": ";".join(reasons)}
        rows.append(values)
    return rows
