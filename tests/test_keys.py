"""Keys joined to an engine, on a real X server: what they start, and trying other ones out."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from dictation.desktop import Desktop
from dictation.errors import DictationError, HotkeyTaken
from dictation.hotkeys import gnome_keys
from dictation.keys import Keys
from dictation.session import State
from dictation.settings import Settings
from dictation.talking import BoundKeys
from tests.test_hotkeys_x11 import ALT, CTRL, F9, LETTER_C, SPACE, Server, until, x

pytestmark = pytest.mark.only_on("linux")

__all__ = ["x"]  # a fixture
SETTINGS = Settings(paste_last_hotkey="Mouse4", undo_hotkey="Mouse5", fix_hotkey="Ctrl+Alt+C")
GERMAN = replace(SETTINGS, hotkey="F9", language="de", hotkey_mode="toggle")


@dataclass
class FakeEngine:
    """Just what keys ask of an engine."""

    state: State = field(default_factory=State)
    recording_seconds: float = 0.0
    calls: list[str] = field(default_factory=list)

    def start(self, chosen: Settings, *, held: bool, pressed: float) -> None:
        assert held
        assert pressed
        self.calls.append(f"start {chosen.language}".strip())
        self.state = State("a")

    def stop(self) -> None:
        self.calls.append("stop")
        self.state = State()

    def cancel(self) -> None:
        self.calls.append("cancel")
        self.state = State()

    def released(self) -> None:
        self.calls.append("released")


class Desk:
    """Keys with the queue that is their main thread."""

    def __init__(self, desktop: Desktop) -> None:
        self.engine, self.troubles = FakeEngine(), list[DictationError]()
        self.posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.bound = BoundKeys(self.engine, lambda _profile: SETTINGS)  # type: ignore[arg-type]
        self.keys = Keys(
            self.engine,  # type: ignore[arg-type]
            desktop,
            self.posted.put,
            self.troubles.append,
            bound=self.bound,
            paste_last=lambda: self.engine.calls.append("paste"),
            undo=lambda: self.engine.calls.append("undo"),
            fix=lambda: self.engine.calls.append("fix"),
        )

    def expect(self, *calls: str) -> None:
        """Does what is posted until these are the engine's calls."""

        def come() -> bool:
            while not self.posted.empty():
                self.posted.get()()
                self.keys.recording(self.engine.state.recording is not None)
            return len(self.engine.calls) >= len(calls)

        until(come)
        assert self.engine.calls == list(calls)


@pytest.fixture
def desk(x: Server) -> Iterator[Desk]:
    made = Desk(x.desktop)
    made.keys.apply(SETTINGS, {"german": GERMAN})
    yield made
    made.keys.close()
    assert made.troubles == []


def tap(x: Server) -> None:
    x.press(CTRL, ALT)
    x.tap(SPACE)
    x.release(CTRL, ALT)


def test_each_key_does_its_own(x: Server, desk: Desk) -> None:
    tap(x)
    desk.expect("start", "released")
    tap(x)
    desk.expect("start", "released", "stop", "released")
    desk.engine.calls.clear()
    x.tap(F9)
    desk.expect("start de", "released")
    x.tap(F9)
    desk.expect("start de", "released", "stop", "released")
    desk.engine.calls.clear()
    x.click(8)
    x.click(9)
    x.press(CTRL, ALT)
    x.tap(LETTER_C)
    x.release(CTRL, ALT)
    desk.expect("paste", "undo", "fix")


def test_other_settings_without_other_keys_leave_the_keys_alone(x: Server, desk: Desk) -> None:
    listener = desk.keys._listener
    desk.keys.apply(replace(SETTINGS, language="fr", hotkey_mode="toggle"), {"german": GERMAN})
    assert desk.keys._listener is listener
    tap(x)
    desk.expect("start fr", "released")


def test_other_keys_are_tried_out_alone_and_then_the_usual_ones_are_back(
    x: Server, desk: Desk
) -> None:
    assert "holding works" in desk.keys.served_by("auto")["hotkey"]
    heard: list[str] = []
    end = desk.keys.listen("F9", heard.append, desk.troubles.append)
    x.tap(F9)
    tap(x)
    until(lambda: desk.posted.qsize() == 2)
    while not desk.posted.empty():
        desk.posted.get()()
    assert heard == ["press", "release"]
    end()
    tap(x)
    desk.expect("start", "released")


def test_keys_that_can_not_be_had_leave_the_usual_ones(x: Server, desk: Desk) -> None:
    other = Desk(x.desktop)
    other.keys.apply(Settings(hotkey="Pause"), {})
    with pytest.raises(HotkeyTaken):
        desk.keys.listen("Pause", lambda _what: None, desk.troubles.append)
    other.keys.close()
    tap(x)
    desk.expect("start", "released")


def test_two_actions_with_one_key_are_told_and_nothing_is_listened_for(x: Server) -> None:
    desk = Desk(x.desktop)
    desk.keys.apply(Settings(hotkey="F9", undo_hotkey="F9"), {})
    assert "two things" in desk.troubles[0].message
    assert desk.keys.failure is desk.troubles[0]
    desk.keys.apply(SETTINGS, {})
    assert desk.keys.failure is None
    tap(x)
    desk.expect("start", "released")
    desk.keys.close()


def test_keys_for_the_lock_screen_or_another_user_start_nothing(desk: Desk, x: Server) -> None:
    """Only the input devices' own keys are heard then."""
    desk.keys._unguarded = True
    desk.engine.state = State(away=True)

    def tapped() -> list[str]:
        tap(x)
        until(lambda: desk.posted.qsize() == 2)
        while not desk.posted.empty():
            desk.posted.get()()
        return desk.engine.calls

    assert "start" not in tapped()
    desk.keys._unguarded = False
    assert "start" in tapped()


GNOME = Desktop("linux", "wayland", "gnome")


def test_gnome_is_offered_the_keys_and_may_be_freed_of_them(
    own_gsettings: None,
) -> None:
    keys = Desk(GNOME).keys
    keys.apply(Settings(), {})
    assert keys.unheard
    offer = keys.offer()
    assert offer
    assert offer.lines[1].startswith("Ctrl+Alt+Space: ")
    assert offer.lines[1].endswith(" press")
    assert not gnome_keys.ours()
    offer.do()
    keys.again()
    assert keys.unheard is None
    assert keys.served_by("auto")["hotkey"].startswith("heard by GNOME, which tells no release")
    assert keys.served_by("auto")["cancel_hotkey"].startswith("not heard")
    taken_back = keys.offer()
    assert taken_back
    taken_back.do()
    assert not gnome_keys.ours()
    keys.again()
    assert keys.unheard
    keys.close()


def test_other_desktops_are_offered_nothing(desk: Desk) -> None:
    assert desk.keys.offer() is None
