"""Logs (JSON, correlation ids, rotation), metrics (Prometheus), traces (OpenTelemetry) and errors (Sentry), these by setting."""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
import time
from collections.abc import Callable, MutableMapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from prometheus_client import Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spheroseg.server.config import Settings, SettingsError
from spheroseg.server.http import errors
from spheroseg.server.resources.db import new_id
from spheroseg.version import __version__

log = structlog.get_logger()

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
SECRET_NAME = re.compile(r"password|secret|token|authorization|cookie|api_key|email", re.IGNORECASE)

REQUESTS = Counter("spheroseg_requests_total", "Requests answered", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "spheroseg_request_seconds",
    "Time to answer a request",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
IN_PROGRESS = Gauge("spheroseg_requests_in_progress", "Requests being answered", multiprocess_mode="livesum")


def without_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank whatever is named like a secret, however it came into a log line."""
    for name in event:
        if SECRET_NAME.search(name):
            event[name] = "…"
    return event


def set_up_errors(settings: Settings) -> ErrorHandler | None:
    """Tell Sentry of errors that nobody foresaw, where one is set: whatever is logged with an exception.

    Nothing but the traceback leaves, the names of our functions, and what the log line is about: no values of variables, no
    request, no person.

    Returns:
        What log lines are given to; None without Sentry.

    Raises:
        SettingsError: its client is not installed, or the setting is no DSN.
    """
    if settings.sentry_dsn is None:
        return None
    try:
        import sentry_sdk  # noqa: PLC0415 -- an optional part
    except ImportError:
        raise SettingsError("setting SPHEROSEG_SENTRY_DSN: needs pip install 'spheroseg[sentry]'") from None
    try:
        sentry_sdk.init(
            settings.sentry_dsn.get_secret_value(),
            release=f"spheroseg@{__version__}",
            environment=settings.environment,
            default_integrations=False,  # they would send requests, arguments and log lines
            include_local_variables=False,
            max_breadcrumbs=0,
        )
    except sentry_sdk.utils.BadDsn:
        raise SettingsError("setting SPHEROSEG_SENTRY_DSN: is no DSN, as https://key@host/number") from None
    return ErrorHandler(sentry_sdk.capture_exception)


class ErrorHandler(logging.Handler):
    """Tells Sentry of the errors that log lines carry.

    Args:
        capture: takes an error and its tags.
    """

    def __init__(self, capture: Callable[..., object]) -> None:
        super().__init__()
        self._capture = capture

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of the error of this line, if it has one."""
        event: dict[str, object] = record.msg if isinstance(record.msg, dict) else {}
        carried = event.get("exc_info") or record.exc_info
        error = carried if isinstance(carried, BaseException) else sys.exc_info()[1] if carried else None
        if error is not None:
            names = ("event", "request_id", "job_id", "task", "code")
            self._capture(error, tags={name: str(event[name]) for name in names if name in event})


def set_up_logs(settings: Settings) -> None:
    """Send structlog's and the standard library's logs to the same place, in one form."""
    to_sentry = set_up_errors(settings)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        without_secrets,
    ]
    as_json: list[structlog.typing.Processor] = [
        # without the values of variables: they hold keys, addresses and file names
        structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    last: list[structlog.typing.Processor] = (
        as_json
        if settings.log_format == "json"
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    )
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if settings.log_file is not None:
        handlers[0].setLevel(logging.WARNING)  # the file has all; the terminal keeps what a person should see
        settings.log_file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(
            logging.handlers.RotatingFileHandler(
                settings.log_file, maxBytes=settings.log_max_bytes, backupCount=settings.log_backups, encoding="utf-8"
            )
        )
    root = logging.getLogger()
    for handler in root.handlers:
        handler.close()
    root.handlers = handlers
    for handler in handlers:
        handler.setFormatter(formatter)
    if to_sentry is not None:
        root.addHandler(to_sentry)
    root.setLevel(settings.log_level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = name != "uvicorn.access"  # we write our own access line
    for name in ("procrastinate", "httpx", "aiosmtplib", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


class RequestContext:
    """Gives each request its correlation id, its log line and its metrics, and answers what nobody caught."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, whatever happens inside."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        offered = Headers(scope=scope).get("x-request-id", "")
        request_id = offered if REQUEST_ID.fullmatch(offered) else new_id().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with IN_PROGRESS.track_inprogress():
            try:
                await self.app(scope, receive, send_with_id)
            except Exception as error:
                if status:  # the answer has begun: nothing can be said any more
                    log.exception("answer_broken_off", path=scope["path"])
                    raise
                response = await errors.handle(Request(scope), error)
                await response(scope, receive, send_with_id)
            finally:
                self._count(scope, status, time.perf_counter() - started)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = path_of(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        REQUESTS.labels(method, route, str(status)).inc()
        REQUEST_SECONDS.labels(method, route).observe(seconds)
        if route not in QUIET:
            log.info("request", method=method, route=route, status=status, ms=round(1000 * seconds, 1))


def path_of(scope: Scope) -> str:
    """The path that a request's route declares, as people call it, with the prefix: ids would make endless series."""
    route = scope.get("route")
    if route is None:
        return UNMATCHED
    known: dict[int, str] = scope["app"].state.route_paths
    declared: str = getattr(route, "path", UNMATCHED)
    return known.get(id(route), declared)


def count_failures_from_zero(app: FastAPI) -> None:
    """Tell the failures of every route as 0 before the first: Prometheus sees no rise in a series that begins with it.

    Each route may fail (500) or find a part away (503), and with whatever else it declares. A request knows its route as a
    router declares it; where that router lies is noted here (`path_of`).
    """
    REQUESTS.labels("GET", UNMATCHED, "500")
    app.state.route_paths = {}
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.path is not None:
            app.state.route_paths[id(route.original_route)] = route.path
            declared = {int(status) for status in route.responses if int(status) >= HTTPStatus.INTERNAL_SERVER_ERROR}
            for method in METHODS & (route.methods or set()):
                for status in {500, 503} | declared:
                    REQUESTS.labels(method, route.path, str(status))


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "unmatched"
QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})


def set_up_traces(app: FastAPI, settings: Settings) -> Callable[[], None] | None:
    """Send traces to an OpenTelemetry collector where one is set.

    Returns:
        What sends the last ones; to be called when the process ends. None without a collector.
    """
    if settings.otlp_endpoint is None:
        return None
    # imported only here: it is a second or so that nobody else has to wait for
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": "spheroseg"}))
    exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, excluded_urls="health,metrics")
    return provider.shutdown
