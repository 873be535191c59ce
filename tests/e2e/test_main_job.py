"""The main job as a user does it: hold the key, speak, and the words stand at the cursor."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.app import App
from tests.connections import Received
from tests.desktop import VirtualDesktop, until
from tests.loopback import Loopback
from tests.programs import Program

WORDS = "The meeting starts at ten tomorrow morning. Please send me the report before lunch."
BASIC = "the meeting starts at ten tomorrow morning please send me the report before lunch"
OLD = "what was copied before"


@pytest.fixture
def service() -> Iterator[Loopback]:
    """A server that wants a key."""
    running = Loopback()
    running.key = "sk-or-a-key-in-the-keyring"
    yield running
    running.close()
    assert running.complaints == []


def dictate(desktop: VirtualDesktop, app: App, program: Program) -> None:
    """Holds the hotkey while someone speaks."""
    desktop.set_clipboard(OLD)
    desktop.set_clipboard("selected before", "primary")
    program.focus()
    desktop.key("ctrl+alt+space", "down")
    app.until("recording")
    desktop.say(WORDS)
    desktop.key("ctrl+alt+space", "up")


def takes_in(service: Loopback) -> list[Received]:
    return [request for request in service.requests if request.audio]


def expect_clipboards_back(desktop: VirtualDesktop, app: App) -> None:
    app.until("idle")
    until("the clipboard is back", lambda: desktop.clipboard() == OLD)
    until("the selection is back", lambda: desktop.clipboard("primary") == "selected before")


@pytest.mark.parametrize("name", ["xterm", "mousepad", "chromium"])
def test_without_any_key_the_words_stand_at_the_cursor(desktop: VirtualDesktop, name: str) -> None:
    with App(desktop) as app, Program(desktop, name) as program:
        dictate(desktop, app, program)
        program.expect(BASIC, 30)
        expect_clipboards_back(desktop, app)
        take = app.takes()[0]
    assert (take["status"], take["provider"]) == ("delivered", "offline")
    assert take["delivery"] == {"backend": "x11", "confirmed": True}


@pytest.mark.parametrize("name", ["xterm", "mousepad", "chromium"])
def test_with_a_key_in_the_keyring_the_service_writes_them(
    desktop: VirtualDesktop, service: Loopback, name: str
) -> None:
    service.text = "The meeting starts at ten – “tomorrow” morning. Grüße 🎤"
    with App(desktop, DICTATION_BASE_URL=service.openrouter) as app:
        app.store_key(service.openrouter, service.key)
        with Program(desktop, name) as program:
            dictate(desktop, app, program)
            program.expect(service.text)
            expect_clipboards_back(desktop, app)
            take = app.takes()[0]
    assert (take["status"], take["provider"]) == ("delivered", "openrouter")
    assert take["cost_usd"] == service.cost
    heard = next(request for request in service.requests if request.audio)
    assert 4.0 < len(heard.audio) / 32_000 < 6.5


def test_takes_overlap_and_come_in_order(desktop: VirtualDesktop, service: Loopback) -> None:
    # GIVEN a service that takes longest for the first take
    answers = iter([("one.", 3.0), ("two.", 0.1), ("three.", 0.1)])
    answered: list[str] = []

    def hear(_audio: bytes) -> str:
        text, delay = next(answers)
        pause.wait(delay)
        answered.append(text)
        return text

    service.text, pause = hear, threading.Event()
    environment = {
        "DICTATION_BASE_URL": service.openrouter,
        "OPENROUTER_API_KEY": service.key,
        "DICTATION_MICROPHONE": f"file:{desktop.speech('Hello there.')}@20",
        "DICTATION_MODEL": "a/b",
    }
    with App(desktop, **environment) as app, Program(desktop, "xterm") as program:
        # WHEN three takes follow each other
        for number in range(3):
            app.does("start")
            app.until("recording")
            pause.wait(0.3)
            app.does("stop")
            until("the service has it", lambda n=number: len(takes_in(service)) > n)
        # THEN they overlapped, and their texts stand in the order in which they were spoken
        program.expect("one. two. three.")
        assert answered == ["two.", "three.", "one."]
        assert [take["status"] for take in app.takes()] == ["delivered"] * 3


def test_each_key_does_what_it_is_for(desktop: VirtualDesktop, service: Loopback) -> None:
    service.text = "Guten Morgen."
    environment = {
        "DICTATION_BASE_URL": service.openrouter,
        "OPENROUTER_API_KEY": service.key,
        "DICTATION_MICROPHONE": f"file:{desktop.speech('Hello there.')}",
        "DICTATION_MODEL": "openai/whisper-1",
        "DICTATION_PASTE_LAST_HOTKEY": "F8",
    }
    with App(desktop, **environment) as app, Program(desktop, "xterm") as program:
        app.does("settings", "set", "profiles.german.hotkey", "Mouse4, F9")
        app.does("settings", "set", "profiles.german.language", "de")
        program.focus()
        # WHEN the profile's mouse button is held, another key of its is tapped, and the usual one
        desktop.run("xdotool", "mousedown", "8")
        app.until("recording")
        threading.Event().wait(1.0)
        desktop.run("xdotool", "mouseup", "8")
        program.expect("Guten Morgen.")
        for key in ("F9", "ctrl+alt+space"):
            desktop.key(key)
            app.until("recording")
            threading.Event().wait(1.0)
            desktop.key(key)
            app.until("idle")
        # THEN each take is of its language, and the key to paste again does so
        desktop.key("F8")
        program.expect(" ".join(["Guten Morgen."] * 4))
        languages = [request.field("language") for request in takes_in(service)]
    assert languages == ["de", "de", ""]
