"""Presence: who is looking, over several processes that may die."""

from spheroseg.server.events.presence import FORGOTTEN_AFTER_S, Person, Presence

ALICE, BOB = Person("1", "Alice"), Person("2", "Bob")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_person_with_two_tabs_is_one_until_both_are_closed():
    presence = Presence("p1")
    presence.join("image:1", "tab1", ALICE)
    presence.join("image:1", "tab2", ALICE)
    assert presence.everybody("image:1") == [ALICE]
    presence.leave("image:1", "tab1")
    assert presence.everybody("image:1") == [ALICE]
    presence.leave("image:1", "tab2")
    assert presence.everybody("image:1") == []
    assert presence.topics_here() == []


def test_other_processes_are_heard_and_forgotten():
    clock = Clock()
    presence = Presence("p1", clock)
    presence.join("image:1", "tab", ALICE)
    presence.hear("image:1", "p2", [BOB])
    presence.hear("image:1", "p1", [BOB])  # an echo of our own is no news
    assert presence.everybody("image:1") == [ALICE, BOB]
    clock.now = FORGOTTEN_AFTER_S + 1
    assert presence.everybody("image:1") == [ALICE]
    presence.forget_silent()
    presence.hear("image:1", "p2", [BOB])
    presence.hear("image:1", "p2", [])
    assert presence.everybody("image:1") == [ALICE]
