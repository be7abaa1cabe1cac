"""A correction as a value: where it happens, what it changes, what it changed."""

from __future__ import annotations

from dataclasses import dataclass

from spheroseg.server.compute.requests import FrameJob
from spheroseg.server.tables.images import File
from spheroseg.server.tables.json_columns import MeasureColumn, StoredObject


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step happens: the result's version it starts from, its frame, file and measures."""

    version: int
    next_number: int
    columns: list[MeasureColumn]
    file: File
    job: FrameJob


@dataclass(frozen=True, slots=True)
class Step:
    """What a step changes: objects as they were and as they are, others that are removed; and the measures they have."""

    kind: str
    before: list[StoredObject]
    after: list[StoredObject]
    columns: list[MeasureColumn]
    removed: list[int]
    """Numbers of objects that go: there may be very many, and nobody needs to look at them."""

    @property
    def numbers_before(self) -> list[int]:
        """Numbers of all objects that are changed or removed."""
        return sorted([*self.removed, *(one["number"] for one in self.before)])

    @property
    def numbers_after(self) -> list[int]:
        """Numbers of all objects that are new or changed."""
        return sorted(one["number"] for one in self.after)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step, done or taken back, changed: numbers of objects that were and that are there."""

    kind: str
    sequence: int
    before: list[int]
    after: list[int]
