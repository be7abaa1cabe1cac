"""Cursor pages: a listing goes on from the last row seen, so a page costs the same at row 50 and at row 100,000."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import types
import uuid
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

from spheroseg.server.http.errors import Invalid


class InvalidCursor(Invalid):
    """A cursor that this listing did not give."""

    code = "invalid_cursor"
    title = "The cursor is not one of this listing"


T = TypeVar("T")
R = TypeVar("R")
CursorValue: TypeAlias = str | float | uuid.UUID | dt.datetime | None


class Page(BaseModel, Generic[T]):
    """Some rows of a listing, and where to go on; `next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None = None


class PageParameters(BaseModel):
    """How many rows, and from where."""

    limit: int
    cursor: str | None


async def page_parameters(  # a coroutine, because FastAPI calls plain functions in a thread
    limit: Annotated[int, Query(ge=1, le=200, description="How many rows at most")] = 50,
    cursor: Annotated[str | None, Query(max_length=1024, description="`next_cursor` of the page before")] = None,
) -> PageParameters:
    """The query parameters of every listing."""
    return PageParameters(limit=limit, cursor=cursor)


PageQuery = Annotated[PageParameters, Depends(page_parameters)]


def encode_cursor(*values: CursorValue) -> str:
    """The sort values of the last row, as one opaque word."""
    plain = [value.isoformat() if isinstance(value, dt.datetime) else value for value in values]
    text = json.dumps([str(value) if isinstance(value, uuid.UUID) else value for value in plain], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def page_of(
    rows: Sequence[R], limit: int, place: Callable[[R], Sequence[CursorValue]]
) -> tuple[Sequence[R], str | None]:
    """The rows of a page, and the cursor that goes on behind them.

    Args:
        rows: one more than the page has, where there are so many.
        limit: rows of the page.
        place: the sort values of a row.

    Returns:
        At most `limit` rows, and None on the last page.
    """
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], encode_cursor(*place(rows[limit - 1]))


def decode_cursor(cursor: str | None, *kinds: type | types.UnionType) -> tuple[Any, ...] | None:
    """The sort values in a cursor, `None` without one.

    Args:
        cursor: as given by the caller.
        kinds: the type of each value: str, int, float, uuid.UUID, datetime; `float | None` where it may be null.

    Raises:
        InvalidCursor: it holds something else.
    """
    if cursor is None:
        return None
    try:
        values = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise InvalidCursor
        return tuple(_read(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, binascii.Error, RecursionError, OverflowError):
        raise InvalidCursor from None


def _read(value: object, kind: Any) -> Any:  # noqa: ANN401 -- the caller names the type
    if isinstance(kind, types.UnionType):
        if value is None:
            return None
        kind = kind.__args__[0]
    if kind is uuid.UUID and isinstance(value, str):
        return uuid.UUID(value)
    if kind is dt.datetime and isinstance(value, str):
        read = dt.datetime.fromisoformat(value)
        if read.tzinfo is None:
            raise InvalidCursor
        return read
    if kind is str and isinstance(value, str) and "\0" not in value:
        return value
    if kind is int and type(value) is int and abs(value) < 2**63:
        return value
    if kind is float and type(value) in {int, float}:
        return float(value)  # type: ignore[arg-type]  # narrowed by the line above
    raise InvalidCursor
