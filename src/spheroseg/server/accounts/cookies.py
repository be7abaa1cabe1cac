"""The cookies of a browser's session."""

from __future__ import annotations

from starlette.responses import Response

from spheroseg.server.access.authentication import ACCESS_COOKIE, CSRF_COOKIE, REFRESH_COOKIE
from spheroseg.server.accounts.sign_in import Grant
from spheroseg.server.config import Settings

REFRESH_PATH = "/api/v1/auth"
"""The refresh token goes to the routes of authentication only."""


DEVICE_COOKIE = "spheroseg_device"
DEVICE_S = 365 * 24 * 3600


def set_cookies(response: Response, grant: Grant, settings: Settings) -> None:
    """Give a browser its session: the tokens out of reach of scripts, the CSRF token within reach of our pages."""
    # without "remember me" the cookies go when the browser is closed
    max_age = settings.session_remember_s if grant.session.remember else None
    secure = settings.is_secure
    response.set_cookie(
        ACCESS_COOKIE, grant.access_token, max_age=max_age, path="/", secure=secure, httponly=True, samesite="lax"
    )
    response.set_cookie(
        REFRESH_COOKIE,
        grant.refresh_token,
        max_age=max_age,
        path=REFRESH_PATH,
        secure=secure,
        httponly=True,
        samesite="strict",
    )
    response.set_cookie(
        CSRF_COOKIE, grant.csrf_token, max_age=max_age, path="/", secure=secure, httponly=False, samesite="strict"
    )


def set_device_cookie(response: Response, token: str, settings: Settings) -> None:
    """Mark a browser that signed in, so that wrong passwords from elsewhere do not shut it out; it stays at sign-out."""
    response.set_cookie(
        DEVICE_COOKIE,
        token,
        max_age=DEVICE_S,
        path=REFRESH_PATH,
        secure=settings.is_secure,
        httponly=True,
        samesite="strict",
    )


def clear_cached(response: Response) -> None:
    """Let the browser forget the pictures that it kept: the next person at this machine may be somebody else.

    Only "cache": what the app stores holds edits that were not sent yet; the app empties its own picture cache itself.
    """
    response.headers["Clear-Site-Data"] = '"cache"'


def clear_cookies(response: Response) -> None:
    """Take a browser's session away."""
    response.delete_cookie(ACCESS_COOKIE, path="/")
    response.delete_cookie(REFRESH_COOKIE, path=REFRESH_PATH)
    response.delete_cookie(CSRF_COOKIE, path="/")
