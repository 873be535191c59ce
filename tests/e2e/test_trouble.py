"""When things go wrong: the user is told what happened, with a button that does something."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.loopback import Loopback
from tests.programs import Program
from tests.replies import error


@pytest.fixture
def service() -> Iterator[Loopback]:
    running = Loopback()
    yield running
    running.close()
    assert running.complaints == []


def app_at(desktop: VirtualDesktop, service: Loopback, speed: int = 20, **environment: str) -> App:
    return App(
        desktop,
        DICTATION_BASE_URL=service.openrouter,
        OPENROUTER_API_KEY="sk-or-test",
        DICTATION_MODEL="a/b",
        DICTATION_MICROPHONE=f"file:{desktop.speech('Hello there.')}@{speed}",
        **environment,
    )


def dictate(desktop: VirtualDesktop, app: App) -> None:
    desktop.key("ctrl+alt+space")
    app.until("recording")
    until("some speech", lambda: app.command("status")[0] == 0)
    desktop.key("ctrl+alt+space")


def test_a_window_that_lost_the_focus_gets_its_text_and_the_other_has_the_focus_again(
    desktop: VirtualDesktop, service: Loopback
) -> None:
    service.delay = 1.5
    with (
        app_at(desktop, service) as app,
        Program(desktop, "xterm") as other,
        Program(desktop, "mousepad") as meant,
    ):
        meant.focus()
        dictate(desktop, app)
        other.focus()
        until("it is delivered", lambda: app.takes()[0]["status"] == "delivered")
        desktop.key("x")
        until("the other has the focus", lambda: other.text() == "x")
        meant.expect(str(service.text))


def test_a_text_whose_window_is_hidden_waits_for_a_click(
    desktop: VirtualDesktop, service: Loopback
) -> None:
    service.delay = 1.5
    with (
        app_at(desktop, service) as app,
        Program(desktop, "xterm") as other,
        Program(desktop, "xterm") as meant,
    ):
        # GIVEN a take whose window is minimized before the text is there
        meant.focus()
        dictate(desktop, app)
        desktop.run("xdotool", "windowminimize", str(meant.window.number))
        other.focus()
        told = desktop.notifications.expect("lost the focus", 10)
        # THEN no window got it, and the notification does not show it
        assert (meant.text(), other.text()) == ("", "")
        assert service.text not in f"{told.summary}{told.body}"
        assert app.takes()[0]["status"] == "kept"
        # WHEN the user goes back and presses its button
        meant.focus()
        desktop.notifications.press(told, "paste")
        # THEN the text is there
        meant.expect(str(service.text))
        until("the record says so", lambda: app.takes()[0]["status"] == "delivered")


def test_a_recording_that_could_not_be_sent_is_sent_again_by_a_click(
    desktop: VirtualDesktop, service: Loopback
) -> None:
    service.answer = lambda request: error(400, "No.") if request.method == "POST" else None
    with app_at(desktop, service) as app, Program(desktop, "xterm"):
        dictate(desktop, app)
        told = desktop.notifications.expect("did not accept", 10)
        assert app.takes()[0]["status"] == "failed"
        service.answer = lambda _request: None
        desktop.notifications.press(told, "again")
        until("its text", lambda: app.takes()[0]["text"] == service.text)


def test_a_taken_hotkey_is_named_and_a_free_one_is_a_click_away(
    desktop: VirtualDesktop, service: Loopback
) -> None:
    from Xlib import XK, X

    root = desktop.x.screen().root
    space = desktop.x.keysym_to_keycode(XK.string_to_keysym("space"))
    held = X.ControlMask | X.Mod1Mask
    root.grab_key(space, held, False, X.GrabModeAsync, X.GrabModeAsync)
    desktop.x.sync()
    try:
        with app_at(desktop, service) as app:
            told = desktop.notifications.expect("Ctrl+Alt+Space is taken")
            assert told.actions["hotkey"] == "Use Ctrl+Shift+Space"
            desktop.notifications.press(told, "hotkey")
            until("the setting", lambda: "Shift" in app.does("settings", "get", "hotkey"))

            def heard() -> bool:
                desktop.key("ctrl+shift+space")  # which is grabbed in a moment
                threading.Event().wait(0.5)
                return app.status()["state"] == "recording"

            until("it is heard", heard)
            app.does("cancel")
    finally:
        root.ungrab_key(space, held)
        desktop.x.sync()


def test_a_hotkey_that_is_free_again_is_taken_with_the_next_settings(
    desktop: VirtualDesktop, service: Loopback
) -> None:
    from Xlib import XK, X

    root = desktop.x.screen().root
    space = desktop.x.keysym_to_keycode(XK.string_to_keysym("space"))
    held = X.ControlMask | X.Mod1Mask
    root.grab_key(space, held, False, X.GrabModeAsync, X.GrabModeAsync)
    desktop.x.sync()
    desktop.notifications.clear()
    with app_at(desktop, service) as app:
        desktop.notifications.expect("Ctrl+Alt+Space is taken")
        root.ungrab_key(space, held)
        desktop.x.sync()
        app.does("settings", "set", "style", "verbatim")
        desktop.key("ctrl+alt+space")
        app.until("recording")
        app.does("cancel")


def test_a_hotkey_changed_in_mid_take_leaves_the_take_cancellable(
    desktop: VirtualDesktop, service: Loopback
) -> None:
    with app_at(desktop, service, speed=1) as app:
        # At the speed of life: over ten seconds of sound Escape would have to be pressed twice.
        desktop.key("ctrl+alt+space")
        app.until("recording")
        app.does("settings", "set", "hotkey", "F9")
        desktop.key("Escape")
        app.until("idle", 5)
        assert {take["status"] for take in app.takes()} <= {"cancelled"}  # a slip is not kept


def test_escape_cancels_only_while_recording(desktop: VirtualDesktop, service: Loopback) -> None:
    with app_at(desktop, service, speed=1) as app, Program(desktop, "xterm") as program:
        desktop.key("Escape")
        program.expect("\x1b")
        desktop.key("ctrl+alt+space")
        app.until("recording")
        desktop.key("Escape")
        app.until("idle")
        assert {take["status"] for take in app.takes()} <= {"cancelled"}  # a slip is not kept
        program.expect("\x1b")
    assert [request for request in service.requests if request.audio] == []


def titles(desktop: VirtualDesktop) -> list[str]:
    """The titles of windows that are shown, without the app's name that follows there."""
    found = desktop.run("xdotool", "search", "--onlyvisible", "--name", "", "getwindowname", "%@")
    return [line.partition(" — ")[0] for line in found.splitlines() if " — " in line]


def test_a_click_on_an_error_opens_its_window(desktop: VirtualDesktop, service: Loopback) -> None:
    service.answer = lambda request: error(400, "No.") if request.method == "POST" else None
    with app_at(desktop, service) as app, Program(desktop, "xterm"):
        dictate(desktop, app)
        told = desktop.notifications.expect("did not accept", 10)
        assert list(told.actions) == ["default", "settings", "again"]
        desktop.notifications.press(told)
        until("its window", lambda: "Trouble" in titles(desktop))


@pytest.mark.expects_warnings
def test_a_fault_shows_one_window_that_does_not_take_the_focus(
    desktop: VirtualDesktop, service: Loopback, tmp_path: Path
) -> None:
    # GIVEN a library that is broken, and is first needed when a take is sent
    (tmp_path / "truststore.py").write_text('raise RuntimeError("broken on purpose")\n')
    path = f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}"
    with app_at(desktop, service, PYTHONPATH=path) as app, Program(desktop, "xterm") as other:
        other.focus()
        for _take in range(2):
            dictate(desktop, app)
            app.until("idle")
        # THEN one window tells, and what is typed goes where it went before
        until("the window", lambda: titles(desktop) == ["A fault of the program"])
        desktop.key("x")
        until("the other has the focus", lambda: other.text() == "x")
        # AND what was said is kept
        assert {take["status"] for take in app.takes()} <= {"failed", "waiting"}


def test_a_crash_below_python_is_told_at_the_next_start_and_costs_no_take(
    desktop: VirtualDesktop, service: Loopback
) -> None:
    # GIVEN an app that dies in mid-take
    with app_at(desktop, service, speed=1) as app:
        app.does("start")
        app.until("recording")
        until("some sound", lambda: app.status()["state"] == "recording")
        threading.Event().wait(1.5)
        app.process.send_signal(signal.SIGSEGV)
        app.process.wait(10)
    desktop.notifications.clear()
    # WHEN it is started again
    with app_at(desktop, service, speed=1) as app:
        told = desktop.notifications.expect("ended in mid-work", 10)
        desktop.notifications.press(told)
        # THEN its window shows where it was, and the take is there to be transcribed
        until("the window", lambda: "A fault of the program" in titles(desktop))
        assert [take["status"] for take in app.takes()] == ["interrupted"]
    with app_at(desktop, service, speed=1) as app:
        desktop.notifications.clear()
        assert app.status()["state"] == "idle"
    assert not [seen for seen in desktop.notifications.seen if "mid-work" in seen.body]
