"""Errors of models."""

from __future__ import annotations

from spheroseg.server.http.errors import Invalid


class UnknownModel(Invalid):
    """No worker has a model of this name."""

    code = "unknown_model"
    title = "There is no such model"
