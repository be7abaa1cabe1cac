"""Secrets and headers: tokens and their hashes, CSRF, response headers, what each route asks of its caller."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jwt
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spheroseg.server.config import Settings

Need = Literal["public", "signed-in", "session", "viewer", "editor", "owner", "admin"]
"""Who may use a route: anybody; anyone signed in; a person in a browser (no personal token); a role in the project; an admin."""

ISSUER = "spheroseg"
PERSONAL_PREFIX = "sph_"
"""Begin of personal tokens, so that scanners for leaked secrets know them."""

CONTENT_SECURITY_POLICY = "; ".join((  # noqa: FLY002 -- one rule a line
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",  # MUI writes its styles into the page
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' ws: wss:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
))  # fmt: skip

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""For answers that are no pages: even a file that claims to be HTML does nothing."""


def needs(need: Need) -> dict[str, Any]:
    """`openapi_extra=` of a route: who may use it. `tests/server/test_access_walk.py` proves that it is true."""
    return {"x-access": need}


def new_token() -> str:
    """A secret of 256 random bits that can stand in a URL."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is kept of a random token. They have 256 bits, so a fast hash is enough (passwords get argon2id)."""
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
        claims = jwt.decode(
            token, secret_key, algorithms=["HS256"], issuer=ISSUER, options={"require": ["exp", "sub", "sid"]}
        )
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


def csrf_token(secret_key: str, session_id: object) -> str:
    """The CSRF token of a session: known to pages of our own origin, who can read its cookie; bound to the session."""
    return _sign(secret_key, f"csrf:{session_id}")


def is_csrf_token(secret_key: str, session_id: object, offered: str | None) -> bool:
    """Whether it is the CSRF token of this session."""
    expected = csrf_token(secret_key, session_id)
    return offered is not None and hmac.compare_digest(expected.encode(), offered.encode())


def secret_key_of(settings: Settings) -> str:
    """The key from the settings, else the one kept in the data folder, made there the first time."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    path = settings.data_dir / "secret_key"
    settings.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    partial = path.with_name(f"secret_key.{os.getpid()}")
    if not path.exists():
        _write_private(partial, secrets.token_urlsafe(48))
        try:
            os.link(partial, path)  # the first of several processes wins, and nobody reads half a key
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_text(encoding="ascii")


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)


class SecurityHeaders:
    """Sets the security headers of every answer."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.is_secure = settings.is_secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers added."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, path: str) -> None:
        # by its address: a 304 states no type, and its headers replace those of the page that the browser kept
        is_page = not path.startswith(("/api/", "/health/", "/metrics"))
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY if is_page else API_POLICY)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
        if path.startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")
        if self.is_secure:
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
