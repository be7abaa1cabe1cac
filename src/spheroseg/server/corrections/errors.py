"""Errors of corrections."""

from __future__ import annotations

from spheroseg.server.http.errors import Conflict, Invalid, NotFound


class InvalidOutline(Invalid):
    """An outline that cannot be used."""

    code = "invalid_outline"
    title = "The outline cannot be used"


class UnusableOutlines(Invalid):
    """A file whose outlines cannot be read or are of another image."""

    code = "unusable_outlines"
    title = "The outlines of the file cannot be used"


class NoSuchObject(NotFound):
    """The result has no object of this number."""

    code = "no_such_object"
    title = "There is no such object"


class NothingToUndo(Conflict):
    """There is no edit to take back or to do again."""

    code = "nothing_to_undo"
    title = "There is nothing to undo or redo"
