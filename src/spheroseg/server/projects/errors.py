"""Errors of projects."""

from __future__ import annotations

from spheroseg.server.errors import Conflict, Invalid, NotFound


class FolderNotFound(NotFound):
    """No such folder in the caller's tree."""

    code = "folder_not_found"
    title = "This folder does not exist"


class FolderCycle(Invalid):
    """A folder cannot lie inside itself."""

    code = "folder_cycle"
    title = "A folder cannot lie inside itself"


class FolderTooDeep(Invalid):
    """The tree has its limit."""

    code = "folder_too_deep"
    title = "Folders cannot be nested so deeply"


class TooManyFolders(Conflict):
    """A tree has its limit."""

    code = "too_many_folders"
    title = "There are too many folders"
