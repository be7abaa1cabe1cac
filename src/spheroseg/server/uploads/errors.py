"""Errors of uploads."""

from __future__ import annotations

from spheroseg.server.http.errors import Conflict, ServerError, TooLarge


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


class QuotaExceeded(TooLarge):
    """More bytes or images than a person or a project may have here."""

    code = "quota_exceeded"
    title = "There is no room left for this"


class TooManyUploads(Conflict):
    """More uploads begun and not ended than a person may have."""

    code = "too_many_uploads"
    title = "Too many uploads are open; end or continue some of them first"
