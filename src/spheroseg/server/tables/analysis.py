"""Tables of the analysis of plates: what is in each well, and what a person left out."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.resources.db import Base, Stamped


class PlateLayout(Stamped, Base):
    """The layout of a project's plates; one a project."""

    __tablename__ = "plate_layouts"

    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    wells: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """A row a well, as the person gave it: well, compound, dose, dose_unit, cell_line, replicate, control…"""
    exclusions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """What a person left out of the conclusions: plate, well, time_h (null: all), reason."""
    version: Mapped[int] = mapped_column(default=1)
