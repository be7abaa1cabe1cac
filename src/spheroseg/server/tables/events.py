"""The table of events that wait to be passed on to a stream."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, Identity
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.resources.db import Base, utc_now
from spheroseg.server.resources.json_object import JsonObject


class OutboxEvent(Base):
    """One change that other systems shall hear of: written with the change, deleted when the stream has it."""

    __tablename__ = "outbox"

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    id: Mapped[uuid.UUID]
    topic: Mapped[str]
    payload: Mapped[JsonObject]
    occurred_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
