"""Awareness: how often they are told, and when they are forgotten."""

from dataclasses import replace

from spheroseg.server.events.awareness import Awareness, Cursor
from spheroseg.server.events.presence import FORGOTTEN_AFTER_S

TOPIC = "image:1"
CURSOR = Cursor("tab", "1", "Alice", 0, (1.0, 2.0), (3,))


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_other_processes_hear_of_a_cursor_twice_a_second_at_most_and_of_its_last_place():
    clock = Clock()
    awareness = Awareness(clock)
    heard = []
    for step in range(100):  # ten seconds, ten moves a second
        clock.now = 100.0 + 0.1 * step
        awareness.move(TOPIC, replace(CURSOR, position=(float(step), 0.0)))
        heard += awareness.unannounced()
    assert 18 <= len(heard) <= 21
    clock.now += 0.6
    heard += awareness.unannounced()
    assert heard[-1][2].position == (99.0, 0.0)
    assert not awareness.unannounced()


def test_what_rests_is_told_once_and_what_left_is_told_at_once():
    clock = Clock()
    awareness = Awareness(clock)
    awareness.move(TOPIC, CURSOR)
    assert awareness.unsent() == {TOPIC}
    awareness.move(TOPIC, CURSOR)
    assert awareness.unsent() == set()
    awareness.unannounced()
    awareness.leave(TOPIC, "tab")
    assert awareness.unsent() == {TOPIC}
    clock.now += 0.5
    assert awareness.unannounced() == [(TOPIC, "tab", None)]
    assert awareness.everybody(TOPIC) == []
    assert not awareness.is_waiting


def test_the_cursors_of_a_process_that_died_are_forgotten():
    clock = Clock()
    awareness = Awareness(clock)
    awareness.hear(TOPIC, "tab", Cursor.from_json(CURSOR.to_json()))
    assert [cursor["numbers"] for cursor in awareness.everybody(TOPIC)] == [(3,)]
    awareness.unsent()
    clock.now += FORGOTTEN_AFTER_S + 1
    awareness.forget_silent()
    assert awareness.everybody(TOPIC) == []
    assert awareness.unsent() == {TOPIC}


def test_a_hand_that_rests_is_repeated_so_that_nobody_forgets_it():
    awareness = Awareness(Clock())
    awareness.move(TOPIC, CURSOR)
    awareness.unannounced()
    awareness.clock.now += 20
    awareness.repeat()
    assert awareness.unannounced() == [(TOPIC, "tab", CURSOR)]


def test_an_object_in_a_hand_stays_there_when_another_hand_reaches_for_it():
    awareness = Awareness(Clock())
    awareness.move(TOPIC, CURSOR)
    awareness.hear(TOPIC, "far", replace(CURSOR, connection_id="far", numbers=(4,)))
    for frame, kept in ((0, (5,)), (1, (3, 4, 5))):  # another time point has objects of its own
        awareness.move(TOPIC, replace(CURSOR, connection_id="other", frame=frame, numbers=(3, 4, 5)))
        held = {cursor["connection_id"]: cursor["numbers"] for cursor in awareness.everybody(TOPIC)}
        assert held == {"far": (4,), "other": kept, "tab": (3,)}
    awareness.move(TOPIC, replace(CURSOR, connection_id="other", result_id="another version", numbers=(3, 4)))
    assert awareness.everybody(TOPIC)[1]["numbers"] == (3, 4)
    awareness.leave(TOPIC, "tab")
    awareness.move(TOPIC, replace(CURSOR, connection_id="other", numbers=(3, 4)))
    assert {cursor["connection_id"]: cursor["numbers"] for cursor in awareness.everybody(TOPIC)} == {
        "far": (4,),
        "other": (3,),
    }
