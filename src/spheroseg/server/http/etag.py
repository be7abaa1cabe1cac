"""Versions as entity tags: an edit says which version it starts from, and is refused when that is no longer the one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from spheroseg.server.http.errors import PreconditionFailed, PreconditionRequired

IfMatch = Annotated[str | None, Header(alias="If-Match", description="ETag of the version that is being changed")]


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def match_version(if_match: str | None, version: int) -> None:
    """Refuse an edit that does not start from the present version.

    Raises:
        PreconditionRequired: no `If-Match` header.
        PreconditionFailed: somebody else made another version; `version` in the problem says which is the present one.
    """
    if if_match is None:
        raise PreconditionRequired
    offered = {part.strip().removeprefix("W/") for part in if_match.split(",")}
    if "*" not in offered and etag(version) not in offered:
        raise PreconditionFailed(version=version)
