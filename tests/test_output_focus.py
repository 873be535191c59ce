"""A text goes to the window that it was spoken for, wherever the focus is by then."""

from __future__ import annotations

import time
from typing import Any

import pytest

from dictation.errors import NotDelivered, TargetLost
from dictation.output import Delivery
from dictation.output.focus import elsewhere
from dictation.settings import Settings
from dictation.values import Target
from tests.desktop import VirtualDesktop, until
from tests.programs import Program
from tests.test_output_x11 import Field, delivery, give, given_back, owner_of

pytestmark = pytest.mark.only_on("linux")

__all__ = ["delivery"]  # a fixture
PASTE = Settings(spacing="none")
KEEP = Settings(spacing="none", focus_lost="keep")


def active(desktop: VirtualDesktop) -> int:
    """The window that has the focus; 0 while it moves."""
    found = desktop.x.screen().root.get_full_property(desktop.x.get_atom("_NET_ACTIVE_WINDOW"), 0)
    return int(found.value[0]) if found is not None and found.value else 0


@pytest.mark.parametrize("output", ["paste", "type"])
def test_the_window_gets_the_focus_for_a_moment_and_the_other_has_it_again(
    desktop: VirtualDesktop, delivery: Delivery, output: str
) -> None:
    give(desktop)
    with Field(desktop) as field:
        target = delivery.target()
        assert target
        with Field(desktop) as other:
            delivery.deliver("new", Settings(spacing="none", output=output), target)
            until("the focus is back", lambda: active(desktop) == other.window.id)
            if output == "paste":
                until("the text", lambda: field.text == "new")
                until("the old clipboard", lambda: given_back(desktop))
            until("the keys", lambda: len(field.keys) >= 2)
            assert not other.keys
            assert not other.text


@pytest.mark.parametrize(
    ("name", "elsewhere"),
    [("mousepad", "chromium"), ("chromium", "mousepad"), ("featherpad", "xterm")],
)
def test_real_programs_get_their_texts_while_another_has_the_focus(
    desktop: VirtualDesktop, delivery: Delivery, name: str, elsewhere: str
) -> None:
    with Program(desktop, name) as program:
        target = delivery.target()
        with Program(desktop, elsewhere) as other:
            other.focus()
            expected = ""
            for number in range(5):
                delivery.deliver(f"text {number} 🎤 ", PASTE, target)
                expected += f"text {number} 🎤 "
                until("the focus is back", lambda: active(desktop) == other.window.number)
            program.expect(expected)
            assert other.text() == ""


def test_a_window_without_focus_gets_nothing_where_the_user_wants_that(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    give(desktop)
    with Field(desktop) as field:
        target = delivery.target()
        with Field(desktop) as other:
            owners = [owner_of(desktop), owner_of(desktop, "PRIMARY")]
            with pytest.raises(TargetLost):
                delivery.deliver("new", KEEP, target)
            assert [owner_of(desktop), owner_of(desktop, "PRIMARY")] == owners
            assert field.text == other.text == ""
            assert not other.keys


@pytest.mark.parametrize(
    "away",
    [
        ("windowminimize",),
        ("set_desktop_for_window",),
    ],
)
def test_no_other_desktop_and_no_hidden_window_is_shown_for_a_text(
    desktop: VirtualDesktop, delivery: Delivery, away: tuple[str, ...]
) -> None:
    with Field(desktop) as field:
        target = delivery.target()
        with Field(desktop) as other:
            number = ["1"] if away[0] == "set_desktop_for_window" else []
            desktop.run("xdotool", *away, str(field.window.id), *number)
            until("the focus elsewhere", lambda: active(desktop) == other.window.id)
            with pytest.raises(TargetLost):
                delivery.deliver("new", PASTE, target)
            assert not field.keys
            assert not other.keys


def test_a_window_that_was_closed_gets_no_stand_in(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Field(desktop) as other:
        with Field(desktop):
            target = delivery.target()
        other.focus()
        start = time.monotonic()
        with pytest.raises(TargetLost):
            delivery.deliver("new", PASTE, target)
        assert time.monotonic() - start < 2
        assert not other.keys


def test_the_focus_comes_back_from_a_window_that_does_not_read(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Field(desktop, reads=False):
        target = delivery.target()
        with Field(desktop) as other:
            start = time.monotonic()
            with pytest.raises(NotDelivered):
                delivery.deliver("new", PASTE, target)
            assert time.monotonic() - start < 2
            until("the focus is back", lambda: active(desktop) == other.window.id)
            assert not other.keys
            assert desktop.clipboard() == "new"


class Leaving(Field):
    """A field that loses the focus to another window when so many keys have come."""

    def __init__(self, desktop: VirtualDesktop, after: int, other: Field) -> None:
        super().__init__(desktop)
        self._desktop, self._after, self._other = desktop, after, other

    def handle(self, event: Any) -> None:
        super().handle(event)
        if len(self.keys) == self._after:
            self._after = 0
            self._desktop.run("xdotool", "windowactivate", "--sync", str(self._other.window.id))


def test_typing_stops_where_the_focus_goes_elsewhere(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Field(desktop) as other, Leaving(desktop, 5, other):
        settings = Settings(spacing="none", output="type", focus_lost="keep")
        text = "ž".join("abcdefghijklmnopqrst" * 40)
        with pytest.raises(NotDelivered, match="characters were typed"):
            delivery.deliver(text, settings, delivery.target())
        assert not other.keys


def test_a_window_that_goes_out_of_the_way_waits_for_the_one_that_comes() -> None:
    seen = [Target(1, process=7), None, Target(1, process=7), Target(2, process=8)]
    elsewhere(lambda: seen.pop(0), own=7, within=10)
    assert seen == []


def test_where_nobody_tells_who_has_the_focus_it_waits_no_longer_than_it_may() -> None:
    elsewhere(lambda: None, own=7, within=0.02)
