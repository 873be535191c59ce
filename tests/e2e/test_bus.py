"""The app as programs on the session's D-Bus see it, and players as it sees them there."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dictation import bus as session_bus
from dictation import menu_entry
from dictation.bus import THE_BUS
from dictation.bus_interface import INTERFACE, NAME, PATH
from tests.app import App
from tests.buses import Bus
from tests.desktop import VirtualDesktop, need, until
from tests.loopback import Loopback
from tests.test_players import Player


@pytest.fixture
def environment(desktop: VirtualDesktop, service: Loopback) -> dict[str, str]:
    """An app that hears one sentence at each take, and pauses players."""
    need("dbus-send")
    return {
        "DICTATION_BASE_URL": service.openrouter,
        "OPENROUTER_API_KEY": "sk-or-any",
        "DICTATION_MODEL": "a/b",
        "DICTATION_MICROPHONE": f"file:{desktop.speech('Hello there.')}@20",
        "DICTATION_OUTPUT": "none",
        "DICTATION_PAUSE_MEDIA": "true",
    }


@pytest.fixture
def music(desktop: VirtualDesktop) -> Iterator[Player]:
    player = Player(desktop.env["DBUS_SESSION_BUS_ADDRESS"], "music")
    yield player
    player.close()


def call(app: App, member: str) -> str:
    """What one of our methods gives, as dbus-send prints it."""
    send = ("dbus-send", "--session", "--print-reply=literal", "--reply-timeout=60000")
    bus = app.environment["DBUS_SESSION_BUS_ADDRESS"]
    command = (*send, f"--dest={NAME}", PATH, f"{INTERFACE}.{member}")
    return app.desktop.run(*command, DBUS_SESSION_BUS_ADDRESS=bus)


def becomes(player: Player, status: str) -> None:
    until(f"it is {status}", lambda: player.status == status)


def answers(app: App) -> bool:
    try:
        return "idle" in call(app, "Status")
    except AssertionError:
        return False


def test_a_program_drives_the_app_and_music_pauses_meanwhile(
    desktop: VirtualDesktop, service: Loopback, environment: dict[str, str], music: Player
) -> None:
    with App(desktop, **environment) as app:
        until("it is on the bus", lambda: answers(app))
        for _take in range(2):
            id_ = call(app, "Start").strip()
            assert id_ == app.status()["take"]
            becomes(music, "Paused")
            threading.Event().wait(0.2)
            assert call(app, "Stop").strip().split(maxsplit=1) == [id_, service.text]
            becomes(music, "Playing")
        rows = {line[8:].split(":")[0]: line for line in app.does("doctor").splitlines()}
        assert "the running app" in rows["control by D-Bus"]
        assert "music" in rows["pausing players"]


def test_quitting_lets_music_go_on_and_a_crash_starts_none(
    desktop: VirtualDesktop, environment: dict[str, str], music: Player
) -> None:
    with App(desktop, **environment) as app:
        app.does("start")
        becomes(music, "Paused")
        app.process.send_signal(signal.SIGTERM)
        assert app.process.wait(10) == 0
        assert music.status == "Playing"
    with App(desktop, **environment) as app:
        app.does("start")
        becomes(music, "Paused")
        app.process.kill()
        app.process.wait(10)
    with App(desktop, **environment) as app:
        app.does("start")
        app.until("recording")
        app.does("cancel")
        app.does("quit")
    assert music.status == "Paused"


def test_the_app_goes_on_without_the_bus_and_is_there_when_it_is_back(
    desktop: VirtualDesktop, environment: dict[str, str], tmp_path: Path
) -> None:
    bus = Bus(tmp_path)
    with App(desktop, **environment, DBUS_SESSION_BUS_ADDRESS=bus.address) as app:
        until("it is on the bus", lambda: answers(app))
        app.does("start")
        bus.stop()
        assert app.does("stop", "--wait")
        assert app.status()["state"] == "idle"
        bus.start()
        until("it is on the bus", lambda: answers(app))
    bus.stop()


def test_a_call_starts_the_app_where_it_is_in_the_menu(
    desktop: VirtualDesktop, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = desktop.home / ".local" / "share"  # where this bus looks
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    app = App(desktop, **environment)
    address = desktop.env["DBUS_SESSION_BUS_ADDRESS"]
    with session_bus.Bus(address, lambda _signal: None, name="session") as bus:
        # As a desktop does when it starts: what the bus starts knows of the screen.
        told = {name: app.environment[name] for name in (*environment, "DISPLAY", "PYTHONPATH")}
        told |= {"DICTATION_HOME": app.environment["DICTATION_HOME"]}
        bus.call(THE_BUS, "UpdateActivationEnvironment", "a{ss}", (told,))
        menu_entry.write()
        bus.call(THE_BUS, "ReloadConfig")
        try:
            assert "idle" in call(app, "Status")
            assert app.status()["state"] == "idle"
            app.does("quit")
            assert "recording" in (call(app, "Start"), call(app, "Status"))[1]
            app.does("cancel")
        finally:
            app.command("quit")
            menu_entry.remove()
            bus.call(THE_BUS, "ReloadConfig")
