"""The routes of the API: one visible list, one line a feature."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.routing import APIRoute

from spheroseg.server import health
from spheroseg.server.errors import Forbidden, Invalid, TooManyRequests, Unauthenticated, problems

PREFIX = "/api/v1"

ROUTERS: tuple[APIRouter, ...] = ()
"""Routers under `/api/v1`."""

PLAIN_ROUTERS: tuple[APIRouter, ...] = (health.router,)
"""Routers at the root: for machines that watch us, not for programs that use us."""

COMMON_PROBLEMS = problems(Unauthenticated, Forbidden, Invalid, TooManyRequests)


def operation_id(route: APIRoute) -> str:
    """`<tag>_<function>`: what generated clients call the operation."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


def api_router() -> APIRouter:
    """All routes under `/api/v1`."""
    router = APIRouter(prefix=PREFIX, responses=COMMON_PROBLEMS)
    for feature in ROUTERS:
        router.include_router(feature)
    return router
