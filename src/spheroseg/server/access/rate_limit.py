"""Rate limits per endpoint."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request
from limits import parse

from spheroseg.server.access.services import app_services
from spheroseg.server.access.tokens import read_access_token
from spheroseg.server.http.errors import TooManyRequests


def limit(name: str, rate: str, *, by_address: bool = False) -> Callable[[Request], Awaitable[None]]:
    """A dependency that counts a route's requests.

    Args:
        name: what is counted; routes with the same name share the count.
        rate: such as "10/minute".
        by_address: count by network address even where somebody is signed in (sign-in, sign-up, links by mail).
    """
    item = parse(rate)

    async def limited(request: Request) -> None:
        state = app_services(request)
        who = address(request) if by_address else _caller(request, state.secret_key)
        wait_s = await state.limiter.hit(item, name, who)
        if wait_s:
            raise TooManyRequests(f"Too many requests; try again in {wait_s} s", retry_after_s=wait_s)

    return limited


def address(request: Request) -> str:
    """The network address that a request came from, as far as our own proxies tell."""
    return f"address:{request.client.host if request.client else ''}"


def _caller(request: Request, secret_key: str) -> str:
    # only what was signed by us counts: made-up credentials would open a fresh count each
    token = request.headers.get("authorization", "").partition(" ")[2] or request.cookies.get("spheroseg_access", "")
    claims = read_access_token(secret_key, token) if token else None
    return f"user:{claims.user_id}" if claims else address(request)
