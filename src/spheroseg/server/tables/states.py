"""Where a run or a result is."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a result (one frame in one run), or a whole run, is."""

    QUEUED = "queued"  #: waiting for a worker
    RUNNING = "running"  #: a worker has it
    DONE = "done"  #: outlines are there
    FAILED = "failed"  #: given up, with a reason
    CANCELLED = "cancelled"  #: somebody stopped it


ACTIVE: Final = frozenset({State.QUEUED, State.RUNNING})
