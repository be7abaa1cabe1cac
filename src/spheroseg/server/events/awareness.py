"""Cursor awareness: where people point in an image and which objects they work on, over several processes.

An object that somebody works on is locked by courtesy: editors refuse to begin on it. What counts is decided by the
database when a step is saved.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from spheroseg.server.events.presence import FORGOTTEN_AFTER_S, Person
from spheroseg.server.resources.event import CursorJson

SENT_EVERY_S = 0.1
"""To the browsers of the same process."""

ANNOUNCED_EVERY_S = 0.5
"""To other processes."""

MAX_NUMBERS = 200
_LARGEST = 2**31
_UUID_LENGTH = 36


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where one connection points, and what it works on.

    Attributes:
        connection_id: a person may have several windows.
        user_id: whose.
        name: whose.
        frame: time point that is looked at.
        position: (x, y) in pixels, or None where the pointer is not on the image.
        numbers: objects that are being worked on.
        result_id: the version of the outlines that they are numbers of; None where it is not said.
    """

    connection_id: str
    user_id: str
    name: str
    frame: int
    position: tuple[float, float] | None
    numbers: tuple[int, ...]
    result_id: str | None = None

    @classmethod
    def read(cls, connection_id: str, person: Person, message: Mapping[str, Any]) -> Cursor | None:
        """The cursor in a browser's message; None where the message is none."""
        frame, position, numbers = message.get("frame", 0), message.get("position"), message.get("numbers", [])
        result_id = message.get("result_id")
        if result_id is not None and not (isinstance(result_id, str) and len(result_id) <= _UUID_LENGTH):
            return None
        if type(frame) is not int or not 0 <= frame < _LARGEST:
            return None
        if not isinstance(numbers, list) or len(numbers) > MAX_NUMBERS:
            return None
        if not all(type(number) is int and 0 < number < _LARGEST for number in numbers):
            return None
        place: tuple[float, float] | None = None
        if position is not None:
            if not isinstance(position, list) or len(position) != 2:
                return None
            if not all(
                type(value) in {int, float} and math.isfinite(value) and abs(value) <= 1e7 for value in position
            ):
                return None
            place = (round(float(position[0]), 2), round(float(position[1]), 2))
        return cls(
            connection_id, person.user_id, person.name[:60], frame, place, tuple(sorted(set(numbers))), result_id
        )

    def to_json(self) -> CursorJson:
        """As plain JSON."""
        return {
            "connection_id": self.connection_id,
            "user_id": self.user_id,
            "name": self.name,
            "frame": self.frame,
            "position": self.position,
            "numbers": self.numbers,
            "result_id": self.result_id,
        }

    @classmethod
    def from_json(cls, payload: CursorJson) -> Cursor:
        """The opposite of `to_json`."""
        position = payload["position"]
        place = None if position is None else (position[0], position[1])
        return cls(
            connection_id=payload["connection_id"],
            user_id=payload["user_id"],
            name=payload["name"],
            frame=payload["frame"],
            position=place,
            numbers=tuple(payload["numbers"]),
            result_id=payload["result_id"],
        )


@dataclass(slots=True)
class Awareness:
    """Cursors by topic, of this process and of the others.

    Attributes:
        clock: seconds that only go forward.
    """

    clock: Callable[[], float] = time.monotonic
    _here: dict[str, dict[str, Cursor]] = field(default_factory=dict)
    _elsewhere: dict[str, dict[str, tuple[float, Cursor]]] = field(default_factory=dict)
    _unsent: set[str] = field(default_factory=set)
    _unannounced: dict[tuple[str, str], Cursor | None] = field(default_factory=dict)
    _announced_at: dict[tuple[str, str], float] = field(default_factory=dict)

    def move(self, topic: str, cursor: Cursor) -> None:
        """A cursor of this process is there now; objects that somebody else works on already it does not get."""
        taken = {
            number
            for other in self._at(topic)
            if other.connection_id != cursor.connection_id
            and (other.frame, other.result_id) == (cursor.frame, cursor.result_id)
            for number in other.numbers
        }
        cursor = replace(cursor, numbers=tuple(number for number in cursor.numbers if number not in taken))
        cursors = self._here.setdefault(topic, {})
        if cursors.get(cursor.connection_id) != cursor:
            cursors[cursor.connection_id] = cursor
            self._unsent.add(topic)
            self._unannounced[topic, cursor.connection_id] = cursor

    def leave(self, topic: str, connection_id: str) -> None:
        """A connection of this process has no cursor there any more."""
        cursors = self._here.get(topic, {})
        if cursors.pop(connection_id, None) is not None:
            self._unsent.add(topic)
            self._unannounced[topic, connection_id] = None
        if not cursors:
            self._here.pop(topic, None)

    def hear(self, topic: str, connection_id: str, cursor: Cursor | None) -> None:
        """Another process announced one of its cursors, or that it is gone."""
        cursors = self._elsewhere.setdefault(topic, {})
        before = cursors.pop(connection_id, None)
        if cursor is not None:
            cursors[connection_id] = (self.clock(), cursor)
        if (before and before[1]) != cursor:
            self._unsent.add(topic)
        if not cursors:
            self._elsewhere.pop(topic, None)

    def everybody(self, topic: str) -> list[CursorJson]:
        """All cursors at a topic, as plain JSON."""
        return [cursor.to_json() for cursor in sorted(self._at(topic), key=lambda cursor: cursor.connection_id)]

    def _at(self, topic: str) -> list[Cursor]:
        oldest = self.clock() - FORGOTTEN_AFTER_S
        elsewhere = [cursor for heard_at, cursor in self._elsewhere.get(topic, {}).values() if heard_at >= oldest]
        return [*self._here.get(topic, {}).values(), *elsewhere]

    def unsent(self) -> set[str]:
        """Topics where something changed since the last time this was asked."""
        topics, self._unsent = self._unsent, set()
        return topics

    def unannounced(self) -> list[tuple[str, str, Cursor | None]]:
        """(topic, connection, cursor) of what other processes have to hear now: each connection twice a second at most."""
        now = self.clock()
        due = [key for key in self._unannounced if now - self._announced_at.get(key, -math.inf) >= ANNOUNCED_EVERY_S]
        found = []
        for key in due:
            cursor = self._unannounced.pop(key)
            if cursor is None:
                self._announced_at.pop(key, None)
            else:
                self._announced_at[key] = now
            found.append((*key, cursor))
        return found

    @property
    def is_waiting(self) -> bool:
        """Whether something has still to be sent or announced."""
        return bool(self._unsent or self._unannounced)

    def repeat(self) -> None:
        """Announce all cursors of this process again, so that the others do not forget those that rest."""
        for topic, cursors in self._here.items():
            for connection_id, cursor in cursors.items():
                self._unannounced.setdefault((topic, connection_id), cursor)

    def forget_silent(self) -> None:
        """Drop the cursors of processes that have been silent for long."""
        oldest = self.clock() - FORGOTTEN_AFTER_S
        for topic, cursors in list(self._elsewhere.items()):
            for connection_id, (heard_at, _) in list(cursors.items()):
                if heard_at < oldest:
                    self.hear(topic, connection_id, None)
