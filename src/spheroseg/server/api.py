"""The routes of the API: one visible list, one line a feature."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.routing import APIRoute

from spheroseg.server import health
from spheroseg.server.accounts import endpoints as accounts
from spheroseg.server.accounts import sign_in_endpoints as sign_in
from spheroseg.server.admin import endpoints as admin
from spheroseg.server.analysis import endpoints as analysis
from spheroseg.server.audit import endpoints as audit
from spheroseg.server.batches import endpoints as batches
from spheroseg.server.corrections import endpoints as corrections
from spheroseg.server.examples import endpoints as examples
from spheroseg.server.exports import endpoints as exports
from spheroseg.server.http.errors import Forbidden, Invalid, TooManyRequests, Unauthenticated, Unavailable, problems
from spheroseg.server.images import endpoints as images
from spheroseg.server.images import pictures
from spheroseg.server.models import endpoints as models
from spheroseg.server.projects import endpoints as projects
from spheroseg.server.projects import sharing_endpoints as sharing
from spheroseg.server.results import endpoints as results
from spheroseg.server.results import thumbnails, versions
from spheroseg.server.review import endpoints as review
from spheroseg.server.runs import endpoints as runs
from spheroseg.server.sets import endpoints as sets
from spheroseg.server.smart import endpoints as smart
from spheroseg.server.statistics import endpoints as statistics
from spheroseg.server.uploads import endpoints as uploads
from spheroseg.server.uploads import multipart

PREFIX = "/api/v1"

ROUTERS: tuple[APIRouter, ...] = (
    sign_in.router,
    accounts.router,
    projects.router,
    sharing.router,
    audit.router,
    admin.router,
    multipart.router,
    images.router,
    pictures.router,
    uploads.router,
    batches.router,
    sets.router,
    models.router,
    runs.router,
    versions.router,
    results.router,
    corrections.router,
    smart.router,
    thumbnails.router,
    review.router,
    statistics.router,
    analysis.router,
    examples.router,
    exports.router,
)
"""Routers under `/api/v1`."""

PLAIN_ROUTERS: tuple[APIRouter, ...] = (health.router,)
"""Routers at the root: for machines that watch us, not for programs that use us."""

COMMON_PROBLEMS = problems(Unauthenticated, Forbidden, Invalid, TooManyRequests, Unavailable)


def operation_id(route: APIRoute) -> str:
    """`<tag>_<function>`: what generated clients call the operation."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


def api_router() -> APIRouter:
    """All routes under `/api/v1`."""
    router = APIRouter(prefix=PREFIX, responses=COMMON_PROBLEMS)
    for feature in ROUTERS:
        router.include_router(feature)
    return router
