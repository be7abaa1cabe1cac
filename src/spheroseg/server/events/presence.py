"""Who else is looking: each process tells the others whom it serves, and forgets those it no longer hears."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

ANNOUNCED_EVERY_S = 20.0
FORGOTTEN_AFTER_S = 60.0


@dataclass(frozen=True, slots=True, order=True)
class Person:
    """Somebody who is looking."""

    user_id: str
    name: str


@dataclass(slots=True)
class Presence:
    """People by topic and process.

    Attributes:
        process_id: of this process, unique for its life.
        clock: seconds that only go forward.
    """

    process_id: str
    clock: Callable[[], float] = time.monotonic
    _here: dict[str, dict[str, Person]] = field(default_factory=dict)
    _elsewhere: dict[str, dict[str, tuple[float, tuple[Person, ...]]]] = field(default_factory=dict)

    def join(self, topic: str, connection_id: str, person: Person) -> None:
        """A connection of this process opened the topic."""
        self._here.setdefault(topic, {})[connection_id] = person

    def leave(self, topic: str, connection_id: str) -> None:
        """A connection of this process closed the topic."""
        people = self._here.get(topic, {})
        people.pop(connection_id, None)
        if not people:
            self._here.pop(topic, None)

    def topics_of(self, connection_id: str) -> list[str]:
        """Topics that a connection of this process has open."""
        return [topic for topic, people in self._here.items() if connection_id in people]

    def topics_here(self) -> list[str]:
        """Topics that somebody of this process has open."""
        return list(self._here)

    def here(self, topic: str) -> list[Person]:
        """The people of this process at a topic, each once."""
        return sorted(set(self._here.get(topic, {}).values()))

    def hear(self, topic: str, process_id: str, people: list[Person]) -> None:
        """Another process told whom it serves at a topic."""
        if process_id == self.process_id:
            return
        others = self._elsewhere.setdefault(topic, {})
        if people:
            others[process_id] = (self.clock(), tuple(people))
        else:
            others.pop(process_id, None)
        if not others:
            self._elsewhere.pop(topic, None)

    def everybody(self, topic: str) -> list[Person]:
        """The people at a topic, in all processes heard of lately, each once."""
        oldest = self.clock() - FORGOTTEN_AFTER_S
        elsewhere = (
            person
            for heard_at, people in self._elsewhere.get(topic, {}).values()
            if heard_at >= oldest
            for person in people
        )
        return sorted({*self.here(topic), *elsewhere})

    def forget_silent(self) -> None:
        """Drop what processes said that have been silent for long."""
        oldest = self.clock() - FORGOTTEN_AFTER_S
        for topic in list(self._elsewhere):
            heard = {key: value for key, value in self._elsewhere[topic].items() if value[0] >= oldest}
            if heard:
                self._elsewhere[topic] = heard
            else:
                del self._elsewhere[topic]
