"""Keys that the desktop bound to `dictation press` and `dictation release`."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from typing import Literal

import pytest

from dictation.errors import SettingsError
from dictation.session import State
from dictation.settings import Settings
from dictation.talking import BoundKeys


@dataclass
class FakeEngine:
    """Just what keys ask of an engine."""

    state: State = field(default_factory=State)
    calls: list[str] = field(default_factory=list)

    def start(self, chosen: Settings, *, held: bool, pressed: float) -> None:
        self.held = held
        self.calls.append(f"start {chosen.language} {pressed:g}")
        self.state = State("a")

    def stop(self) -> None:
        self.calls.append("stop")
        self.state = State()

    def released(self) -> None:
        self.calls.append("released")


class Desk:
    """Bound keys, and what they made of the commands so far."""

    def __init__(self, mode: str) -> None:
        self.engine = FakeEngine()
        self.mode = mode
        self.keys = BoundKeys(self.engine, self.settings)  # type: ignore[arg-type]

    def settings(self, profile: str) -> Settings:
        if profile not in ("", "german"):
            raise SettingsError("No such profile.")
        return replace(Settings(), hotkey_mode=self.mode, language="de" if profile else "en")

    def told(self, *reports: tuple[Literal["press", "release"], float], profile: str = "") -> str:
        """What the reports led to."""
        self.engine.calls.clear()
        for what, at in reports:
            self.keys.told(what, profile, at)
        return ", ".join(self.engine.calls)


@pytest.mark.parametrize(
    ("mode", "tap", "hold"),
    [
        ("hybrid", "start en 1, released", "start en 1, stop"),
        ("hold", "start en 1, stop", "start en 1, stop"),
        ("toggle", "start en 1, released", "start en 1, released"),
    ],
)
def test_they_mean_what_a_hotkey_of_ours_means(mode: str, tap: str, hold: str) -> None:
    assert Desk(mode).told(("press", 1.0), ("release", 1.2)) == tap
    assert Desk(mode).told(("press", 1.0), ("release", 9.0)) == hold
    # Overtaken, a pair still is what it was.
    assert Desk(mode).told(("release", 1.2), ("press", 1.0)) == tap
    assert Desk(mode).told(("release", 9.0), ("press", 1.0)) == hold


@pytest.mark.parametrize("mode", ["hybrid", "hold", "toggle"])
def test_a_lost_release_leaves_nothing_stuck(mode: str) -> None:
    desk = Desk(mode)
    assert desk.told(("press", 1.0)) == "start en 1"
    assert desk.told(("press", 5.0)) == "stop"
    assert desk.told(("press", 8.0)) == "start en 8"
    # Soon after, it may be a repeat; then its release ends what is held.
    assert desk.told(("press", 8.6)) == ""
    ends = "released" if mode == "toggle" else "stop"
    assert desk.told(("release", 8.7)) == ends
    if mode == "toggle":
        assert desk.told(("press", 9.0)) == "stop"


def test_a_key_that_repeats_is_held_all_the_same() -> None:
    desk = Desk("hold")
    repeats = [("press", 1.6 + number / 25) for number in range(100)]
    assert desk.told(("press", 1.0), *repeats, ("release", 5.7)) == "start en 1, stop"  # type: ignore[arg-type]


def test_each_profile_has_a_key_of_its_own() -> None:
    desk = Desk("hold")
    assert desk.told(("press", 1.0), profile="german") == "start de 1"
    assert desk.told(("release", 2.0)) == ""  # not that key's
    assert desk.told(("press", 3.0)) == "stop"
    assert desk.told(("release", 4.0), profile="german") == "released"
    with pytest.raises(SettingsError):
        desk.told(("press", 5.0), profile="german typo")


def test_where_no_release_ever_comes_silence_may_stop_a_take() -> None:
    desk = Desk("hybrid")
    desk.told(("press", 1.0))
    assert not desk.engine.held
    desk.told(("press", 5.0), ("release", 5.1), ("press", 9.0))
    assert desk.engine.held


def test_a_trial_hears_all_that_comes_and_starts_nothing() -> None:
    desk, heard = Desk("hybrid"), list[str]()
    other = desk.keys.listen(lambda _what: None)  # that has been left alone
    end = desk.keys.listen(heard.append)
    other()
    assert desk.told(("release", 1.2), ("press", 1.0)) == ""
    assert heard == ["release", "press"]
    assert desk.keys.tried("press")  # a toggle
    end()
    assert not desk.keys.tried("press")
    assert desk.told(("press", 2.0)) == "start en 2"
    assert desk.keys.seen == {"press", "release"}


def test_another_mode_is_in_force_at_the_next_press() -> None:
    desk = Desk("toggle")
    desk.told(("press", 1.0), ("release", 2.0))
    desk.mode = "hold"
    assert desk.told(("press", 3.0)) == "stop"
    assert desk.told(("press", 5.0), ("release", 6.0)) == "start en 5, stop"


@pytest.mark.only_on("linux")
def test_a_command_tells_when_it_was_started_however_long_it_took_to_get_going() -> None:
    code = (
        "import threading; threading.Event().wait(0.5)\n"
        "from dictation.commands import remote\n"
        "print(remote._began())"
    )
    before = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert before - 0.02 <= float(done.stdout) <= before + 0.4
