"""The routes of the API: one visible list, one line a feature."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.routing import APIRoute

from spheroseg.server import health
from spheroseg.server.admin import endpoints as admin
from spheroseg.server.audit import endpoints as audit
from spheroseg.server.auth import endpoints as auth
from spheroseg.server.errors import Forbidden, Invalid, TooManyRequests, Unauthenticated, problems
from spheroseg.server.exports import endpoints as exports
from spheroseg.server.images import endpoints as images
from spheroseg.server.images import pictures, tus
from spheroseg.server.models import endpoints as models
from spheroseg.server.projects import endpoints as projects
from spheroseg.server.review import endpoints as review
from spheroseg.server.segmentation import editing, objects, sketches, smart
from spheroseg.server.segmentation import endpoints as runs
from spheroseg.server.sharing import endpoints as sharing
from spheroseg.server.statistics import endpoints as statistics
from spheroseg.server.users import endpoints as users

PREFIX = "/api/v1"

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    users.router,
    projects.router,
    sharing.router,
    audit.router,
    admin.router,
    images.router,
    pictures.router,
    tus.router,
    models.router,
    runs.router,
    objects.router,
    editing.router,
    smart.router,
    sketches.router,
    review.router,
    statistics.router,
    exports.router,
)
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
