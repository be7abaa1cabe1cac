"""What requests about people look like."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from spheroseg.server.http.fields import Email, Input, Language, Name, OptionalName, SmallJson, Token
from spheroseg.server.resources.json_object import JsonObject

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
    preferences: JsonObject
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
    preferences: SmallJson = Field(default_factory=dict)


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

    profile: JsonObject
    identities: list[JsonObject]
    sessions: list[JsonObject]
    tokens: list[JsonObject]
    folders: list[JsonObject]
    projects: list[JsonObject]
    memberships: list[JsonObject]
    invitations: list[JsonObject]
    log: list[JsonObject]


Password = Annotated[str, StringConstraints(min_length=1, max_length=256), Field(examples=["correct horse battery"])]


Scope = Literal["read", "write", "run"]


class SignUp(Input):
    """A new account."""

    email: Email
    password: Password
    name: OptionalName = ""
    # the one that the page speaks; a default made by a function may be left out
    language: Language = Field(default_factory=lambda: "en")


class SignedUp(BaseModel):
    """Where a mail was sent: to confirm the address, or to say that there is an account already."""

    email: str


class SignIn(Input):
    """An address and its password."""

    email: Email
    password: Password
    remember: bool = Field(
        default=False,
        description="Keep the session without use as long as the service remembers people (`session_remember_s`)",
    )
    cookies: bool = Field(
        default=True, description="Set cookies (browsers); otherwise the tokens are in the answer (scripts)"
    )


class SignedIn(BaseModel):
    """A session; the tokens are null when they went into cookies."""

    user: UserOut
    access_token: str | None
    refresh_token: str | None
    csrf_token: str
    expires_in_s: int


class Refresh(Input):
    """For callers without cookies: the refresh token."""

    refresh_token: Annotated[str, StringConstraints(max_length=300)] | None = None


class Refreshed(BaseModel):
    """New tokens; null when they went into cookies."""

    access_token: str | None
    refresh_token: str | None
    csrf_token: str
    expires_in_s: int


class SessionOut(BaseModel):
    """A place where the caller is signed in."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    created_at: dt.datetime
    last_used_at: dt.datetime
    expires_at: dt.datetime
    remember: bool
    ip: str | None
    user_agent: str | None
    is_current: bool = False


class Ended(BaseModel):
    """How many sessions were ended."""

    count: int


class TokenInput(Input):
    """A personal token to make."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3, examples=[["read", "run"]])]
    days: Annotated[int, Field(ge=1, le=3650)] | None = Field(default=365, description="Null: until it is revoked")


class TokenOut(BaseModel):
    """A personal token, without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None


class NewToken(TokenOut):
    """A personal token with its secret, which is told only now."""

    token: str


class EmailInput(Input):
    """An address."""

    email: Email


class MailedLink(Input):
    """A link from a mail; what was copied in half is no error here."""

    purpose: Literal["verify_email", "reset_password", "undo_email", "invitation"]
    token: Annotated[str, StringConstraints(max_length=4000)]


class LinkState(BaseModel):
    """Whether a link still holds; of an invitation also where it was sent and what it leads to."""

    holds: bool
    email: str | None = None
    project_name: str | None = None


class TokenFromMail(Input):
    """The secret of a link from a mail."""

    token: Token


class PasswordReset(Input):
    """The secret of a link from a mail, and the new password."""

    token: Token
    password: Password


class PasswordChange(Input):
    """The present and the new password."""

    current_password: Password
    new_password: Password


class ProviderOut(BaseModel):
    """A provider of sign-in."""

    name: str
    label: str
    url: str
