"""What requests of administrators look like."""

from __future__ import annotations

import datetime as dt
import uuid

from pydantic import BaseModel, Field

from spheroseg.server.accounts.schemas import AccountRole
from spheroseg.server.http.fields import Input


class UserRow(BaseModel):
    """A person, as administrators see them."""

    id: uuid.UUID
    email: str
    name: str
    organisation: str
    role: AccountRole
    email_verified_at: dt.datetime | None
    disabled_at: dt.datetime | None
    last_seen_at: dt.datetime | None
    created_at: dt.datetime


class UserChange(Input):
    """What administrators change; members that are left out stay."""

    role: AccountRole | None = None
    is_disabled: bool | None = None


class QueueRow(BaseModel):
    """Jobs of one kind in one state."""

    queue: str
    task: str
    status: str
    count: int
    oldest_wait_s: float | None


class WorkerRow(BaseModel):
    """A worker process."""

    id: int
    silent_s: float
    running: int


class QueueOut(BaseModel):
    """The queue at this moment."""

    jobs: list[QueueRow]
    workers: list[WorkerRow]


class DatabaseFacts(BaseModel):
    """The database at this moment."""

    postgresql: str
    database_bytes: int
    connections: int
    connections_max: int
    users: int
    projects: int
    images: int
    files_bytes: int = Field(description="Uploaded files, each content once")
    uptime_s: float


class HealthOut(DatabaseFacts):
    """The service at this moment."""

    version: str
    disk_free_bytes: int | None = Field(
        description="Where the files are stored; null when that is no disk of this machine"
    )
