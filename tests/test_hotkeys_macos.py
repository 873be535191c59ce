"""Hotkeys on macOS, on a keyboard that behaves as macOS' own is documented to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dictation.desktop import Desktop
from dictation.errors import HotkeyError
from dictation.hotkeys import macos
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.macos_tap import MacTap
from dictation.hotkeys.tap_listener import TapListener
from tests.macs import (
    ALT,
    BACK,
    CTRL,
    ESCAPE,
    F9,
    LETTER_A,
    LETTER_D,
    RIGHT_CMD,
    SPACE,
    FakeKeyboard,
)
from tests.taps import Ears, keys

DESKTOP = Desktop("macos", "native")


class Desk:
    """A keyboard, and who listens to it."""

    def __init__(self) -> None:
        self.keyboard, self.ears = FakeKeyboard(), Ears()
        self.listeners: list[TapListener] = []

    def listen(self, talk: str = "Ctrl+Alt+Space", **others: str) -> TapListener:
        listener = macos.listen(
            keys(talk, **others),
            desktop=DESKTOP,
            hearer=Hearer(self.ears.press, self.ears.release, self.ears.lose),
            keyboard=lambda: self.keyboard,
        )
        self.listeners.append(listener)
        return listener

    def told(self) -> list[str]:
        self.keyboard.settle()
        return self.ears.told


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    for listener in made.listeners:
        listener.close()


def test_press_and_release_are_told_and_the_program_below_sees_neither(desk: Desk) -> None:
    desk.listen()
    desk.keyboard.press(CTRL, ALT, SPACE, SPACE, SPACE)
    desk.keyboard.release(SPACE, ALT, CTRL)
    assert desk.told() == ["talk down", "talk up"]
    assert desk.keyboard.shown == [(CTRL, True), (ALT, True), (ALT, False), (CTRL, False)]


def test_letters_are_where_the_layout_has_them_and_the_thumb_button_talks(desk: Desk) -> None:
    desk.listen("Ctrl+Alt+D, Mouse4")
    desk.keyboard.press(CTRL, ALT, LETTER_D)
    desk.keyboard.release(LETTER_D, ALT, CTRL)
    desk.keyboard.press(BACK)
    desk.keyboard.release(BACK)
    assert desk.told() == ["talk down", "talk up"] * 2


def test_a_lone_modifier_of_one_side_talks_and_with_another_key_does_not(desk: Desk) -> None:
    desk.listen("RightSuper")
    desk.keyboard.press(RIGHT_CMD)
    desk.keyboard.release(RIGHT_CMD)
    assert desk.told() == ["talk down", "talk up"]
    desk.keyboard.press(LETTER_A, RIGHT_CMD)  # whose number is 0 on a Mac
    desk.keyboard.release(LETTER_A, RIGHT_CMD)
    assert desk.told() == ["talk down", "talk up"]


def test_the_cancel_key_is_taken_exactly_while_a_take_records(desk: Desk) -> None:
    listener = desk.listen()
    desk.keyboard.press(ESCAPE)
    desk.keyboard.release(ESCAPE)
    listener.recording(True)
    desk.keyboard.settle()
    desk.keyboard.press(ESCAPE)
    desk.keyboard.release(ESCAPE)
    assert desk.told() == ["cancel down"]
    assert desk.keyboard.shown == [(ESCAPE, True), (ESCAPE, False)]


def test_a_hold_whose_release_was_lost_ends(desk: Desk) -> None:
    desk.listen("F9")
    desk.keyboard.press(F9)
    desk.keyboard.secured = "Terminal"
    desk.keyboard.lose_release(F9)
    desk.ears.wait(lambda: desk.ears.told == ["talk down", "talk up"])


def test_a_tap_that_was_switched_off_is_switched_on_at_once(desk: Desk) -> None:
    desk.listen("F9")
    desk.keyboard.disable()
    desk.keyboard.press(F9)
    assert desk.told() == ["talk down"]
    assert desk.keyboard.set == 1


def test_a_tap_that_stays_off_is_made_anew() -> None:
    keyboard = FakeKeyboard()
    tap = MacTap(keyboard)
    tap.start(lambda _code, _down, _repeat: False, lambda _error: None)
    keyboard.enabled, keyboard.dead = False, True
    tap.mend()
    assert (keyboard.enabled, keyboard.set) == (True, 2)


def test_who_keeps_the_keyboard_is_told_once_and_a_password_field_is_not() -> None:
    keyboard, troubles = FakeKeyboard(), list[HotkeyError]()
    tap = MacTap(keyboard)
    tap.start(lambda _code, _down, _repeat: False, troubles.append)
    for program in ("Safari", None, "iTerm2", "iTerm2", "iTerm2", None, "iTerm2", "iTerm2"):
        keyboard.secured = program
        tap.mend()
    [told] = troubles
    assert "iTerm2 keeps the keyboard" in told.message
    assert "Secure Keyboard Entry" in told.hint


def test_what_the_user_has_to_allow_is_named_with_its_place(desk: Desk) -> None:
    desk.keyboard.trusted = False
    with pytest.raises(HotkeyError) as caught:
        desk.listen()
    assert "Privacy & Security, Accessibility" in caught.value.hint
    assert desk.keyboard.asked == 1
    desk.keyboard.trusted, desk.keyboard.taps, desk.keyboard.listening = True, False, False
    with pytest.raises(HotkeyError) as caught:
        desk.listen()
    assert "Input Monitoring" in caught.value.hint
    assert desk.keyboard.asked == 1


def test_a_key_that_no_mac_has_is_told_beside_others(desk: Desk) -> None:
    desk.listen("F24, F9")
    desk.keyboard.press(F9)
    assert desk.told() == ["talk down"]
    assert [error.message for error in desk.ears.lost] == ["The keyboard layout has no key F24."]
    with pytest.raises(HotkeyError, match="no key F24"):
        desk.listen("F24")
