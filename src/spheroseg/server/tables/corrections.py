"""Tables of corrections: the journal of each result, and the requests that were answered."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import (
    ARRAY,
    ForeignKey,
    Integer,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spheroseg.server.resources.db import Base, new_id, utc_now
from spheroseg.server.tables.json_columns import StoredObject


class Edit(Base):
    """One step of a person's corrections, with what was before and after: undo works after a reload.

    The steps of a result are a tree: each follows one, and what was undone and then left behind is a side branch.
    """

    __tablename__ = "edits"
    __table_args__ = (UniqueConstraint("result_id", "sequence"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    result_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("results.id", ondelete="CASCADE"))
    sequence: Mapped[int]
    previous: Mapped[int]
    """Sequence of the step that this one follows; 0 for the objects as they were first."""
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str]
    numbers_before: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    numbers_after: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    # objects as they were and are; read only where they are put back, for they may be thousands
    before: Mapped[list[StoredObject]] = mapped_column(
        JSONB, default=list, deferred=True, deferred_group="objects", deferred_raiseload=True
    )
    after: Mapped[list[StoredObject]] = mapped_column(
        JSONB, default=list, deferred=True, deferred_group="objects", deferred_raiseload=True
    )
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)


class EditRequest(Base):
    """A change that was asked for under an id of the client's: asked again, it is answered and not done again."""

    __tablename__ = "edit_requests"

    result_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("results.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
