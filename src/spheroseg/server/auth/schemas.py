"""What requests about accounts and sessions look like."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from spheroseg.server.fields import Email, Input, Name, OptionalName, Token
from spheroseg.server.users.schemas import UserOut

Password = Annotated[str, StringConstraints(min_length=1, max_length=256), Field(examples=["correct horse battery"])]
Scope = Literal["read", "write", "run"]


class SignUp(Input):
    """A new account."""

    email: Email
    password: Password
    name: OptionalName = ""


class SignIn(Input):
    """An address and its password."""

    email: Email
    password: Password
    remember: bool = Field(default=False, description="Keep the session for 30 days without use instead of one")
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
