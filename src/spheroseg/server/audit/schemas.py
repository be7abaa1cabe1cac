"""What requests about the audit log look like."""

from __future__ import annotations

import datetime as dt
import uuid

from pydantic import BaseModel, ConfigDict, Field

from spheroseg.server.resources.json_object import JsonObject


class EntryOut(BaseModel):
    """One change, as members of a project see it: not from where it came."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    at: dt.datetime
    actor_id: uuid.UUID | None
    actor: str | None = Field(default=None, description="Their name; null for the service itself and people who left")
    action: str
    subject_type: str
    subject_id: uuid.UUID | None
    details: JsonObject


class FullEntryOut(EntryOut):
    """One change, as administrators see it."""

    actor_email: str | None = None
    subject_name: str | None = Field(
        default=None,
        description="Name of the project, folder, image or account; null for other things and what is gone",
    )
    project_name: str | None = Field(default=None, description="Null where no project is meant, and when it is gone")
    project_id: uuid.UUID | None
    token_id: uuid.UUID | None
    ip: str | None
    user_agent: str | None
    request_id: str | None
