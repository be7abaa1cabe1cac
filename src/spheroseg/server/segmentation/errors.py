"""Errors of runs, results and edits."""

from __future__ import annotations

from spheroseg.server.errors import Conflict, Invalid, NotFound


class UnknownModel(Invalid):
    """No worker has a model of this name."""

    code = "unknown_model"
    title = "There is no such model"


class NothingToRun(Conflict):
    """No image of the selection can be segmented."""

    code = "nothing_to_run"
    title = "There is nothing to run"


class TooManyItems(Invalid):
    """More frames than one run may have."""

    code = "too_many_items"
    title = "A run may not have so many frames"


class ResultNotReady(Conflict):
    """The result has no outlines (yet)."""

    code = "result_not_ready"
    title = "The result has no outlines"


class NoMaps(Conflict):
    """The probability map is not kept for this result."""

    code = "no_maps"
    title = "The threshold of this result cannot be moved"


class InvalidOutline(Invalid):
    """An outline that cannot be used."""

    code = "invalid_outline"
    title = "The outline cannot be used"


class NoSuchObject(NotFound):
    """The result has no object of this number."""

    code = "no_such_object"
    title = "There is no such object"


class NothingToUndo(Conflict):
    """There is no edit to take back or to do again."""

    code = "nothing_to_undo"
    title = "There is nothing to undo or redo"
