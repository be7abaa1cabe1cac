"""What the project's layout says of the wells that objects are from."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.records import CONDITION_COLUMNS
from spheroseg.server.images.repository import well_place
from spheroseg.server.tables.analysis import PlateLayout
from spheroseg.server.tables.images import ImageRow

_NUMBERS = {"dose", "dose_2", "treatment_time_h"}


@dataclass(frozen=True)
class Conditions:
    """The conditions of a project's wells.

    Attributes:
        columns: of `CONDITION_COLUMNS`, those in which some well says something; none without a layout.
        wells: conditions by plate and (row, column).
        plates: which of the layout's plates is meant by the plate of an image, where they are called otherwise.
    """

    columns: tuple[str, ...]
    wells: Mapping[tuple[str, tuple[int, int]], Mapping[str, Any]]
    plates: Mapping[str, str]

    def of(self, plate: str, well: str) -> Mapping[str, Any]:
        """What is in a well, by column; empty for a well that the layout does not name."""
        return self.wells.get((self.plates.get(plate, plate), well_place(well)), {}) if well else {}


async def conditions_of(session: AsyncSession, project_id: uuid.UUID) -> Conditions:
    """A layout without a plate's name describes every plate; one plate's describes images that name none (as in `analysis.conditions`)."""
    rows = await session.scalar(select(PlateLayout.wells).where(PlateLayout.project_id == project_id))
    wells = {(each.get("plate", ""), well_place(each["well"])): _conditions(each) for each in rows or []}
    columns = tuple(name for name in CONDITION_COLUMNS if any(name in each for each in wells.values()))
    named = {plate for plate, _ in wells} - {""}
    if not columns or len(named) > 1:
        return Conditions(columns, wells, {})
    here = ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None), ImageRow.well != ""
    plates = (await session.scalars(select(ImageRow.plate).where(*here).distinct())).all()
    if not named:
        return Conditions(columns, wells, dict.fromkeys(plates, ""))
    return Conditions(columns, wells, {"": next(iter(named))} if list(plates) == [""] else {})


def _conditions(well: Mapping[str, Any]) -> dict[str, Any]:
    """What a well's row says; doses are numbers, in the unit that was written."""
    return {
        name: float(value) if name in _NUMBERS else value
        for name in CONDITION_COLUMNS
        if (value := str(well.get(name, "")).strip())
    }
