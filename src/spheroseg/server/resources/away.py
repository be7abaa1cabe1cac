"""What a request is told when a part that the service depends on is away or full."""

from __future__ import annotations

import errno
from typing import ClassVar

from spheroseg.errors import SpheroSegError


class PartAway(SpheroSegError):
    """A part of the service did not do what it was asked; trying again may help.

    Attributes:
        public_reason: for people, without our inside.
    """

    public_reason: ClassVar[str] = "A part of the service is away for the moment"


NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of a disk that is full, or of which one's share is used up."""


class PartFull(PartAway):
    """There is no room left; trying again helps when somebody has made room."""

    public_reason: ClassVar[str] = "There is no room left"


class PartLost(PartAway):
    """What was stored is not there any more; trying again does not help."""

    public_reason: ClassVar[str] = "What was stored is not there any more"
