"""Table of the segmentation models that runs may use."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.resources.db import Base, new_id, utc_now
from spheroseg.server.resources.json_object import JsonObject


class ModelRow(Base):
    """A model as a worker found it: a name and the hash of its weights and card."""

    __tablename__ = "models"
    __table_args__ = (
        # one row of a name is offered; older hashes stay, because results refer to them
        Index("uq_models_name", "name", unique=True, postgresql_where=text("is_enabled")),
        Index("uq_models_name_hash", "name", "hash", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    hash: Mapped[str]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    card: Mapped[JsonObject] = mapped_column(default=dict)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
