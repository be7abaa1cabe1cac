"""The sums over each frame's objects that the analysis of plates rests on: made by the database as results are written.

What a correction changes is found by its state and summed up again by whoever looks next.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.compute.frame_sums import KINDS, POWER, RATIOS, SUMS

STATE = "concat_ws('.', results.head, results.version, extract(epoch FROM results.measured_at), results.layout)"
"""Of a result, in SQL: a correction or a new measurement makes sums of another state stale."""


async def sum_up(session: AsyncSession, result_ids: Sequence[uuid.UUID], measures: Sequence[str]) -> None:
    """Sum up the objects of results, each for the frame that shows it; one that no frame shows is left alone.

    Args:
        session: the transaction.
        result_ids: of results whose objects have the same measures.
        measures: names of these, in order.
    """
    await session.flush()
    statement = text(_insert(measures)).bindparams(bindparam("result_ids", type_=ARRAY(Uuid())))
    await session.execute(statement, {"result_ids": list(result_ids)})


def _insert(names: Sequence[str]) -> str:
    unit = next((unit for unit in ("um", "px") if f"equivalent_diameter_{unit}" in names), "")
    sums = ", ".join(f"summed.{name}::float8" for name in SUMS)
    return f"""
        INSERT INTO frame_sizes (image_id, frame, result_id, state, unit, sums)
        SELECT frames.image_id, frames.frame, results.id, {STATE}, '{unit}', ARRAY[{sums}]
        FROM results
        JOIN frames ON frames.image_id = results.image_id AND frames.frame = results.frame AND frames.result_id = results.id
        CROSS JOIN LATERAL (
            SELECT {", ".join(_aggregates())}
            FROM (
                SELECT {", ".join(f"{value} AS {name}" for name, value in _values(names, unit).items())}
                FROM objects WHERE project_id = results.project_id AND result_id = results.id
                OFFSET 0  -- each value is read once, and not once for every sum that it is in
            ) AS object
        ) AS summed
        WHERE results.id = ANY(:result_ids)
        ORDER BY frames.image_id, frames.frame
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
    columns = []
    for kind in KINDS:
        counts = f"FILTER (WHERE {kind} IS NOT NULL AND NOT cut)"
        variance = f"({kind} * spread * {POWER[kind]}) ^ 2"
        columns += [
            f"count(*) {counts} AS {kind}_n_objects",
            f"count(*) FILTER (WHERE {kind} IS NULL) AS {kind}_n_no_value",
            f"count(*) FILTER (WHERE {kind} IS NOT NULL AND cut) AS {kind}_n_border",
            f"coalesce(sum({kind}) {counts}, 0) AS {kind}_total",
            f"sum({variance}) {counts} AS {kind}_variance",
            f"max({kind}) {counts} AS {kind}_largest",
            f"(max(ARRAY[{kind}, {variance}]) {counts})[2] AS {kind}_largest_variance",  # arrays go by their first number
        ]
    for ratio in RATIOS:
        counts = f"FILTER (WHERE {ratio} IS NOT NULL AND diameter IS NOT NULL AND NOT cut)"
        columns += [f"coalesce(sum({ratio}) {counts}, 0) AS {ratio}_total", f"count(*) {counts} AS {ratio}_n"]
    return columns
