"""Which object an outline of a file is: its number, class and confidence."""

from __future__ import annotations

from dataclasses import dataclass

from spheroseg.formats.dataset import Report

MAX_LABEL = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Identity:
    """What an outline in a file stands for.

    Attributes:
        label: the object's number in its image.
        class_name: "spheroid", "core", "cell", …
        confidence: 0…1, or None.
    """

    label: int
    class_name: str = "spheroid"
    confidence: float | None = None


class Numbering:
    """Numbers the objects of one image: as the file states where that number is free, else with the next free one."""

    def __init__(self, report: Report | None = None) -> None:
        self._report = report
        self._taken: set[tuple[int, str]] = set()
        self._labels: set[int] = set()
        self._next = 1

    def number(self, stated: int | None, class_name: str, where: str = "") -> int:
        """A label that no other object of the class has; a core may share the label of its spheroid.

        A stated number that cannot be kept is said in the report, with the place.
        """
        if stated is None or not 1 <= stated <= MAX_LABEL or (stated, class_name) in self._taken:
            while self._next in self._labels:
                self._next += 1
            if stated is not None and self._report is not None:
                why = "another object has it" if 1 <= stated <= MAX_LABEL else f"numbers go from 1 to {MAX_LABEL}"
                self._report.add("repaired", where, f"its number {stated} became {self._next}: {why}")
            stated = self._next
        self._taken.add((stated, class_name))
        self._labels.add(stated)
        return stated
