"""Bounds on what a connection may send before it is known what it wants: uvicorn itself sets none on headers and their time."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_TIMEOUT_S = 20.0
"""From the first byte (or the connection) to the end of a request's headers."""

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100


class BoundedProtocol(HttpToolsProtocol):
    """HTTP as uvicorn reads it, with bounds on the size, number and time of a request's headers."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 -- those of uvicorn
        super().__init__(*arguments, **named)
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the headers have become too long."""
        super().data_received(data)
        if self._head_timer is not None and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES or len(self.headers or ()) > MAX_HEADERS:
                self._refuse(431, "The headers of the request are too long.")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._begin_head()

    def on_headers_complete(self) -> None:
        """Its headers are there."""
        self._end_head()
        if len(self.headers) > MAX_HEADERS:
            self._refuse(431, "The request has too many headers.")
            return
        super().on_headers_complete()

    def _begin_head(self) -> None:
        self._end_head()
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(
            HEAD_TIMEOUT_S, self._refuse, 408, "The request took too long to arrive."
        )

    def _end_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: int, reason: str) -> None:
        self._end_head()
        phrase = {408: "Request Timeout", 431: "Request Header Fields Too Large"}[status]
        body = reason.encode("ascii")
        head = (
            f"HTTP/1.1 {status} {phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()
