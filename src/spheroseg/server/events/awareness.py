"""Where people's hands are in an image: cursors, and the objects that somebody is working on, over several processes.

An object in somebody's hand is locked by courtesy: editors refuse to begin on it. What counts is decided by the
database when a step is saved.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

from spheroseg.server.events.presence import FORGOTTEN_AFTER_S, Person
from spheroseg.server.resources.json_object import JsonObject

TOLD_EVERY_S = 0.1
"""To the browsers of the same process."""

ANNOUNCED_EVERY_S = 0.5
"""To other processes."""

MAX_NUMBERS = 200
_LARGEST = 2**31
_UUID_LENGTH = 36


@dataclass(frozen=True, slots=True)
class Cursor:
    """One connection's hand.

    Attributes:
        connection_id: a person may have several windows.
        user_id: whose.
        name: whose.
        frame: time point that is looked at.
        cursor: (x, y) in pixels, or None where there is none.
        numbers: objects that are being worked on.
        result_id: the version of the outlines that they are numbers of; None where it is not said.
    """

    connection_id: str
    user_id: str
    name: str
    frame: int
    cursor: tuple[float, float] | None
    numbers: tuple[int, ...]
    result_id: str | None = None

    @classmethod
    def read(cls, connection_id: str, person: Person, message: JsonObject) -> Cursor | None:
        """A hand as a browser says it; None when it says something else."""
        frame, cursor, numbers = message.get("frame", 0), message.get("cursor"), message.get("numbers", [])
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
        if cursor is not None:
            if not isinstance(cursor, list) or len(cursor) != 2 or not all(type(v) in {int, float} for v in cursor):
                return None
            if not all(math.isfinite(value) and abs(value) <= 1e7 for value in cursor):
                return None
            place = (round(float(cursor[0]), 2), round(float(cursor[1]), 2))
        return cls(
            connection_id, person.user_id, person.name[:60], frame, place, tuple(sorted(set(numbers))), result_id
        )

    def told(self) -> JsonObject:
        """As plain JSON."""
        return asdict(self)

    @classmethod
    def heard(cls, told: JsonObject) -> Cursor:
        """The opposite of `told`, over JSON."""
        cursor = told["cursor"]
        place = None if cursor is None else (cursor[0], cursor[1])
        return cls(**told | {"cursor": place, "numbers": tuple(told["numbers"])})


@dataclass(slots=True)
class Awareness:
    """Awareness by topic, of this process and of the others.

    Attributes:
        clock: seconds that only go forward.
    """

    clock: Callable[[], float] = time.monotonic
    _here: dict[str, dict[str, Cursor]] = field(default_factory=dict)
    _elsewhere: dict[str, dict[str, tuple[float, Cursor]]] = field(default_factory=dict)
    _untold: set[str] = field(default_factory=set)
    _unannounced: dict[tuple[str, str], Cursor | None] = field(default_factory=dict)
    _announced_at: dict[tuple[str, str], float] = field(default_factory=dict)

    def move(self, topic: str, hand: Cursor) -> None:
        """A hand of this process is there now; objects that another hand holds already it does not get."""
        taken = {
            number
            for other in self._at(topic)
            if other.connection_id != hand.connection_id
            and (other.frame, other.result_id) == (hand.frame, hand.result_id)
            for number in other.numbers
        }
        hand = replace(hand, numbers=tuple(number for number in hand.numbers if number not in taken))
        hands = self._here.setdefault(topic, {})
        if hands.get(hand.connection_id) != hand:
            hands[hand.connection_id] = hand
            self._untold.add(topic)
            self._unannounced[topic, hand.connection_id] = hand

    def leave(self, topic: str, connection_id: str) -> None:
        """A connection of this process has no hand there any more."""
        hands = self._here.get(topic, {})
        if hands.pop(connection_id, None) is not None:
            self._untold.add(topic)
            self._unannounced[topic, connection_id] = None
        if not hands:
            self._here.pop(topic, None)

    def hear(self, topic: str, connection_id: str, hand: Cursor | None) -> None:
        """Another process told of one of its hands, or that it is gone."""
        hands = self._elsewhere.setdefault(topic, {})
        before = hands.pop(connection_id, None)
        if hand is not None:
            hands[connection_id] = (self.clock(), hand)
        if (before and before[1]) != hand:
            self._untold.add(topic)
        if not hands:
            self._elsewhere.pop(topic, None)

    def everybody(self, topic: str) -> list[JsonObject]:
        """All hands at a topic, as plain JSON."""
        return [hand.told() for hand in sorted(self._at(topic), key=lambda hand: hand.connection_id)]

    def _at(self, topic: str) -> list[Cursor]:
        oldest = self.clock() - FORGOTTEN_AFTER_S
        elsewhere = [hand for heard_at, hand in self._elsewhere.get(topic, {}).values() if heard_at >= oldest]
        return [*self._here.get(topic, {}).values(), *elsewhere]

    def untold(self) -> set[str]:
        """Topics where something changed since the last time this was asked."""
        topics, self._untold = self._untold, set()
        return topics

    def unannounced(self) -> list[tuple[str, str, Cursor | None]]:
        """(topic, connection, hand) of what other processes have to hear now: each connection twice a second at most."""
        now = self.clock()
        due = [key for key in self._unannounced if now - self._announced_at.get(key, -math.inf) >= ANNOUNCED_EVERY_S]
        found = []
        for key in due:
            hand = self._unannounced.pop(key)
            if hand is None:
                self._announced_at.pop(key, None)
            else:
                self._announced_at[key] = now
            found.append((*key, hand))
        return found

    @property
    def is_waiting(self) -> bool:
        """Whether something has still to be told or announced."""
        return bool(self._untold or self._unannounced)

    def repeat(self) -> None:
        """Announce all hands of this process again, so that the others do not forget those that rest."""
        for topic, hands in self._here.items():
            for connection_id, hand in hands.items():
                self._unannounced.setdefault((topic, connection_id), hand)

    def forget_silent(self) -> None:
        """Drop the hands of processes that have been silent for long."""
        oldest = self.clock() - FORGOTTEN_AFTER_S
        for topic, hands in list(self._elsewhere.items()):
            for connection_id, (heard_at, _) in list(hands.items()):
                if heard_at < oldest:
                    self.hear(topic, connection_id, None)
