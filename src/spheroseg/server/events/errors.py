"""Errors of live events."""

from __future__ import annotations

from spheroseg.server.http.errors import ServerError


class InvalidTopic(ServerError):
    """A topic that names nothing."""

    status = 422
    code = "invalid_topic"
    title = "There is no such topic"
