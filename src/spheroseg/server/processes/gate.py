"""Processes that load their modules while the database starts: they wait at a gate for the rest of their settings.

What they load takes as long as a new database; on two cores both go on at the same time.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from spheroseg.server.config import PREFIX

GATE = f"{PREFIX}START_GATE"
"""Variable of a process that waits: the number of the pipe that it reads its settings from."""


@dataclass
class Gate:
    """Our end of the pipe to one process, and its own."""

    ours: int
    theirs: int

    @classmethod
    def new(cls) -> Gate:
        """A closed gate."""
        theirs, ours = os.pipe()
        return cls(ours, theirs)

    def open(self, environment: Mapping[str, str]) -> None:
        """Let the process go on, with these variables."""
        with contextlib.suppress(OSError):  # it died at the gate, which is noticed elsewhere
            os.write(self.ours, json.dumps(dict(environment)).encode())
        self.close()

    def close(self) -> None:
        """A process that still waits ends."""
        if self.ours >= 0:
            os.close(self.ours)
            self.ours = -1


def pass_through() -> bool:
    """Wait until the gate of this process opens, if it has one, and take over the variables that come with it.

    Returns:
        False when it will never open: the service ended before it began.
    """
    number = os.environ.pop(GATE, None)
    if number is None:
        return True
    with os.fdopen(int(number), "rb") as theirs:
        content = theirs.read()
    if not content:
        return False
    os.environ.update(json.loads(content))
    return True
