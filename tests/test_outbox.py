"""When takes that wait are sent again: which, in what order, how often."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dictation.errors import KeyLocked, NoConnection, ServerFault
from dictation.outbox import FIRST, LONGEST, Outbox

DOWN = NoConnection("down")


class Clock:
    """Timers that fire when the test says so."""

    def __init__(self) -> None:
        self.due: list[tuple[float, Callable[[], None]]] = []

    def after(self, seconds: float, call: Callable[[], None]) -> Clock:
        self.due.append((seconds, call))
        return self

    def cancel(self) -> None:
        self.due.clear()

    def fire(self) -> float:
        """Fires the only timer; the seconds it was set to."""
        [(seconds, call)] = self.due
        self.due.clear()
        call()
        return seconds


class Desk:
    def __init__(self) -> None:
        self.clock, self.sent = Clock(), []
        self.outbox = Outbox(self.sent.append, self.clock.after)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_take_without_network_is_tried_at_growing_intervals(desk: Desk) -> None:
    desk.outbox.ended("a", DOWN)
    pauses = []
    for _try in range(12):
        pauses.append(desk.clock.fire())
        assert desk.sent[-1] == "a"
        desk.outbox.ended("a", DOWN)
    assert pauses[:4] == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]
    assert pauses[-1] == LONGEST
    assert desk.outbox.waiting == ("a",)


def test_the_oldest_goes_first_and_the_others_follow_in_order(desk: Desk) -> None:
    for id_ in ("b", "a", "c"):
        desk.outbox.ended(id_, DOWN)
    desk.clock.fire()
    assert desk.sent == ["a"]  # one tries for all
    for id_ in ("a", "b", "c"):
        assert desk.sent[-1] == id_
        desk.outbox.ended(id_, None)
    assert desk.outbox.waiting == ()
    assert desk.clock.due == []


def test_a_change_of_the_network_does_not_wait(desk: Desk) -> None:
    desk.outbox.ended("a", DOWN)
    desk.outbox.now()
    assert desk.sent == ["a"]
    assert desk.clock.due == []
    desk.outbox.now()  # while it is being sent
    assert desk.sent == ["a"]


def test_another_take_that_went_through_takes_the_waiting_ones_along(desk: Desk) -> None:
    desk.outbox.ended("a", DOWN)
    desk.outbox.ended("b", None)
    assert desk.sent == ["a"]


def test_one_that_fails_otherwise_holds_up_no_other(desk: Desk) -> None:
    for id_ in ("a", "b"):
        desk.outbox.ended(id_, DOWN)
    desk.clock.fire()
    desk.outbox.ended("a", ServerFault("no"))
    assert desk.sent == ["a", "b"]


def test_a_locked_key_is_not_asked_for_again_and_again(desk: Desk) -> None:
    desk.outbox.ended("a", KeyLocked("locked"))
    assert desk.clock.due == []
    desk.outbox.now()
    assert desk.sent == ["a"]


def test_what_an_earlier_run_left_waiting_is_sent(desk: Desk) -> None:
    desk.outbox.holds(("a", "b"))
    desk.clock.fire()
    assert desk.sent == ["a"]
    desk.outbox.holds(("b",))  # the first one is under way
    assert desk.outbox.count == 2  # but not through
    desk.outbox.ended("a", None)
    assert desk.outbox.count == 1
    assert desk.sent == ["a", "b"]
    desk.outbox.holds(())
    desk.outbox.ended("b", None)
    assert desk.clock.due == []


def test_one_that_fails_for_a_reason_of_its_own_makes_place_for_the_next(desk: Desk) -> None:
    for id_ in ("a", "b"):
        desk.outbox.ended(id_, DOWN)
    for _try in range(6):
        desk.clock.fire()
        desk.outbox.ended(desk.sent[-1], DOWN)
    assert {"a", "b"} <= set(desk.sent)
    desk.outbox.now()
    desk.outbox.ended(desk.sent[-1], None)
    assert len(set(desk.sent[-2:])) == 2  # and one that went through takes the others along


def test_one_that_is_put_off_waits_on(desk: Desk) -> None:
    desk.outbox.ended("a", DOWN)
    desk.clock.fire()
    desk.outbox.put_off("a")
    assert desk.outbox.waiting == ("a",)
    assert desk.clock.fire() == LONGEST
    assert desk.sent == ["a", "a"]


def test_one_that_is_dropped_makes_place_for_the_next(desk: Desk) -> None:
    for id_ in ("a", "b"):
        desk.outbox.ended(id_, DOWN)
    desk.clock.fire()
    desk.outbox.drop("a")
    assert desk.sent == ["a", "b"]
