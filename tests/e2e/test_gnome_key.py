"""The hotkey on a real GNOME that has no portal for it: GNOME runs the command."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from dictation.hotkeys import actions, gnome_keys
from dictation.settings import Settings
from tests.app import App
from tests.desktop import until
from tests.e2e.shell import write_wav
from tests.gnome import Gnome, need_gnome

pytestmark = pytest.mark.only_on("linux")


def test_a_press_starts_the_next_stops_and_a_held_key_does_one_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_gnome()
    wav = write_wav(tmp_path / "long.wav", 60.0)
    with Gnome() as gnome:
        for name, value in gnome.env.items():
            monkeypatch.setenv(name, value)
        gnome_keys.write(actions(Settings()))
        with App(gnome, DICTATION_MICROPHONE=f"file:{wav}") as app:
            gnome.run_shortcuts(**app.environment)

            def starts() -> bool:
                """GNOME takes the key a moment after it runs shortcuts."""
                gnome.key("ctrl+alt+space")
                end, pause = time.monotonic() + 1.5, threading.Event()
                while app.status()["state"] == "idle" and time.monotonic() < end:
                    pause.wait(0.05)
                return app.status()["state"] == "recording"

            until("a press starts", starts, 20)
            threading.Event().wait(1.2)  # sooner it might be a repeat
            gnome.key("ctrl+alt+space")
            until("the next stops", lambda: app.status()["state"] != "recording")
            app.does("cancel")
            app.until("idle")
            before = len(app.takes())
            threading.Event().wait(1.2)
            gnome.key("ctrl+alt+space", "down")
            app.until("recording")
            threading.Event().wait(2)
            gnome.key("ctrl+alt+space", "up")
            threading.Event().wait(0.5)
            assert app.status()["state"] == "recording"
            app.does("cancel")
            app.until("idle")
            assert len(app.takes()) == before + 1
