"""Errors of images and uploads."""

from __future__ import annotations

from spheroseg.server.http.errors import Conflict, Invalid, NotFound, TooLarge, Unsupported


class ImageNotReady(Conflict):
    """The image is still being prepared, or could not be read."""

    code = "image_not_ready"
    title = "The image is not ready"


class NoSuchTile(NotFound):
    """The image has no such tile, frame, plane or channel."""

    code = "no_such_tile"
    title = "The image has no such tile"


class NotAnImage(Unsupported):
    """A file whose first bytes are those of no image that we read."""

    code = "not_an_image"
    title = "This is no image that SpheroSeg reads"


class FileTooLarge(TooLarge):
    """A file above the limit of the installation."""

    code = "file_too_large"
    title = "The file is too large"


class BadUpload(Invalid):
    """An upload that cannot be read: no multipart form, no file in it, a broken header."""

    code = "bad_upload"
    title = "The upload cannot be read"


class InvalidPattern(Invalid):
    """A pattern for file names that cannot be used."""

    code = "invalid_pattern"
    title = "The pattern for file names cannot be used"
