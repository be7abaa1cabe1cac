"""Errors of runs, results and edits."""

from __future__ import annotations

from spheroseg.errors import SpheroSegError
from spheroseg.server.http.errors import Conflict, Invalid
from spheroseg.server.resources.storage import ObjectMissing


class NothingToRun(Conflict):
    """No image of the selection can be segmented."""

    code = "nothing_to_run"
    title = "There is nothing to run"


class TooManyItems(Invalid):
    """More frames than one run may have."""

    code = "too_many_items"
    title = "A run may not have so many frames"


def code_of(error: SpheroSegError) -> str:
    """Stable code of an error: ImageReadError → image_read."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def public_reason_of(error: Exception) -> str:
    """What a person is told: the first line, without our inside."""
    if isinstance(error, ObjectMissing):
        return "The image's file is not in the storage"
    return str(error).splitlines()[0][:300] if isinstance(error, SpheroSegError) else "The storage could not be reached"
