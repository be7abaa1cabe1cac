"""Errors of results."""

from __future__ import annotations

from spheroseg.server.http.errors import Conflict


class ResultNotReady(Conflict):
    """The result has no outlines (yet)."""

    code = "result_not_ready"
    title = "The result has no outlines"


class NoMaps(Conflict):
    """The probability map is not stored for this result."""

    code = "no_maps"
    title = "The threshold of this result cannot be moved"
