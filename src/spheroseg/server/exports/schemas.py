"""What the API says and hears about exports."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from spheroseg.records import RESULT_FORMATS, ResultFormat


class ExportRequest(BaseModel):
    """Which files to make of a project's results."""

    model_config = ConfigDict(extra="forbid")

    formats: Annotated[list[ResultFormat], Field(min_length=1, max_length=len(RESULT_FORMATS))] = ["csv"]
    image_ids: Annotated[list[uuid.UUID], Field(max_length=10_000)] | None = Field(
        default=None, description="null: the whole project"
    )
    include_excluded: bool = Field(
        default=False,
        description="Also frames that a person left out in a review, and objects that the project leaves out; tables say why",
    )


class ExportOut(BaseModel):
    """An export: an archive (ZIP) that a worker makes."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    project_id: uuid.UUID
    created_by: uuid.UUID | None
    state: Literal["queued", "running", "done", "failed"]
    formats: list[str]
    size_bytes: int | None
    error_reason: str | None
    created_at: dt.datetime
    finished_at: dt.datetime | None
    expires_at: dt.datetime
