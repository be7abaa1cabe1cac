"""What requests about people look like."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from spheroseg.server.fields import Email, Input, JsonObject, Language, OptionalName

AccountRole = Literal["user", "admin"]


class UserOut(BaseModel):
    """The caller's own account."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    email: str
    name: str
    organisation: str
    role: AccountRole
    language: str
    preferences: dict[str, Any]
    email_verified_at: dt.datetime | None
    has_password: bool
    version: int
    created_at: dt.datetime


class ProfileChange(Input):
    """What of one's profile is changed; members that are left out stay."""

    # defaults made by functions do not appear in the OpenAPI document: leaving out is not setting
    name: OptionalName = Field(default_factory=str)
    organisation: OptionalName = Field(default_factory=str)
    language: Language = Field(default_factory=lambda: "en")
    preferences: JsonObject = Field(default_factory=dict)


class EmailChange(Input):
    """A new address, and the password as a proof of who asks."""

    email: Email
    password: Annotated[str, StringConstraints(max_length=256)]


class AccountDeletion(Input):
    """A proof that it is meant: one's address, and the password where there is one."""

    email: Email
    password: Annotated[str, StringConstraints(max_length=256)] | None = None
    delete_shared: bool = Field(default=False, description="Also delete projects of the caller that have other members")


class OwnData(BaseModel):
    """Everything the service knows about a person; images and outlines are exported by project."""

    profile: dict[str, Any]
    identities: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    tokens: list[dict[str, Any]]
    folders: list[dict[str, Any]]
    projects: list[dict[str, Any]]
    memberships: list[dict[str, Any]]
    invitations: list[dict[str, Any]]
    log: list[dict[str, Any]]
