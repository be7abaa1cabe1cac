"""Whether the process lives, whether it can work, and what it measured."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import os
from pathlib import Path
from typing import Annotated

import prometheus_client
from fastapi import APIRouter, Header, Request, Response
from prometheus_client import multiprocess
from pydantic import BaseModel, Field

from spheroseg.server.access.needs import needs
from spheroseg.server.access.services import app_services
from spheroseg.server.config import STATUS_FILE
from spheroseg.server.http.errors import NotFound, Unavailable, problems
from spheroseg.version import __version__

router = APIRouter(tags=["health"])


class Live(BaseModel):
    """The process answers."""

    status: str
    version: str


class Ready(BaseModel):
    """What the process depends on answers too."""

    status: str
    database: str
    processes: dict[str, str] = Field(
        default_factory=dict, description="`running` or `restarting`, where one command runs the whole service"
    )


@router.get("/health/live", openapi_extra=needs("public"))
async def live() -> Live:
    """The process answers; restart it when it does not."""
    return Live(status="ok", version=__version__)


@router.get("/health/ready", openapi_extra=needs("public"), responses=problems(Unavailable))
async def ready(request: Request) -> Ready:
    """The process can work; send it requests when it can."""
    state = app_services(request)
    try:
        async with asyncio.timeout(3):
            await state.database.ping()
    except Exception as error:
        raise Unavailable("The database does not answer") from error
    return Ready(status="ok", database="ok", processes=_processes())


def _processes() -> dict[str, str]:
    path = os.environ.get(STATUS_FILE)
    if path is None:
        return {}
    try:
        status: dict[str, str] = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # its writer is gone, or begins
        return {}
    return status


def _is_local(request: Request) -> bool:
    """Whether it comes from this machine; a proxy in front of us makes everything look so, and has to keep it back."""
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


@router.get("/metrics", openapi_extra=needs("public"), include_in_schema=False)
async def metrics(request: Request, authorization: Annotated[str | None, Header()] = None) -> Response:
    """Metrics for Prometheus: with the token that is set; without one only for this machine itself, outside production."""
    settings = app_services(request).settings
    if settings.metrics_token is not None:
        expected = f"Bearer {settings.metrics_token.get_secret_value()}"
        if not hmac.compare_digest(expected.encode(), (authorization or "").encode()):
            raise NotFound
    elif settings.environment == "production" or not _is_local(request):
        raise NotFound
    registry: prometheus_client.CollectorRegistry = prometheus_client.REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = prometheus_client.CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client declares no types here
    return Response(prometheus_client.generate_latest(registry), media_type=prometheus_client.CONTENT_TYPE_LATEST)
