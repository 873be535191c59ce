"""Commands to the running app, as scripts and desktop shortcuts use them."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from itertools import groupby
from pathlib import Path

import pytest
from Xlib import X

from dictation import __version__
from tests.app import DICTATION, App
from tests.desktop import VirtualDesktop, until
from tests.e2e.shell import told
from tests.loopback import Loopback
from tests.replies import error


@pytest.fixture
def environment(desktop: VirtualDesktop, service: Loopback) -> dict[str, str]:
    """An app that hears one sentence at each take and keeps the text."""
    return {
        "DICTATION_BASE_URL": service.openrouter,
        "OPENROUTER_API_KEY": "sk-or-any",
        "DICTATION_MODEL": "a/b",
        "DICTATION_MICROPHONE": f"file:{desktop.speech('Hello there.')}@20",
    }


def spoken(app: App, *command: str) -> tuple[int, str, str]:
    """One take: started, something said, and ended by the command."""
    app.does("start")
    app.until("recording")
    threading.Event().wait(0.2)
    return app.command(*command)


def stop_and_wait(app: App) -> subprocess.Popen[str]:
    """`dictation stop --wait`, not waited for."""
    command = (*DICTATION, "stop", "--wait")
    return subprocess.Popen(command, env=app.environment, stderr=subprocess.PIPE, text=True)


def windows(desktop: VirtualDesktop) -> int:
    """How many of the app's windows the window manager has."""
    root, wanted = desktop.x.screen().root, desktop.x.intern_atom("_NET_CLIENT_LIST")
    found = root.get_full_property(wanted, X.AnyPropertyType)
    classes = [
        desktop.x.create_resource_object("window", number).get_wm_class() for number in found.value
    ]
    return sum("dictation" in names for names in classes if names)


def events(desktop: VirtualDesktop) -> list[int]:
    """What kinds of events have come since this was last asked."""
    return [desktop.x.next_event().type for _event in range(desktop.x.pending_events())]


class Follower:
    """`dictation status --follow`, until the app ends."""

    def __init__(self, app: App) -> None:
        self.process = subprocess.Popen(
            (*DICTATION, "status", "--follow", "--json"),
            env=app.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def __enter__(self) -> Follower:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        with self.process:  # closes its output, too
            self._reader.join(10)


def test_a_script_drives_the_app(
    desktop: VirtualDesktop, service: Loopback, environment: dict[str, str]
) -> None:
    idle = {"state": "idle", "take": None, "waiting": 0, "version": __version__}
    text = (0, f"{service.text}\n", "")
    with App(desktop, "--output", "none", **environment) as app, Follower(app) as follower:
        assert (app.status(), app.does("status")) == (idle, "idle\n")
        until("it follows", lambda: follower.lines)

        assert app.does("start") == ""
        status = app.status()
        assert status["state"] == "recording"
        assert (app.does("start"), app.status()["take"]) == ("", status["take"])  # goes on
        threading.Event().wait(0.2)
        assert app.command("stop", "--wait") == text
        assert app.status() == idle
        until("it has told all", lambda: json.loads(follower.lines[-1])["state"] == "idle")
        lines = [json.loads(line) for line in follower.lines]
        states = [state for state, _lines in groupby(line["state"] for line in lines)]
        assert [line["text"] for line in lines if "text" in line][-1] == service.text
        assert states == ["idle", "recording", "transcribing", "delivering", "idle"]
        assert json.loads(follower.lines[1])["take"] == status["take"]
        assert all(line["alt"] == line["class"] == line["state"] for line in lines)  # for bars
        row = json.loads(app.does("history", "show", status["take"], "--json"))
        assert (row["status"], row["text"], row["error"]) == ("kept", service.text, None)

        app.does("toggle")
        threading.Event().wait(0.3)
        assert app.command("toggle", "--wait") == text

        # Nothing is recording: the newest unfinished take is waited for.
        service.delay = 1.0
        assert spoken(app, "stop") == (0, "", "")
        assert app.command("stop", "--wait") == text
        code, out, err = app.command("stop", "--wait")
        assert (code, out, told(err)) == (1, "", True)

        # A recording is cancelled, then a take on its way, and the one who waits is told.
        assert spoken(app, "cancel") == (0, "", "")
        assert app.status() == idle
        service.delay = 10.0
        spoken(app, "stop")
        with stop_and_wait(app) as waiting:
            app.until("transcribing")
            threading.Event().wait(0.5)
            app.does("cancel")
            err = waiting.communicate(timeout=10)[1]
        assert (waiting.returncode, told(err)) == (1, True)
        service.delay = 0.0
        statuses = [row["status"] for row in app.takes()]
        assert statuses == ["cancelled", "cancelled", "kept", "kept", "kept"]

        # What goes wrong has the exit code of its kind.
        service.replies = [error(402, "No credits left.")]
        code, out, err = spoken(app, "stop", "--wait")
        assert (code, out, told(err)) == (5, "", True)
        id_ = app.takes()[0]["id"]
        assert app.command("history", "retry", id_) == text  # while the app runs

        desktop.set_clipboard("before")
        assert app.command("paste-last") == (0, "", "")
        until("the last text", lambda: desktop.clipboard() == service.text)

        code, out, err = app.command("quit")
        assert (code, out, err, app.ended()) == (0, "", "", True)
        assert follower.process.wait(10) == 0
        assert app.process.returncode == 0
        assert app.command("status")[0] == 10
        assert len(app.takes()) == 6


def test_a_key_that_the_desktop_bound_is_held_and_tapped(
    desktop: VirtualDesktop, service: Loopback, environment: dict[str, str]
) -> None:
    """Each press and release is a process, which may be late."""
    with App(desktop, "--output", "none", **environment) as app:

        def overtaken() -> None:
            """A release whose press was started before it, and comes after it."""
            press = subprocess.Popen((*DICTATION, "press"), env=app.environment)
            press.send_signal(signal.SIGSTOP)
            assert app.does("release") == ""
            press.send_signal(signal.SIGCONT)
            assert press.wait(10) == 0

        assert app.does("press") == ""
        app.until("recording")
        threading.Event().wait(0.5)
        assert app.does("release") == ""
        until("it was held", lambda: [take["text"] for take in app.takes()] == [service.text])

        app.does("settings", "set", "hotkey_mode", "hold")
        overtaken()
        assert app.status()["state"] != "recording"
        app.does("settings", "set", "hotkey_mode", "toggle")
        overtaken()
        assert app.status()["state"] == "recording"
        code, out, err = app.command("press", "--profile", "nobody")
        assert (code, out, told(err)) == (3, "", True)


def test_each_output_gives_the_text_to_the_one_who_waits(
    desktop: VirtualDesktop, service: Loopback, environment: dict[str, str]
) -> None:
    """Settings are taken up by the running app; the environment and flags are not asked."""
    text = f"{service.text}\n"
    with App(desktop, **environment) as app:
        for output in ("none", "display", "clipboard"):
            app.does("settings", "set", "output", output)
            assert spoken(app, "stop", "--wait") == (0, text, ""), output
        assert desktop.clipboard() == service.text
        assert [row["status"] for row in app.takes()] == ["delivered", "delivered", "kept"]
        # No window takes it: the text is printed and kept all the same.
        app.does("settings", "set", "output", "paste")
        code, out, err = spoken(app, "stop", "--wait")
        assert (code, out, told(err)) == (9, text, True)
        assert app.takes()[0]["status"] == "kept"


def test_a_second_start_shows_the_first_and_minimized_opens_no_window(
    desktop: VirtualDesktop, environment: dict[str, str]
) -> None:
    with App(desktop, **environment) as app:
        assert windows(desktop) == 0
        assert app.command("--minimized") == (0, "", "")
        threading.Event().wait(0.3)
        assert windows(desktop) == 0
        assert app.command() == (0, "", "")
        until("a window", lambda: windows(desktop))
        assert not app.ended()


def test_two_started_at_once_are_one(desktop: VirtualDesktop, environment: dict[str, str]) -> None:
    with App(desktop, **environment) as app:
        app.does("quit")
        both = [desktop.start(*DICTATION, "--minimized", **app.environment) for _number in range(2)]
        until("one has gone", lambda: any(one.poll() is not None for one in both), 20)
        assert [one.poll() for one in both].count(0) == 1
        assert app.status()["state"] == "idle"
        app.does("quit")
        assert [one.wait(5) for one in both] == [0, 0]


def test_a_command_that_comes_while_the_app_starts_is_done_once_it_can_be(
    desktop: VirtualDesktop, environment: dict[str, str], home: Path
) -> None:
    with App(desktop, **environment) as app:
        app.does("quit")
        app.process.wait(10)
        app.process = desktop.start(*DICTATION, "--minimized", **app.environment)
        until("the socket", (home / "run" / "control").exists)
        app.does("start")
        app.until("recording")


def test_sigterm_ends_an_app_that_is_still_starting(
    desktop: VirtualDesktop, environment: dict[str, str]
) -> None:
    root, outside = desktop.x.screen().root, X.SubstructureNotifyMask
    with App(desktop, **environment) as app:
        app.does("quit")
        app.process.wait(10)
        root.change_attributes(event_mask=outside)
        desktop.x.sync()
        while desktop.x.pending_events():
            desktop.x.next_event()
        started = desktop.start(*DICTATION, "--minimized", **app.environment)
        until("the icon", lambda: X.ReparentNotify in events(desktop))
        started.send_signal(signal.SIGTERM)
        assert started.wait(10) == 0
        assert app.command("status")[0] == 10
        root.change_attributes(event_mask=X.NoEventMask)


def test_sigterm_ends_the_app_and_loses_nothing(
    desktop: VirtualDesktop, service: Loopback, environment: dict[str, str]
) -> None:
    service.delay = 20.0
    with App(desktop, **environment) as app:
        spoken(app, "stop")
        until("it is sent", lambda: service.requests and service.last.audio)
        app.does("start")
        threading.Event().wait(0.3)
        with stop_and_wait(app) as waiting:
            app.until("transcribing")
            app.does("start")
            app.until("recording")
            threading.Event().wait(0.3)
            app.process.send_signal(signal.SIGTERM)
            assert app.process.wait(10) == 0
            err = waiting.communicate(timeout=10)[1]
        assert (waiting.returncode, told(err)) == (10, True)
        rows = app.takes()
        assert [row["status"] for row in rows] == ["waiting"] * 3
        assert all(Path(row["audio"]).stat().st_size > 44 + 16_000 for row in rows)
        assert all(row["seconds"] > 0.5 for row in rows)


def test_a_long_home_is_no_hindrance(
    desktop: VirtualDesktop, environment: dict[str, str], home: Path
) -> None:
    long = str(home / ("long" * 40))
    with App(desktop, **environment, DICTATION_HOME=long) as app:
        assert app.command("--minimized")[0] == 0
        app.does("quit")
        assert app.ended()
