"""The web application: one function builds it from settings. Importing this loads no torch, inference engine or OpenCV."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import SecretStr

from spheroseg.server import tables  # noqa: F401 -- foreign keys name tables of other features; all have to be declared
from spheroseg.server.access.actor import KnownActors
from spheroseg.server.access.authentication import ACCESS_COOKIE
from spheroseg.server.access.limiter import Limiter
from spheroseg.server.access.oidc import OidcClient
from spheroseg.server.access.passwords import Passwords
from spheroseg.server.access.secret_key import secret_key_of
from spheroseg.server.access.services import Services
from spheroseg.server.api import PLAIN_ROUTERS, api_router, operation_id
from spheroseg.server.compute.pool import Child, Compute
from spheroseg.server.config import Settings
from spheroseg.server.events.hub import EventHub
from spheroseg.server.http import errors
from spheroseg.server.http.security_headers import SecurityHeaders
from spheroseg.server.http.static_files import WebPages
from spheroseg.server.http.telemetry import RequestContext, count_failures_from_zero, set_up_traces
from spheroseg.server.resources.cache import Cache
from spheroseg.server.resources.db import Database
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.resources.mail import build_mailer
from spheroseg.server.resources.storage import Storage
from spheroseg.version import __version__

DESCRIPTION = """Outlines and measures spheroids and cells in microscope images.

Sign in with cookies (browsers; changes carry `X-CSRF-Token`), with an access token, or with a personal token (scripts):
`Authorization: Bearer sph_…`. Listings are pages: go on with `next_cursor`. Whatever can be edited has an `ETag`; edits carry
`If-Match`. Errors are problem details (RFC 9457) whose `code` never changes. Times are UTC, ids are UUIDs.
"""


def build_services(
    settings: Settings, *, application_name: str = "spheroseg-api", compute: Compute | None = None
) -> Services:
    """The parts of a process, from its settings.

    Args:
        settings: checked settings.
        application_name: what the database shows beside the connections.
        compute: the children that this process needs; None: as many as the settings say, for any call.
    """
    return Services(
        settings=settings,
        secret_key=secret_key_of(settings),
        database=Database(settings, application_name=application_name),
        mailer=build_mailer(settings),
        limiter=Limiter(settings),
        known_actors=KnownActors(settings.session_cache_s),
        passwords=Passwords(settings.password_memory_mib),
        oidc={provider.name: OidcClient(provider) for provider in settings.oidc},
        storage=Storage.open(_secret(settings.storage_url) or str(settings.data_dir / "files")),
        cache=Cache.open(_secret(settings.redis_url)),
        compute=compute or Compute([Child() for _ in range(settings.compute_processes)]),
        compute_slots=asyncio.Semaphore(settings.worker_compute_concurrency),
    )


def _secret(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Start the parts with the process and close them with it."""
    state: Services = app.state.parts
    hub: EventHub = app.state.events
    await hub.start()
    warming = asyncio.create_task(state.compute.warm_up(), name="warm up")
    try:
        yield
    finally:
        warming.cancel()
        await hub.close()
        await state.close()
        if app.state.end_traces is not None:
            await asyncio.to_thread(app.state.end_traces)


def build_app(settings: Settings, state: Services | None = None) -> FastAPI:
    """The application.

    Args:
        settings: checked settings.
        state: parts to use; made from the settings when none are given.
    """
    app = _with_routes(settings.max_request_bytes)
    app.state.parts = state or build_services(settings)
    app.state.events = EventHub(app.state.parts)
    app.mount("/api/v1/events", app.state.events.asgi)
    errors.install(app)
    app.add_middleware(RequestContext)
    app.add_middleware(SecurityHeaders, settings=settings)  # the outermost: its headers are on every answer
    app.router.default = WebPages()
    count_failures_from_zero(app)
    app.state.end_traces = set_up_traces(app, settings)
    return app


def _with_routes(max_body_size: int | None) -> FastAPI:
    app = FastAPI(
        title="SpheroSeg",
        description=DESCRIPTION,
        version=__version__,
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # their pages load scripts from elsewhere, which our policy forbids
        redoc_url=None,
        redirect_slashes=False,
        max_body_size=max_body_size,
        separate_input_output_schemas=False,
    )
    app.include_router(api_router())
    for router in PLAIN_ROUTERS:
        app.include_router(router)
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def openapi_document() -> JsonObject:
    """The OpenAPI document of this version; it takes no settings, no database and no files."""
    return openapi(_with_routes(None))


def openapi(app: FastAPI) -> JsonObject:
    """The OpenAPI document, with our problems and ways to sign in."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas["Problem"] = errors.PROBLEM_SCHEMA
        for unused in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, which we never answer with
            schemas.pop(unused, None)
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "description": "Access token or personal token (`sph_…`)"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": ACCESS_COOKIE},
        }
        for operation in (each for path in document["paths"].values() for each in path.values()):
            is_public = operation.get("x-access") == "public"
            operation["security"] = [] if is_public else [{"bearer": []}, {"cookie": []}]
        app.openapi_schema = document
    return app.openapi_schema
