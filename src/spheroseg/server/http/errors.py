"""Errors of the service. They know their status and code; one handler renders them as problem details (RFC 9457).

* SpheroSegError
  * ServerError              500 internal
    * Invalid                422 invalid
    * Unauthenticated        401 unauthenticated
    * Forbidden              403 forbidden
    * NotFound               404 not_found
    * Conflict               409 conflict
    * PreconditionFailed     412 precondition_failed      somebody changed it in the meantime
    * PreconditionRequired   428 precondition_required    If-Match is missing
    * TooLarge               413 too_large
    * Unsupported            415 unsupported
    * TooManyRequests        429 too_many_requests        with Retry-After
    * Unavailable            503 unavailable              try again
    * StorageFull                 507 storage_full               the storage is full

A feature's own errors are subclasses in `<feature>/errors.py` with a `code` of their own. Codes never change.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, TypeAlias

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from spheroseg.errors import FileError, GeometryError, ModelError, ParameterError, SpheroSegError
from spheroseg.server.resources.away import PartAway, PartFull, PartLost
from spheroseg.server.resources.json_object import JsonObject

log = structlog.get_logger()

PROBLEM = "application/problem+json"

Responses: TypeAlias = dict[int | str, JsonObject]
"""`responses=` of a route, for the OpenAPI document."""


class ServerError(SpheroSegError):
    """Base of all errors that a request may end with.

    Attributes:
        status: HTTP status.
        code: stable name, for programs.
        title: what kind of problem it is, the same sentence each time.
        detail: what happened this time, fit to be shown to a biologist.
        fields: further members of the problem details.
        headers: headers of the response.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None, **fields: Any) -> None:  # noqa: ANN401 -- members of the problem are whatever JSON can say
        self.detail = detail
        self.fields = fields
        self.headers = headers or {}
        super().__init__(detail or self.title)


class Invalid(ServerError):
    """The request is understood and makes no sense."""

    status = 422
    code = "invalid"
    title = "The request makes no sense"


class Unauthenticated(ServerError):
    """Nobody is signed in."""

    status = 401
    code = "unauthenticated"
    title = "Please sign in"


class Forbidden(ServerError):
    """Somebody is signed in and may not do this."""

    status = 403
    code = "forbidden"
    title = "You may not do this"


class NotFound(ServerError):
    """It does not exist, or the caller may not know that it does."""

    status = 404
    code = "not_found"
    title = "It does not exist"


class Conflict(ServerError):
    """It contradicts what is already there."""

    status = 409
    code = "conflict"
    title = "It contradicts what is already there"


class PreconditionFailed(ServerError):
    """Somebody changed it in the meantime."""

    status = 412
    code = "precondition_failed"
    title = "Somebody changed it in the meantime"


class PreconditionRequired(ServerError):
    """An edit came without the version it started from."""

    status = 428
    code = "precondition_required"
    title = "Say which version you are changing (If-Match)"


class TooLarge(ServerError):
    """More bytes than allowed."""

    status = 413
    code = "too_large"
    title = "It is too large"


class Unsupported(ServerError):
    """A kind of content that we do not read."""

    status = 415
    code = "unsupported"
    title = "We cannot read this kind of content"


class TooManyRequests(ServerError):
    """More requests than allowed; `Retry-After` says when to come back."""

    status = 429
    code = "too_many_requests"
    title = "Too many requests"

    def __init__(self, detail: str = "", *, retry_after_s: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)}, retry_after_s=retry_after_s)


class Unavailable(ServerError):
    """A part of the service is away for the moment."""

    status = 503
    code = "unavailable"
    title = "The service is busy or restarting"

    def __init__(self, detail: str = "", *, retry_after_s: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)}, retry_after_s=retry_after_s)


class StorageFull(ServerError):
    """The disk has no room left; what is there can be read as before."""

    status = 507
    code = "storage_full"
    title = "The storage is full"


class Lost(ServerError):
    """It was there, and its bytes are gone from the storage; asking again does not help."""

    status = 410
    code = "lost"
    title = "It is not there any more"


def problems(*errors: type[ServerError]) -> Responses:
    """`responses=` of a route: the statuses and stable codes that it may end with, for the OpenAPI document."""
    by_status: dict[int, list[type[ServerError]]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return {
        status: {
            "description": "; ".join(f"`{error.code}`: {error.title}" for error in group),
            "content": {
                PROBLEM: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {error.code: {"value": _body(error, "")} for error in group},
                }
            },
        }
        for status, group in sorted(by_status.items())
    }


PROBLEM_SCHEMA: JsonObject = {
    "title": "Problem",
    "description": "Problem details (RFC 9457). `code` is stable; `detail` is for people.",
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["about:blank#not_found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["not_found"]},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["where", "reason"],
                "properties": {
                    "where": {"type": "string"},
                    "reason": {"type": "string"},
                    "kind": {"type": "string", "examples": ["greater_than"]},
                    "limits": {"type": "object", "examples": [{"gt": 0}]},
                },
            },
        },
    },
    "additionalProperties": True,
}


def _body(error: type[ServerError] | ServerError, detail: str) -> JsonObject:
    body: JsonObject = {
        "type": f"about:blank#{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
    }
    return body | ({"detail": detail} if detail else {})


def render(error: ServerError) -> JSONResponse:
    """The error as problem details."""
    # what may not be seen is told of to the letter like what does not exist
    is_hidden = type(error) is NotFound
    body = _body(error, "") if is_hidden else error.fields | _body(error, error.detail)
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        body["request_id"] = request_id
    headers = dict(error.headers)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    return JSONResponse(body, status_code=error.status, headers=headers, media_type=PROBLEM)


def _of_status(status: int, detail: str, headers: dict[str, str] | None) -> ServerError:
    """The error for a status that the framework itself ended with (unknown path, wrong method, body too large)."""
    known: dict[int, type[ServerError]] = {
        cls.status: cls for cls in (Unauthenticated, Forbidden, NotFound, Conflict, TooLarge, Unsupported, Invalid)
    }
    if status in known:
        return known[status](detail, headers=headers)
    phrase = HTTPStatus(status).phrase
    code = phrase.lower().replace(" ", "_").replace("-", "_")
    kind = type("FrameworkError", (ServerError,), {"status": status, "code": code, "title": phrase})
    error: ServerError = kind(detail, headers=headers)
    return error


def _reason(item: Mapping[str, Any]) -> dict[str, object]:
    """What is wrong with one value: where, the sentence, and for pages in other languages its kind and limits."""
    limits = {name: limit for name, limit in item.get("ctx", {}).items() if isinstance(limit, str | int | float)}
    return {
        "where": ".".join(str(part) for part in item["loc"]),
        "reason": str(item["msg"]).removeprefix("Value error, "),
        "kind": str(item["type"]),
        "limits": limits,
    }


def of_exception(error: Exception) -> ServerError:
    """The error that a caller is told for any exception; what we did not foresee says nothing about the inside."""
    match error:
        case ServerError():
            return error
        case RequestValidationError():
            reasons = [_reason(item) for item in error.errors()]
            first = reasons[0] if reasons else {"where": "body", "reason": "cannot be read"}
            return Invalid(f"{first['where']}: {first['reason']}", errors=reasons)
        case HTTPException():
            return _of_status(error.status_code, str(error.detail), dict(error.headers) if error.headers else None)
        case FileError():
            return Invalid(error.reason)  # the path is ours and nobody's business
        case PartFull():
            return StorageFull(error.public_reason)
        case PartLost():
            return Lost(error.public_reason)
        case PartAway():
            return Unavailable(error.public_reason)
        case ParameterError() | GeometryError() | ModelError():
            return Invalid(str(error))
        case PoolTimeoutError():
            return Unavailable("All connections to the database are in use")
        case DBAPIError():
            return _of_database(error)
        case _:
            return ServerError()


def _of_database(error: DBAPIError) -> ServerError:
    match error.orig:
        case (
            psycopg.errors.LockNotAvailable()
            | psycopg.errors.DeadlockDetected()
            | psycopg.errors.SerializationFailure()
        ):
            return Unavailable("Somebody else is changing the same thing")
        case psycopg.errors.QueryCanceled():
            return Unavailable("The database took too long")
        case psycopg.errors.UniqueViolation() | psycopg.errors.ForeignKeyViolation():
            return Conflict()
        case psycopg.errors.DataError():
            return Invalid("A value cannot be stored")  # for example a NUL character in a text
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return Unavailable("The database is away for the moment")
        case _:
            return ServerError()


async def handle(request: Request, error: Exception) -> JSONResponse:
    """The one handler: every exception of a request becomes problem details."""
    answer = of_exception(error)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", path=request.url.path, method=request.method, code=answer.code, exc_info=error)
    return render(answer)


def install(app: FastAPI) -> None:
    """Make `handle` the handler of everything."""
    for kind in (ServerError, SpheroSegError, RequestValidationError, HTTPException, DBAPIError, PoolTimeoutError):
        app.add_exception_handler(kind, handle)
