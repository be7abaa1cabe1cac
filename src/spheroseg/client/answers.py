"""What the service answers, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Project:
    """A project of the service."""

    id: str
    name: str
    pixel_size_um: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run and how far it is: of `n_items` frames so many are in each state."""

    id: str
    project_id: str
    state: str
    n_items: int
    n_queued: int = 0
    n_running: int = 0
    n_done: int = 0
    n_failed: int = 0
    n_cancelled: int = 0
    time_left_s: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing waits or runs any more."""
        return self.state in {"done", "failed", "cancelled"}


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in a project since a moment.

    Attributes:
        images: as the API tells them, each once: new ones, and those of which anything is different.
        removed: ids of those that lie in the trash now.
        since: to ask with the next time.
    """

    images: tuple[dict[str, Any], ...]
    removed: tuple[str, ...]
    since: str
