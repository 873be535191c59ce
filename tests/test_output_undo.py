"""The last insert taken back: only while nothing else was done in its window."""

from __future__ import annotations

import pytest

from dictation.errors import DictationError
from dictation.output import Delivery
from dictation.settings import Settings
from tests.desktop import VirtualDesktop, until
from tests.programs import Program
from tests.test_output_x11 import Field, delivery

pytestmark = pytest.mark.only_on("linux")

__all__ = ["delivery"]  # a fixture
UNDO = Settings(spacing="none", undo_hotkey="F7")


def insert(delivery: Delivery, text: str, settings: Settings = UNDO) -> None:
    delivery.deliver(text, settings, delivery.target())


@pytest.mark.parametrize("name", ["xterm", "mousepad", "featherpad", "chromium"])
def test_the_text_goes_and_what_was_there_stays(
    desktop: VirtualDesktop, delivery: Delivery, name: str
) -> None:
    with Program(desktop, name) as program:
        insert(delivery, "kept ")
        insert(delivery, "Grüße žluť.")
        delivery.undo()
        if name == "xterm":  # without line editing the test's terminal shows the keys themselves
            program.expect("kept Grüße žluť." + "\x7f" * 11)
        else:
            program.expect("kept ")
        with pytest.raises(DictationError, match="no insert"):
            delivery.undo()


def test_what_was_typed_goes_letter_by_letter(desktop: VirtualDesktop, delivery: Delivery) -> None:
    with Program(desktop, "mousepad") as program:
        insert(delivery, "kept ")
        insert(delivery, "gone", Settings(spacing="none", undo_hotkey="F7", output="type"))
        delivery.undo()
        program.expect("kept ")


def test_is_refused_once_the_user_has_done_something_else(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Program(desktop, "mousepad") as program:
        for act in ("type", "click"):
            insert(delivery, "text ")
            until("the keys are looked at", lambda: delivery._x11.typing._keys)
            if act == "type":
                desktop.key("x")
            else:
                inside = ("--window", str(program.window.number), "200", "200")
                desktop.run("xdotool", "mousemove", *inside, "click", "1")
            with pytest.raises(DictationError, match="typed or clicked"):
                delivery.undo()
        with Field(desktop) as other:
            with pytest.raises(DictationError, match="Another window"):
                delivery.undo()
            assert not other.keys
        assert "text x" in program.text()


def test_its_own_key_is_no_typing(desktop: VirtualDesktop) -> None:
    from dictation.desktop import detect
    from dictation.values import Hotkey

    made = Delivery(detect(), (), lambda _settings: [Hotkey(0xFFC4, False)])  # F7
    with Program(desktop, "mousepad") as program:
        insert(made, "text")
        until("the keys are looked at", lambda: made._x11.typing._keys)
        desktop.key("F7")
        made.undo()
        program.expect("")
    made.close()


def test_where_there_is_nothing_of_ours_it_says_so(delivery: Delivery) -> None:
    with pytest.raises(DictationError, match="no insert"):
        delivery.undo()


def test_several_lines_in_a_terminal_stay(desktop: VirtualDesktop, delivery: Delivery) -> None:
    with Field(desktop, name="myterm"):
        insert(delivery, "a 中")
        with pytest.raises(DictationError, match="plain text"):
            delivery.undo()


def test_nothing_is_looked_at_where_nobody_asked_for_it(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Field(desktop) as field:
        insert(delivery, "a", Settings(spacing="none"))
        until("the text", lambda: field.text == "a")
        assert not delivery._x11.typing._takes


@pytest.mark.parametrize("name", ["xterm", "mousepad", "featherpad", "chromium"])
def test_a_text_is_put_right_after_a_window_of_ours_had_the_focus(
    desktop: VirtualDesktop, delivery: Delivery, name: str
) -> None:
    spaced = Settings(fix_hotkey="F8")
    with Program(desktop, name) as program:
        insert(delivery, "Kept", spaced)
        insert(delivery, "rong words", spaced)
        assert delivery.look_away()
        with Field(desktop):  # which is typed in
            desktop.key("x")
        receipt = delivery.put_right("right words", spaced)
        assert receipt.confirmed
        if name == "xterm":
            program.expect("Kept rong words" + "\x7f" * 11 + " right words")
        else:
            program.expect("Kept right words")


def test_what_the_user_has_gone_on_with_is_not_put_right(
    desktop: VirtualDesktop, delivery: Delivery
) -> None:
    with Program(desktop, "mousepad") as program:
        insert(delivery, "text")
        until("the keys are looked at", lambda: delivery._x11.typing._keys)
        desktop.key("x")
        until("the letter", lambda: program.text() == "textx")
        assert not delivery.look_away()
        with pytest.raises(DictationError, match="no insert"):
            delivery.put_right("other", UNDO)
        insert(delivery, "more")
        with Field(desktop):
            assert not delivery.look_away()
        assert program.text() == "textxmore"


def test_the_window_may_have_gone_meanwhile(desktop: VirtualDesktop, delivery: Delivery) -> None:
    with Field(desktop):
        insert(delivery, "text")
        assert delivery.look_away()
    with pytest.raises(DictationError, match="not there any more"):
        delivery.put_right("other", UNDO)
