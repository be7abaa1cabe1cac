"""The sums over each frame's objects: made by the database, kept, and made again only where the objects have changed."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.compute.frame_sums import KINDS, POWER, RATIOS, SUMS
from spheroseg.server.statistics.repository import layouts_of
from spheroseg.server.tables.sort_keys import NO_TIME_S

_NO_MEASURES = hashlib.md5(b"[]", usedforsecurity=False).hexdigest()
"""`results.layout` of results without objects."""
FRAMES_AT_ONCE = 4_000

# what a frame's sums are of: another result, a correction or a new measurement makes them stale
_STATE = "concat_ws('.', results.head, results.version, extract(epoch FROM results.measured_at), results.layout)"
_FROM = f"""
    FROM images
    JOIN frames ON frames.image_id = images.id
    JOIN results ON results.id = frames.result_id
    LEFT JOIN frame_sizes AS kept ON kept.image_id = frames.image_id AND kept.frame = frames.frame
    WHERE images.project_id = :project_id AND images.deleted_at IS NULL AND results.layout = :layout
        AND (kept.result_id, kept.state) IS DISTINCT FROM (results.id, {_STATE})
"""
_READ = text(f"""
    SELECT images.plate, images.well, images.field, images.name, frames.review, frames.review_reason,
        coalesce(nullif(users.name, ''), users.email) AS reviewed_by,
        coalesce(frames.time_s, nullif(images.time_s, {NO_TIME_S})) / 3600.0 AS time_h,
        images.id::text || '/' || frames.frame::text AS image, kept.unit, kept.sums
    FROM images
    JOIN frames ON frames.image_id = images.id
    JOIN frame_sizes AS kept ON kept.image_id = frames.image_id AND kept.frame = frames.frame
        AND kept.result_id = frames.result_id
    LEFT JOIN users ON users.id = frames.reviewed_by
    WHERE images.project_id = :project_id AND images.deleted_at IS NULL
    ORDER BY images.plate, images.well_row, images.well_column, time_h, images.id, frames.frame
""")  # noqa: S608 -- put together of our own words
_VERSION = text(f"""
    SELECT concat((SELECT exclusion::text FROM projects WHERE id = :project_id), '.', count(*), '.', bit_xor(hashtextextended(concat_ws('|', images.id, frames.frame, results.id, {_STATE}, images.plate,
        images.well, images.field, images.name, coalesce(frames.time_s, images.time_s), frames.review, frames.review_reason,
        frames.reviewed_by), 0)))
    FROM images
    JOIN frames ON frames.image_id = images.id
    JOIN results ON results.id = frames.result_id
    WHERE images.project_id = :project_id AND images.deleted_at IS NULL
""")  # noqa: S608 -- put together of our own words


async def version(session: AsyncSession, project_id: uuid.UUID) -> str:
    """A word that is another one as soon as an object, a review or the place of an image is another one."""
    return str(await session.scalar(_VERSION, {"project_id": project_id}))


async def refresh(session: AsyncSession, project_id: uuid.UUID) -> bool:
    """Sum up some of the frames whose sums are missing or stale; whether there may be more."""
    layouts = {
        layout: [str(each["name"]) for each in columns]
        for layout, columns in (await layouts_of(session, project_id)).items()
    }
    for layout, names in {**layouts, _NO_MEASURES: []}.items():
        values = {"project_id": project_id, "layout": layout, "at_most": FRAMES_AT_ONCE}
        done = await session.execute(text(_insert(names)), values)
        if done.rowcount == FRAMES_AT_ONCE:  # type: ignore[attr-defined]  # a statement that writes has it
            return True
    return False


async def read(session: AsyncSession, project_id: uuid.UUID) -> Sequence[Any]:
    """Every frame of the project that shows outlines, with its sums, by plate, well and time."""
    return (await session.execute(_READ, {"project_id": project_id})).all()


def _insert(names: Sequence[str]) -> str:
    """The statement that sums up frames whose objects have these measures."""
    unit = next((unit for unit in ("um", "px") if f"equivalent_diameter_{unit}" in names), "")
    sums = ", ".join(f"summed.{name}::float8" for name in SUMS)
    return f"""
        INSERT INTO frame_sizes (image_id, frame, result_id, state, unit, sums)
        SELECT due.image_id, due.frame, due.result_id, due.state, '{unit}', ARRAY[{sums}]
        FROM (
            SELECT frames.image_id, frames.frame, results.id AS result_id, {_STATE} AS state {_FROM}
            ORDER BY frames.image_id, frames.frame LIMIT :at_most
        ) AS due
        CROSS JOIN LATERAL (
            SELECT {", ".join(_aggregates())}
            FROM (
                SELECT {", ".join(f"{value} AS {name}" for name, value in _values(names, unit).items())}
                FROM objects WHERE project_id = :project_id AND result_id = due.result_id
            ) AS object
        ) AS summed
        ON CONFLICT (image_id, frame) DO UPDATE
        SET result_id = excluded.result_id, state = excluded.state, unit = excluded.unit, sums = excluded.sums
    """  # noqa: S608 -- put together of our own words and places in a list


def _values(names: Sequence[str], unit: str) -> dict[str, str]:
    """What is read of each object, by its name in the aggregates."""

    def measure(name: str) -> str:
        return f"measures[{names.index(name) + 1}]" if name in names else "NULL::float8"

    low, high = (measure(f"equivalent_diameter_{end}_{unit}") for end in ("low", "high"))
    return {
        **{kind: measure(f"{name}_{unit}{power}") for kind, (name, power) in KINDS.items()},
        # of ln diameter: its interval holds nine of ten reference diameters, as `analysis.sizes` says
        "spread": f"CASE WHEN {low} > 0 AND {high} > 0 THEN ln({high} / {low}) / (2 * 1.6448536269514722) END",
        "cut": f"coalesce({measure('touches_border')} = 1, false)",
        **{ratio: measure(ratio) for ratio in RATIOS},
    }


def _aggregates() -> list[str]:
    told = []
    for kind in KINDS:
        counts = f"FILTER (WHERE {kind} IS NOT NULL AND NOT cut)"
        variance = f"({kind} * spread * {POWER[kind]}) ^ 2"
        told += [
            f"count(*) {counts} AS {kind}_n_objects",
            f"count(*) FILTER (WHERE {kind} IS NULL) AS {kind}_n_no_value",
            f"count(*) FILTER (WHERE {kind} IS NOT NULL AND cut) AS {kind}_n_border",
            f"coalesce(sum({kind}) {counts}, 0) AS {kind}_total",
            f"sum({variance}) {counts} AS {kind}_variance",
            f"max({kind}) {counts} AS {kind}_largest",
            f"(array_agg({variance} ORDER BY {kind} DESC) {counts})[1] AS {kind}_largest_variance",
        ]
    for ratio in RATIOS:
        counts = f"FILTER (WHERE {ratio} IS NOT NULL AND diameter IS NOT NULL AND NOT cut)"
        told += [f"coalesce(sum({ratio}) {counts}, 0) AS {ratio}_total", f"count(*) {counts} AS {ratio}_n"]
    return told
