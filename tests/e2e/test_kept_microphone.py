"""The microphone that stays open, in the whole program: what a take gains, and who ends it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import App
from tests.buses import Bus
from tests.desktop import VirtualDesktop, until
from tests.logind import Logind


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    made = Bus(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def system(bus: Bus) -> Iterator[Logind]:
    made = Logind(bus.address)
    yield made
    made.close()


def app(desktop: VirtualDesktop, keep: str, **more: str) -> App:
    chosen = {"PROVIDER": "offline", "OUTPUT": "none", "KEEP_MICROPHONE_OPEN": keep}
    return App(desktop, **{f"DICTATION_{name}": value for name, value in chosen.items()}, **more)


def open_streams(desktop: VirtualDesktop) -> int:
    return desktop.run("pactl", "list", "short", "source-outputs").count("protocol-native")


def take(running: App, words: str) -> None:
    """A take in which this is said."""
    running.does("start")
    running.until("recording")
    running.desktop.say(words)
    running.does("stop", "--wait")


def first_samples(running: App) -> list[float]:
    """When each take's sound began, in seconds after its key, newest first."""
    shown = [running.does("history", "show", each["id"], "--json") for each in running.takes()]
    return [json.loads(each)["timings"]["first_sample"] for each in shown]


def test_after_a_take_the_next_one_reaches_back_until_its_seconds_are_over(
    desktop: VirtualDesktop,
) -> None:
    with app(desktop, "8") as running:
        take(running, "hello world")
        assert open_streams(desktop) == 1
        take(running, "hello again")
        until("it is closed", lambda: not open_streams(desktop), 12)
        again, first = first_samples(running)
        assert again < 0 < first


def test_a_lock_and_a_sleep_close_it_and_quitting_does(
    desktop: VirtualDesktop, bus: Bus, system: Logind
) -> None:
    with app(desktop, "-1", DBUS_SYSTEM_BUS_ADDRESS=bus.address) as running:
        until("it is open before the first take", lambda: open_streams(desktop) == 1)
        until("it delays a sleep", lambda: system.is_heard)
        until("it hears of locks", lambda: "GetAll" in {member for member, _ in system.calls})
        system.ask("Lock")
        until("it is closed", lambda: not open_streams(desktop))
        system.ask("Unlock")
        until("it is open again", lambda: open_streams(desktop) == 1)
        system.sleep()
        until("it is closed", lambda: not open_streams(desktop))
        system.wake()
        until("it is open again", lambda: open_streams(desktop) == 1)
        threading.Event().wait(0.3)  # a take reaches back to what was heard, so not at once
        take(running, "hello world")
        assert first_samples(running)[0] < 0
    assert not open_streams(desktop)
