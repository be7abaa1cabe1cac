"""Errors of the analysis of plates."""

from __future__ import annotations

from spheroseg.server.http.errors import Invalid


class InvalidLayout(Invalid):
    """The layout names something that makes no sense; the detail names the wells."""

    code = "invalid_layout"
    title = "This layout makes no sense"


class NotAnalysable(Invalid):
    """The sizes allow no conclusion; the detail says why."""

    code = "not_analysable"
    title = "This cannot be analysed"
