"""What requests about members and invitations look like."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal

from pydantic import BaseModel, ConfigDict

from spheroseg.server.http.fields import Email, Input, Token

MemberRole = Literal["owner", "editor", "viewer"]
InvitedRole = Literal["editor", "viewer"]


class MemberOut(BaseModel):
    """A person in a project."""

    user_id: uuid.UUID
    name: str
    email: str
    role: MemberRole
    created_at: dt.datetime


class MemberChange(Input):
    """A member's new role; `owner` hands the project over, and the owner before becomes an editor."""

    role: MemberRole


class InvitationInput(Input):
    """Whom to invite, and as what."""

    email: Email
    role: InvitedRole = "viewer"


class InvitationOut(BaseModel):
    """An invitation that was not accepted yet."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    email: str
    role: InvitedRole
    created_at: dt.datetime
    expires_at: dt.datetime


class InvitationLink(BaseModel):
    """A link that accepts an invitation; it is told once, and links told before stop working."""

    url: str


class InvitationToken(Input):
    """The secret of the link in the mail."""

    token: Token


class MyInvitation(BaseModel):
    """An invitation for the caller."""

    id: uuid.UUID
    project_name: str
    role: InvitedRole
    expires_at: dt.datetime


class Joined(BaseModel):
    """The project that an invitation led to."""

    project_id: uuid.UUID
    role: MemberRole
