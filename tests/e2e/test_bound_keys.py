"""Keys that a real Sway has bound with the lines that the app shows, pressed on a keyboard."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dictation.desktop import Desktop
from dictation.hotkeys import actions, none
from dictation.hotkeys.binding import KEYS, Binding
from dictation.settings import Settings
from tests.app import DICTATION
from tests.desktop import need, until
from tests.e2e.shell import ROOT, write_wav
from tests.loopback import Loopback
from tests.sway import NOBODY, Sway, as_its_user

pytestmark = pytest.mark.only_on("linux")

SWAY = Desktop("linux", "wayland", "sway")


class Relay:
    """What Sway runs, carried out for the test's own user: Sway's may be nobody."""

    def __init__(self, folder: Path) -> None:
        self.command = folder / "dictation"
        self._pipe = folder / "pipe"
        os.mkfifo(self._pipe)
        self._pipe.chmod(0o666)
        self.command.write_text(f'#!/bin/sh\necho "$*" >"{self._pipe}"\n')
        self.command.chmod(0o755)
        self._running: list[subprocess.Popen[bytes]] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with os.fdopen(os.open(self._pipe, os.O_RDWR), "r") as lines:
            while words := lines.readline().split():
                self._running.append(subprocess.Popen((*DICTATION, *words)))

    def close(self) -> None:
        self._pipe.write_text("\n")
        self._thread.join(5)
        for process in self._running:
            assert process.wait(10) == 0


class App:
    """The app on Sway, and commands to it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen((*DICTATION, "--minimized"))
        until("the app", lambda: self.command("status").returncode == 0, 30)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = (*DICTATION, *arguments)
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    @property
    def state(self) -> str:
        state: str = json.loads(self.command("status", "--json").stdout)["state"]
        return state

    def takes(self) -> list[dict[str, Any]]:
        """The takes in the history, newest first."""
        told = self.command("history", "list", "--json").stdout
        found: list[dict[str, Any]] = json.loads(told)
        return found

    def close(self) -> None:
        self.command("quit")
        self.process.wait(10)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, service: Loopback) -> Iterator[App]:
    need("sway", "swaymsg", "wtype", "setpriv")
    with tempfile.TemporaryDirectory(prefix="sway-") as name, ExitStack() as stack:
        folder = Path(name)
        write_wav(folder / "speech.wav", 20)
        here = {
            "DICTATION_HOME": str(folder / "home"),
            "DICTATION_MICROPHONE": f"file:{folder / 'speech.wav'}",
            "DICTATION_SPEECH_GATE": "off",
            "DICTATION_SOUNDS": "false",
            "DICTATION_OUTPUT": "none",
            "DICTATION_BASE_URL": service.openrouter,
            "DICTATION_MODEL": "a/b",
            "OPENROUTER_API_KEY": "sk-or-any",
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONPATH": str(ROOT),
            "XDG_CURRENT_DESKTOP": "sway:wlroots",
        }
        for variable, value in here.items():
            monkeypatch.setenv(variable, value)
        relay = Relay(folder)
        stack.callback(relay.close)
        talk = actions(Settings(hotkey="Ctrl+Alt+Space, F9"))
        lines = none.lines(SWAY, talk, [str(relay.command)])
        sway = Sway(folder, monkeypatch, "\n".join(lines[1:]))
        stack.callback(sway.end)
        made = App()
        stack.callback(made.close)
        yield made


def keys(*arguments: str) -> None:
    """What wtype does with a keyboard of its own."""
    subprocess.run(["wtype", *arguments], check=True)


def test_holding_the_key_dictates_whichever_of_its_keys_is_let_go_first(
    app: App, service: Loopback
) -> None:
    held = ("-M", "ctrl", "-M", "alt", "-P", "space", "-s", "1200")
    keys(*held, "-p", "space", "-m", "alt", "-m", "ctrl")
    until("a take", lambda: [take["text"] for take in app.takes()] == [service.text], 20)
    keys(*held, "-m", "ctrl", "-m", "alt", "-p", "space")
    until("another take", lambda: len(app.takes()) == 2 and app.state == "idle", 20)
    for take in app.takes():
        assert 0.5 < take["seconds"] < 2.5  # held for 1.2, but commands start as they can

    keys("-k", "F9")  # tapped
    until("it records", lambda: app.state == "recording")
    keys("-k", "F9")
    until("it ends", lambda: app.state != "recording")
    assert "bound by the desktop, press and release" in app.command("doctor").stdout


def test_sway_takes_the_lines_of_every_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("sway", "setpriv")
    written = []
    for key in KEYS:
        held = frozenset({"ctrl", "super"}) if key[:4] not in ("Left", "Righ") else frozenset()
        (action,) = actions(Settings(hotkey="F9", cancel_hotkey=""))
        bound = type(action)(action.name, action.title, (Binding(held, key),))
        written += none.lines(SWAY, [bound])[1:]
    with tempfile.TemporaryDirectory(prefix="sway-") as name:
        config = Path(name, "config")
        config.write_text("\n".join(written))
        if os.geteuid() == 0:
            os.chown(name, NOBODY, NOBODY)
        here = {
            "XDG_RUNTIME_DIR": name,
            "HOME": name,
            "WLR_BACKENDS": "headless",
            "WLR_RENDERER": "pixman",
        }
        for variable, value in here.items():
            monkeypatch.setenv(variable, value)
        command = as_its_user("sway", "--validate", "-c", str(config))
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "rror on line" not in told.stderr, told.stderr
    assert told.returncode == 0
