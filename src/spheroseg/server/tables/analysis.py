"""Tables of the analysis of plates: what is in each well, what a person left out, what the objects of a frame add up to."""

from __future__ import annotations

import uuid

from sqlalchemy import ARRAY, Float, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.resources.db import Base, Stamped
from spheroseg.server.tables.json_columns import ExclusionRow, LayoutRow, LinkRow


class PlateLayout(Stamped, Base):
    """The layout of a project's plates; one a project."""

    __tablename__ = "plate_layouts"

    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    wells: Mapped[list[LayoutRow]] = mapped_column(JSONB, default=list)
    """A row a well, as the person gave it."""
    exclusions: Mapped[list[ExclusionRow]] = mapped_column(JSONB, default=list)
    """What a person left out of the conclusions."""
    links: Mapped[list[LinkRow]] = mapped_column(JSONB, default=list)
    """Which object is which over time, where that was linked wrongly."""
    version: Mapped[int] = mapped_column(default=1)


class FrameSizes(Base):
    """The sums over a frame's objects that a well's size is made of; made again when the objects have changed."""

    __tablename__ = "frame_sizes"

    image_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    frame: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[uuid.UUID]
    """The result that was shown."""
    state: Mapped[str]
    """Of the result: what it was made of changes with every correction and every measurement."""
    unit: Mapped[str]
    """"um" or "px", of the lengths that areas and volumes are made of; "" where the objects have no size."""
    sums: Mapped[list[float | None]] = mapped_column(ARRAY(Float(53)))
    """In the order of `compute.frame_sums.SUMS`."""
