"""Secrets and headers: tokens and their hashes, CSRF, response headers, what each route asks of its caller."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass

import jwt
from jwt.types import Options

ISSUER = "spheroseg"
PERSONAL_PREFIX = "sph_"
"""Begin of personal tokens, so that scanners for leaked secrets know them."""

_CHECKED: Options = {"require": ["exp", "sub", "sid"], "verify_iat": False}
"""When a token was made says nothing against it: machines' clocks differ, and a clock that is set back must end no session."""


def new_token() -> str:
    """A secret of 256 random bits that can stand in a URL."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a random token. They have 256 bits, so a fast hash is enough (passwords get argon2id)."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True)
class AccessClaims:
    """What an access token says."""

    user_id: uuid.UUID
    session_id: uuid.UUID


def new_access_token(secret_key: str, claims: AccessClaims, lifetime_s: int) -> str:
    """A signed access token (JWT, HS256)."""
    now = dt.datetime.now(dt.UTC)
    return jwt.encode(
        {
            "iss": ISSUER,
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "iat": now,
            "exp": now + dt.timedelta(seconds=lifetime_s),
        },
        secret_key,
        algorithm="HS256",
    )


def read_access_token(secret_key: str, token: str) -> AccessClaims | None:
    """What an access token says; `None` when it is not ours or too old."""
    try:
        claims = jwt.decode(token, secret_key, algorithms=["HS256"], issuer=ISSUER, options=_CHECKED)
        return AccessClaims(uuid.UUID(claims["sub"]), uuid.UUID(claims["sid"]))
    except (jwt.InvalidTokenError, ValueError, AttributeError, TypeError):
        return None


def refresh_token(secret_key: str, session_id: uuid.UUID, generation: int) -> str:
    """The refresh token of a session with this number: `<session>.<number>.<signature>`.

    It is made again whenever it is needed, so that two pages that refresh at once, or a retry after a lost answer, get
    the same one.
    """
    body = f"{session_id.hex}.{generation}"
    return f"{body}.{_sign(secret_key, f'refresh:{body}')}"


def read_refresh_token(secret_key: str, token: str) -> tuple[uuid.UUID, int] | None:
    """Session and number of a refresh token; `None` when it is not ours."""
    body, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_sign(secret_key, f"refresh:{body}").encode(), signature.encode()):
        return None
    session_id, _, generation = body.partition(".")
    return uuid.UUID(session_id), int(generation)


def _sign(secret_key: str, text: str) -> str:
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def device_token(secret_key: str, user_id: uuid.UUID) -> str:
    """A mark for a browser that signed in to an account: `<random>.<signature>`. It opens nothing."""
    body = secrets.token_urlsafe(12)
    return f"{body}.{_sign(secret_key, f'device:{user_id}:{body}')}"


def is_device_token(secret_key: str, user_id: uuid.UUID, token: str) -> bool:
    """Whether it is a mark of this account's."""
    body, _, signature = token.rpartition(".")
    return hmac.compare_digest(_sign(secret_key, f"device:{user_id}:{body}").encode(), signature.encode())


def csrf_token(secret_key: str, session_id: object) -> str:
    """The CSRF token of a session: known to pages of our own origin, who can read its cookie; bound to the session."""
    return _sign(secret_key, f"csrf:{session_id}")


def is_csrf_token(secret_key: str, session_id: object, offered: str | None) -> bool:
    """Whether it is the CSRF token of this session."""
    expected = csrf_token(secret_key, session_id)
    return offered is not None and hmac.compare_digest(expected.encode(), offered.encode())
