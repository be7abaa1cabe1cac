"""The life of a result and of a run, without I/O: (state, event) → state."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from spheroseg.server.tables.states import State


class Event(StrEnum):
    """What may happen to a result."""

    START = "start"  #: a worker takes it; also again, after the one before died
    SUCCEED = "succeed"  #: outlines are written
    FAIL = "fail"  #: it cannot be done, or was tried often enough
    RETRY = "retry"  #: it broke; to be tried again later
    CANCEL = "cancel"  #: somebody stops it


_NEXT: Final[Mapping[tuple[State, Event], State]] = {
    (State.QUEUED, Event.START): State.RUNNING,
    (State.RUNNING, Event.START): State.RUNNING,
    (State.RUNNING, Event.SUCCEED): State.DONE,
    (State.RUNNING, Event.FAIL): State.FAILED,
    (State.RUNNING, Event.RETRY): State.QUEUED,
    (State.QUEUED, Event.CANCEL): State.CANCELLED,
    (State.RUNNING, Event.CANCEL): State.CANCELLED,
}


def after(state: State, event: Event) -> State | None:
    """The state that an event leads to, or None when the event comes too late and means nothing any more.

    A result that is done, failed or cancelled stays so: what a worker still says about it is dropped.
    """
    return _NEXT.get((state, event))


def of_run(counts: Mapping[State, int]) -> State:
    """The state of a run from how many of its results are in each state.

    A run with at least one result that is done counts as done: the others say themselves why they are not.
    """
    if counts.get(State.RUNNING, 0) or (counts.get(State.QUEUED, 0) and any(counts.get(s, 0) for s in _ENDED)):
        return State.RUNNING
    if counts.get(State.QUEUED, 0):
        return State.QUEUED
    if counts.get(State.DONE, 0):
        return State.DONE
    if counts.get(State.FAILED, 0):
        return State.FAILED
    return State.CANCELLED if counts.get(State.CANCELLED, 0) else State.DONE


_ENDED: Final = (State.DONE, State.FAILED, State.CANCELLED)

MAX_ATTEMPTS: Final = 4
_FIRST_PAUSE_S: Final = 2


def pause_s(attempts: int) -> int:
    """Seconds to wait before the next attempt: 2, 8, 32."""
    return int(_FIRST_PAUSE_S * 4 ** (attempts - 1))


def may_retry(attempts: int) -> bool:
    """Whether a result that broke this many times is tried again."""
    return attempts < MAX_ATTEMPTS
