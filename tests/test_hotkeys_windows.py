"""Hotkeys on Windows, on a keyboard that behaves as Windows' own is documented to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from dictation.desktop import Desktop
from dictation.errors import HotkeyError, HotkeyTaken
from dictation.hotkeys import Action, windows
from dictation.hotkeys.chords import SILENCE, Chords
from dictation.hotkeys.hearer import Hearer
from dictation.hotkeys.tap_listener import TapListener
from dictation.hotkeys.windows_codes import codes
from dictation.hotkeys.windows_tap import HookTap
from dictation.win32.values import POWER, SESSION
from tests.taps import Ears, keys
from tests.windows import (
    ALT,
    ALT_GR,
    CTRL,
    ESCAPE,
    F9,
    LETTER_C,
    NOTHING,
    RIGHT_CTRL,
    SHIFT,
    SPACE,
    WIN,
    FakeKeyboard,
)

DESKTOP = Desktop("windows", "native")
NOTHING_TAPPED = [(NOTHING, True), (NOTHING, False)]


class Desk:
    """A keyboard, and who listens to it."""

    def __init__(self) -> None:
        self.keyboard, self.ears = FakeKeyboard(), Ears()
        self.listeners: list[TapListener] = []

    def listen(self, actions: list[Action] | None = None) -> TapListener:
        listener = windows.listen(
            actions or keys("Ctrl+Shift+Space"),
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
    desk.keyboard.press(CTRL, SHIFT, SPACE, SPACE, SPACE)
    assert desk.told() == ["talk down"]
    desk.keyboard.release(SPACE, SHIFT, CTRL)
    assert desk.told() == ["talk down", "talk up"]
    assert SPACE not in {code for code, _down in desk.keyboard.shown}
    # Ctrl and Shift alone would change the layout, so something is seen beside them.
    assert desk.keyboard.shown == [
        *((CTRL, True), (SHIFT, True)),
        *NOTHING_TAPPED,
        *((SHIFT, False), (CTRL, False)),
    ]


def test_other_modifiers_make_it_another_key(desk: Desk) -> None:
    desk.listen()
    desk.keyboard.press(CTRL, SPACE)
    desk.keyboard.release(SPACE)
    desk.keyboard.press(SHIFT, ALT, SPACE)
    assert desk.told() == []
    assert desk.keyboard.shown.count((SPACE, True)) == 2


def test_either_side_of_a_modifier_will_do_and_each_of_several_keys(desk: Desk) -> None:
    desk.listen(keys("Ctrl+Shift+Space, F9, Mouse4"))
    desk.keyboard.press(RIGHT_CTRL, 0xA1, SPACE)
    desk.keyboard.release(SPACE, RIGHT_CTRL, 0xA1)
    desk.keyboard.press(F9)
    desk.keyboard.release(F9)
    desk.keyboard.press(5)
    desk.keyboard.release(5)
    assert desk.told() == ["talk down", "talk up"] * 3


def test_alt_gr_is_neither_ctrl_nor_alt(desk: Desk) -> None:
    desk.listen(keys("Ctrl+Alt+Space"))
    desk.keyboard.press(CTRL, fake_ctrl=True)
    desk.keyboard.press(ALT_GR, SPACE)
    assert desk.told() == []
    desk.keyboard.release(SPACE)
    desk.keyboard.release(CTRL, fake_ctrl=True)
    desk.keyboard.release(ALT_GR)
    desk.keyboard.press(CTRL, ALT, SPACE)
    assert desk.told() == ["talk down"]


def test_the_cancel_key_is_taken_exactly_while_a_take_records(desk: Desk) -> None:
    listener = desk.listen()
    desk.keyboard.press(ESCAPE)
    desk.keyboard.release(ESCAPE)
    listener.recording(True)
    desk.keyboard.settle()
    desk.keyboard.press(ESCAPE)
    desk.keyboard.release(ESCAPE)
    assert desk.told() == ["cancel down"]
    listener.recording(False)
    desk.keyboard.settle()
    desk.keyboard.press(ESCAPE)
    assert desk.told() == ["cancel down"]
    assert desk.keyboard.shown == [(ESCAPE, True), (ESCAPE, False), (ESCAPE, True)]


def test_a_hold_is_cancelled_with_the_hotkeys_own_modifiers_down(desk: Desk) -> None:
    listener = desk.listen()
    desk.keyboard.press(CTRL, SHIFT, SPACE)
    listener.recording(True)
    desk.keyboard.settle()
    desk.keyboard.press(ESCAPE)
    assert desk.told() == ["talk down", "cancel down"]


@pytest.mark.parametrize("key", ["LeftSuper", "LeftAlt"])
def test_a_lone_modifier_that_talks_opens_no_menu(desk: Desk, key: str) -> None:
    code = {"LeftSuper": WIN, "LeftAlt": ALT}[key]
    desk.listen(keys(key))
    desk.keyboard.press(code)
    desk.keyboard.release(code)
    assert desk.told() == ["talk down", "talk up"]
    assert desk.keyboard.shown == [(code, True), *NOTHING_TAPPED, (code, False)]


def test_a_lone_modifier_with_another_key_is_that_keys_own(desk: Desk) -> None:
    desk.listen(keys("RightCtrl"))
    desk.keyboard.press(RIGHT_CTRL, LETTER_C)
    desk.keyboard.release(LETTER_C, RIGHT_CTRL)
    desk.keyboard.press(RIGHT_CTRL, 0)  # a click
    desk.keyboard.release(RIGHT_CTRL)
    assert desk.told() == []
    assert NOTHING not in {code for code, _down in desk.keyboard.shown}


def test_a_lone_modifier_that_is_held_repeats_and_is_told_once(desk: Desk) -> None:
    desk.listen(keys("RightCtrl"))
    desk.keyboard.press(RIGHT_CTRL)
    desk.ears.wait(lambda: desk.ears.told == ["talk down"])
    desk.keyboard.press(RIGHT_CTRL, RIGHT_CTRL)
    desk.keyboard.release(RIGHT_CTRL)
    assert desk.told() == ["talk down", "talk up"]


def test_a_hold_ends_where_another_desktop_took_the_keys(desk: Desk) -> None:
    desk.listen(keys("F9"))
    desk.keyboard.press(F9)
    desk.keyboard.front_reaches_us = False
    desk.ears.wait(lambda: desk.ears.told == ["talk down", "talk up"])


def test_a_lone_modifier_whose_release_was_lost_is_let_go(desk: Desk) -> None:
    desk.listen(keys("RightCtrl"))
    desk.keyboard.press(RIGHT_CTRL)
    desk.ears.wait(lambda: desk.ears.told == ["talk down"])
    desk.keyboard.lose_release(RIGHT_CTRL)
    desk.ears.wait(lambda: desk.ears.told == ["talk down", "talk up"])


@pytest.mark.parametrize(
    ("message", "detail"), [(POWER, 0x12), (POWER, 7), (SESSION, 8), (SESSION, 1), (SESSION, 3)]
)
def test_the_hook_is_set_anew_after_sleep_and_lock(desk: Desk, message: int, detail: int) -> None:
    desk.listen()
    desk.keyboard.lose_hook()
    desk.keyboard.press(CTRL, SHIFT, SPACE)
    assert desk.told() == []
    desk.keyboard.release(SPACE, SHIFT, CTRL)
    desk.keyboard.tell(message, detail)
    desk.keyboard.settle()
    desk.keyboard.press(CTRL, SHIFT, SPACE)
    assert desk.told() == ["talk down"]


def test_a_hook_that_can_not_be_set_again_is_told(desk: Desk) -> None:
    desk.listen()
    desk.keyboard.hooks = False
    desk.keyboard.tell(SESSION, 8)
    desk.ears.wait(lambda: bool(desk.ears.lost))
    assert "does not let this program hear" in desk.ears.lost[0].message


def test_a_hook_that_misses_input_is_set_anew_and_one_that_hears_is_left_alone() -> None:
    keyboard = FakeKeyboard()
    tap = HookTap(keyboard, mouse=False)
    tap.start(lambda _code, _down, _repeat: False, lambda _error: None)
    worker = threading.Thread(target=lambda: [tap.wait(2) for _ in range(5)], daemon=True)
    worker.start()
    keyboard.press(F9)
    tap.mend()
    assert keyboard.set == 1
    keyboard.lose_hook()
    keyboard.release(F9)
    keyboard.press(F9)
    keyboard.release(F9)
    tap.mend()
    assert keyboard.set == 2
    tap.mend()
    assert keyboard.set == 2
    keyboard.press(F9)
    worker.join(5)


def test_closing_lets_go_and_gives_the_keys_back(desk: Desk) -> None:
    listener = desk.listen()
    desk.keyboard.press(CTRL, SHIFT, SPACE)
    listener.close()
    assert desk.ears.told == ["talk down", "talk up"]
    assert desk.keyboard.closed == 1
    listener.close()


def test_a_key_that_another_program_has_is_not_stolen_and_a_free_one_is_named(desk: Desk) -> None:
    desk.keyboard.taken = {(6, SPACE)}
    with pytest.raises(HotkeyTaken, match=r"Ctrl\+Shift\+Space is taken") as caught:
        desk.listen()
    assert caught.value.free == "Ctrl+Alt+Space"
    assert not desk.keyboard.registered


def test_of_several_keys_those_that_can_be_had_work_and_the_others_are_told(desk: Desk) -> None:
    desk.keyboard.taken = {(6, SPACE)}
    desk.listen(keys("Ctrl+Shift+Space, F9, AudioRecord", **{"paste-last": "Ctrl+Alt+Comma"}))
    desk.keyboard.press(F9)
    assert desk.told() == ["talk down"]
    assert [error.message for error in desk.ears.lost] == [
        "Ctrl+Shift+Space is taken by another program.",
        "The keyboard layout has no key AudioRecord.",
    ]
    desk.keyboard.press(CTRL, ALT, 0xBC)
    assert desk.told() == ["talk down", "paste-last down"]


class TestWithoutHook:
    """Where Windows lets no program hear all keys, it tells of single ones."""

    @pytest.fixture(autouse=True)
    def no_hooks(self, desk: Desk) -> None:
        desk.keyboard.hooks = False

    def test_the_release_is_found_by_asking(self, desk: Desk) -> None:
        desk.listen(keys("Ctrl+Shift+Space, RightCtrl"))
        desk.keyboard.press(CTRL, SHIFT, SPACE, SPACE)
        assert desk.told() == ["talk down"]
        desk.keyboard.release(SPACE)
        desk.ears.wait(lambda: desk.ears.told == ["talk down", "talk up"])

    def test_a_key_that_only_a_hook_hears_is_told(self, desk: Desk) -> None:
        with pytest.raises(HotkeyError, match="RightCtrl can't be heard"):
            desk.listen(keys("RightCtrl"))

    def test_the_cancel_key_is_asked_for_while_a_take_records(self, desk: Desk) -> None:
        listener = desk.listen()
        assert (0, ESCAPE) not in desk.keyboard.registered.values()
        listener.recording(True)
        desk.keyboard.settle()
        desk.keyboard.press(ESCAPE)
        assert desk.told() == ["cancel down"]
        desk.keyboard.release(ESCAPE)
        listener.recording(False)
        desk.keyboard.settle()
        assert list(desk.keyboard.registered.values()) == [(6, SPACE)]
        listener.close()
        assert not desk.keyboard.registered


class TestChords:
    """The rule by itself, with times of its own."""

    @pytest.fixture(autouse=True)
    def chords_of(self) -> None:
        self.down: set[int] = set()
        self.told: list[str] = []
        self.chords = Chords(
            keys("Ctrl+Shift+Space, F9"),
            codes(lambda _sign: 0),
            lambda code: code in self.down,
            sees_kept=False,
            mask=lambda: None,
            on_press=lambda name, _at: self.told.append(f"{name} down"),
            on_release=lambda name, _at: self.told.append(f"{name} up"),
        )

    def test_a_kept_key_whose_release_was_lost_is_let_go_once_its_modifiers_are_up(self) -> None:
        self.down = {CTRL, SHIFT}
        assert self.chords.press(SPACE, 0.0)
        self.chords.look(10.0)  # on some keyboards nothing repeats
        assert self.told == ["talk down"]
        self.down = set()
        assert self.chords.press(SPACE, 10.1, repeat=True)
        self.chords.look(10.2)  # who lets the modifiers go first still talks
        assert self.told == ["talk down"]
        self.chords.look(10.3 + SILENCE)
        assert self.told == ["talk down", "talk up"]

    def test_a_key_that_repeated_and_is_silent_was_let_go_unseen(self) -> None:
        self.chords.press(F9, 0.0)
        self.chords.look(10.0)  # a pedal never repeats
        self.chords.press(F9, 10.1, repeat=True)
        self.chords.look(10.2)
        assert self.told == ["talk down"]
        self.chords.press(LETTER_C, 10.3)  # from now on this one repeats
        self.chords.look(20.0)
        assert self.told == ["talk down"]
        self.chords.release(LETTER_C, 20.1)
        self.chords.press(F9, 20.2, repeat=True)
        self.chords.look(20.3 + SILENCE)
        assert self.told == ["talk down", "talk up"]

    def test_a_press_long_after_is_a_new_one(self) -> None:
        self.down = {CTRL, SHIFT}
        self.chords.press(SPACE, 0.0)
        assert self.chords.keeps(SPACE, 1.0)
        assert not self.chords.keeps(SPACE, SILENCE + 0.1)
        assert self.chords.press(SPACE, SILENCE + 0.1)
        assert self.told == ["talk down", "talk up", "talk down"]


def test_the_answer_to_windows_waits_for_nobody(desk: Desk) -> None:
    """Whoever is slow to answer loses the hook."""
    slow = threading.Event()
    listener = windows.listen(
        keys("Ctrl+Shift+Space"),
        desktop=DESKTOP,
        hearer=Hearer(lambda _name, _at: slow.wait(2) and None, desk.ears.release, desk.ears.lose),
        keyboard=lambda: desk.keyboard,
    )
    start = time.monotonic()
    desk.keyboard.press(CTRL, SHIFT, SPACE)
    assert time.monotonic() - start < 1.5
    slow.set()
    listener.close()
