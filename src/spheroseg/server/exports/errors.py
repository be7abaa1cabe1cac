"""Errors of exports."""

from __future__ import annotations

from spheroseg.server.http.errors import Conflict, ServerError


class ExportNotReady(Conflict):
    """The archive is still being made, or could not be."""

    code = "export_not_ready"
    title = "The export is not ready"


class ExportGone(ServerError):
    """The archive was removed after a week."""

    status = 410
    code = "export_gone"
    title = "The export is gone; make it again"
