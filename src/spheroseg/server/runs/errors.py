"""Errors of runs, results and edits."""

from __future__ import annotations

from spheroseg.server.http.errors import Conflict, Invalid


class NothingToRun(Conflict):
    """No image of the selection can be segmented."""

    code = "nothing_to_run"
    title = "There is nothing to run"


class TooManyItems(Invalid):
    """More frames than one run may have."""

    code = "too_many_items"
    title = "A run may not have so many frames"
