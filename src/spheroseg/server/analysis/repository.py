"""Queries of layouts and of the sizes that conclusions are drawn from."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import Float, Text, cast, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.records import RunCard
from spheroseg.server.compute.conclusions import FailedImage
from spheroseg.server.results.exclusion_repository import exclusion_of
from spheroseg.server.statistics.repository import ObjectQuery, layouts_of
from spheroseg.server.statistics.schemas import ObjectFilter
from spheroseg.server.tables.accounts import User
from spheroseg.server.tables.analysis import PlateLayout
from spheroseg.server.tables.images import Frame, ImageRow
from spheroseg.server.tables.json_columns import RunCardJson
from spheroseg.server.tables.results import ObjectRow
from spheroseg.server.tables.sort_keys import NO_TIME_S

MEASURES = (
    "equivalent_diameter", "equivalent_diameter_low", "equivalent_diameter_high", "area", "volume_sphere", "centroid_x", "centroid_y",
)  # fmt: skip
_POWER = {"area": "2", "volume_sphere": "3"}
RATIOS = ("invasion_index", "disintegration_index", "dispersed_fraction", "touches_border")

_time_s = func.coalesce(Frame.time_s, ImageRow.known_time_s)
_key = func.concat(cast(ImageRow.id, Text), "/", cast(Frame.frame, Text))

_RUN_CARDS = text("""
    SELECT DISTINCT ON (results.run_id) results.run_card
    FROM images JOIN frames ON frames.image_id = images.id JOIN results ON results.id = frames.result_id
    WHERE images.project_id = :project_id AND images.deleted_at IS NULL
    ORDER BY results.run_id DESC, results.id LIMIT :most
""").columns(run_card=RunCardJson)

_FAILED = text(f"""
    SELECT images.plate, images.well, images.name, images.id::text || '/' || coalesce(failed.frame, 0)::text AS image,
        coalesce(failed.time_s, nullif(images.time_s, {NO_TIME_S})) / 3600.0 AS time_h,
        coalesce(failed.error_reason, images.failure_reason) AS reason
    FROM images
    LEFT JOIN LATERAL (
        SELECT frames.frame, frames.time_s, last.error_reason
        FROM frames
        CROSS JOIN LATERAL (
            SELECT state, error_reason FROM results
            WHERE results.image_id = frames.image_id AND results.frame = frames.frame ORDER BY id DESC LIMIT 1
        ) AS last
        WHERE frames.image_id = images.id AND frames.result_id IS NULL AND last.state = 'failed'
    ) AS failed ON images.state = 'ready'
    WHERE images.project_id = :project_id AND images.deleted_at IS NULL
        AND (images.state = 'failed' OR failed.frame IS NOT NULL)
    ORDER BY images.id, failed.frame
""")  # noqa: S608 -- put together of our own words


async def find_layout(session: AsyncSession, project_id: uuid.UUID, *, for_update: bool = False) -> PlateLayout | None:
    """The project's layout; None where nobody made one."""
    statement = select(PlateLayout).where(PlateLayout.project_id == project_id)
    return await session.scalar(statement.with_for_update() if for_update else statement)


async def plates_of(session: AsyncSession, project_id: uuid.UUID, wells: Collection[str]) -> dict[str, list[str]]:
    """The plates that have images of each of these wells ("A01")."""
    statement = (
        select(ImageRow.well, func.array_agg(func.distinct(ImageRow.plate)))
        .where(ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None), ImageRow.well.in_(wells))
        .group_by(ImageRow.well)
    )
    return {well: sorted(plates) for well, plates in await session.execute(statement)}


async def sizes(
    session: AsyncSession, project_id: uuid.UUID, place: tuple[str, str] | None = None
) -> dict[str, list[Any]]:
    """The objects that the project, or one (plate, well) of it, shows: identity, review and the measures that some result has."""
    plate, well = place or (None, None)
    objects = ObjectQuery(
        project_id,
        await layouts_of(session, project_id),
        ObjectFilter(include_excluded=True, plate=plate, well=well),
        await exclusion_of(session, project_id),
    )
    known = set(objects.names())
    names = [f"{name}_{unit}{_POWER.get(name, '')}" for unit in ("um", "px") for name in MEASURES] + list(RATIOS)
    wanted = [name for name in names if name in known]
    identity = {
        "plate": ImageRow.plate, "well": ImageRow.well, "field": ImageRow.field, "time_h": cast(_time_s / 3600.0, Float(53)),
        "image": _key, "name": ImageRow.name, "label": ObjectRow.number, "review": Frame.review, "review_reason": Frame.review_reason,
        "reviewed_by": func.coalesce(func.nullif(User.name, ""), User.email),
    }  # fmt: skip
    columns = {**identity, **{name: objects.number(name) for name in wanted}}
    statement = objects.selected(*(value.label(name) for name, value in columns.items()))
    rows = (await session.execute(statement.outerjoin(User, User.id == Frame.reviewed_by))).all()
    parts = list(zip(*rows, strict=True)) or [()] * len(columns)
    return {name: list(part) for name, part in zip(columns, parts, strict=True)}


async def blank_images(session: AsyncSession, project_id: uuid.UUID) -> list[dict[str, str | float | None]]:
    """Segmented frames without an object."""
    has_objects = select(ObjectRow.number).where(ObjectRow.result_id == Frame.result_id).exists()
    statement = (
        select(
            ImageRow.plate,
            ImageRow.well,
            cast(_time_s / 3600.0, Float(53)).label("time_h"),
            _key.label("image"),
            Frame.review,
        )
        .join(Frame, Frame.image_id == ImageRow.id)
        .where(
            ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None), Frame.result_id.is_not(None), ~has_objects
        )
    )
    return [dict(row._mapping) for row in await session.execute(statement)]  # noqa: SLF001 -- SQLAlchemy's public name of it


async def failed_images(session: AsyncSession, project_id: uuid.UUID) -> list[FailedImage]:
    """Images that could not be read, and frames that show no outlines because their last segmentation failed."""
    rows = (await session.execute(_FAILED, {"project_id": project_id})).mappings()
    return [
        {
            "plate": row["plate"], "well": row["well"], "time_h": row["time_h"], "image": row["image"], "name": row["name"],
            "error": f"{row['name']}: {row['reason']}" if row["reason"] else row["name"],
        }
        for row in rows
    ]  # fmt: skip


async def shown_frame(session: AsyncSession, image_id: uuid.UUID, frame: int) -> tuple[ImageRow, list[bytes]] | None:
    """An image and the outlines of the objects that a frame of it shows; None where it is gone."""
    image = await session.get(ImageRow, image_id)
    if image is None:
        return None
    statement = (
        select(ObjectRow.polygons)
        .join(Frame, Frame.result_id == ObjectRow.result_id)
        .where(ObjectRow.project_id == image.project_id, Frame.image_id == image_id, Frame.frame == frame)
        .order_by(ObjectRow.number)
    )
    return image, list(await session.scalars(statement))


async def run_cards(session: AsyncSession, project_id: uuid.UUID, most: int) -> list[RunCard]:
    """How the outlines that the project shows were made: a card of each run, the latest first."""
    rows = await session.scalars(_RUN_CARDS, {"project_id": project_id, "most": most})
    return [card for card in rows if card is not None]
