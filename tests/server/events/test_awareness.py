"""Awareness: how often they are told, and when they are forgotten."""

from dataclasses import replace

from spheroseg.server.events.awareness import Awareness, Cursor
from spheroseg.server.events.presence import FORGOTTEN_AFTER_S

TOPIC = "image:1"
HAND = Cursor("tab", "1", "Alice", 0, (1.0, 2.0), (3,))


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_other_processes_hear_of_a_hand_twice_a_second_at_most_and_of_its_last_place():
    clock = Clock()
    hands = Awareness(clock)
    heard = []
    for step in range(100):  # ten seconds, ten moves a second
        clock.now = 100.0 + 0.1 * step
        hands.move(TOPIC, replace(HAND, cursor=(float(step), 0.0)))
        heard += hands.unannounced()
    assert 18 <= len(heard) <= 21
    clock.now += 0.6
    heard += hands.unannounced()
    assert heard[-1][2].cursor == (99.0, 0.0)
    assert not hands.unannounced()


def test_what_rests_is_told_once_and_what_left_is_told_at_once():
    clock = Clock()
    hands = Awareness(clock)
    hands.move(TOPIC, HAND)
    assert hands.untold() == {TOPIC}
    hands.move(TOPIC, HAND)
    assert hands.untold() == set()
    hands.unannounced()
    hands.leave(TOPIC, "tab")
    assert hands.untold() == {TOPIC}
    clock.now += 0.5
    assert hands.unannounced() == [(TOPIC, "tab", None)]
    assert hands.everybody(TOPIC) == []
    assert not hands.is_waiting


def test_the_hands_of_a_process_that_died_are_forgotten():
    clock = Clock()
    hands = Awareness(clock)
    hands.hear(TOPIC, "tab", Cursor.heard(HAND.told()))
    assert [hand["numbers"] for hand in hands.everybody(TOPIC)] == [(3,)]
    hands.untold()
    clock.now += FORGOTTEN_AFTER_S + 1
    hands.forget_silent()
    assert hands.everybody(TOPIC) == []
    assert hands.untold() == {TOPIC}


def test_a_hand_that_rests_is_repeated_so_that_nobody_forgets_it():
    hands = Awareness(Clock())
    hands.move(TOPIC, HAND)
    hands.unannounced()
    hands.clock.now += 20
    hands.repeat()
    assert hands.unannounced() == [(TOPIC, "tab", HAND)]


def test_an_object_in_a_hand_stays_there_when_another_hand_reaches_for_it():
    hands = Awareness(Clock())
    hands.move(TOPIC, HAND)
    hands.hear(TOPIC, "far", replace(HAND, connection_id="far", numbers=(4,)))
    for frame, kept in ((0, (5,)), (1, (3, 4, 5))):  # another time point has objects of its own
        hands.move(TOPIC, replace(HAND, connection_id="other", frame=frame, numbers=(3, 4, 5)))
        held = {hand["connection_id"]: hand["numbers"] for hand in hands.everybody(TOPIC)}
        assert held == {"far": (4,), "other": kept, "tab": (3,)}
    hands.move(TOPIC, replace(HAND, connection_id="other", result_id="another version", numbers=(3, 4)))
    assert hands.everybody(TOPIC)[1]["numbers"] == (3, 4)
    hands.leave(TOPIC, "tab")
    hands.move(TOPIC, replace(HAND, connection_id="other", numbers=(3, 4)))
    assert {hand["connection_id"]: hand["numbers"] for hand in hands.everybody(TOPIC)} == {"far": (4,), "other": (3,)}
