"""Errors of images and uploads."""

from __future__ import annotations

from spheroseg.server.errors import Conflict, Invalid, NotFound, ServerError, TooLarge, Unsupported


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


class OffsetMismatch(Conflict):
    """A resumed upload goes on somewhere else than where it stopped."""

    code = "offset_mismatch"
    title = "The upload goes on at another place"


class UploadGone(ServerError):
    """The upload was given up too long ago."""

    status = 410
    code = "upload_gone"
    title = "The upload is gone; begin again"


class WrongTusVersion(ServerError):
    """The client speaks another version of tus."""

    status = 412
    code = "wrong_tus_version"
    title = "We speak tus 1.0.0"


class ChecksumMismatch(ServerError):
    """The bytes of an upload are not those that its checksum names."""

    status = 460
    code = "checksum_mismatch"
    title = "The bytes arrived damaged; send them again"
