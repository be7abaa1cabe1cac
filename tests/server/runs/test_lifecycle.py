"""The life of a result: what ended stays ended."""

from itertools import product

import pytest

from spheroseg.server.runs.lifecycle import Event, after, may_retry, of_run, pause_s
from spheroseg.server.tables.states import ACTIVE, State


@pytest.mark.parametrize(("state", "event"), list(product(sorted(set(State) - ACTIVE), Event)))
def test_what_ended_stays_ended(state, event):
    assert after(state, event) is None


def test_the_ways_through():
    assert after(State.QUEUED, Event.START) is State.RUNNING
    assert after(State.RUNNING, Event.START) is State.RUNNING  # by another worker, after the first one died
    assert after(State.RUNNING, Event.SUCCEED) is State.DONE
    assert after(State.RUNNING, Event.RETRY) is State.QUEUED
    assert after(State.QUEUED, Event.CANCEL) is after(State.RUNNING, Event.CANCEL) is State.CANCELLED
    assert after(State.QUEUED, Event.SUCCEED) is None  # nobody works on it


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({State.QUEUED: 3}, State.QUEUED),
        ({State.QUEUED: 3, State.RUNNING: 1}, State.RUNNING),
        ({State.QUEUED: 3, State.DONE: 1}, State.RUNNING),
        ({State.DONE: 2, State.FAILED: 1}, State.DONE),
        ({State.FAILED: 2}, State.FAILED),
        ({State.FAILED: 1, State.CANCELLED: 1}, State.FAILED),
        ({State.CANCELLED: 2}, State.CANCELLED),
        ({State.DONE: 1, State.CANCELLED: 2}, State.DONE),
    ],
)
def test_a_run_is_what_its_results_are(counts, state):
    assert of_run(counts) is state


def test_pauses_grow_and_end():
    assert [pause_s(attempt) for attempt in (1, 2, 3)] == [2, 8, 32]
    assert [may_retry(attempt) for attempt in (1, 2, 3, 4)] == [True, True, True, False]
