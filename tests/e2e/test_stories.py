"""Whole stories, each by keys alone and by single clicks alone, found by names over AT-SPI."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.e2e.test_fix_last import active
from tests.e2e.test_history_window import TRAY
from tests.hands import FIELD, MENU, MENU_BUTTON, RADIO, ROW, Hands, Keyboard, Pointer
from tests.loopback import Loopback
from tests.screen_reader import ScreenReader
from tests.test_languages import ROOT

Hand = Callable[[App], Hands]
MOST = 8  # clicks of a first start


@pytest.fixture(params=[Keyboard, Pointer])
def hand(request: pytest.FixtureRequest, desktop: VirtualDesktop, reader: ScreenReader) -> Hand:
    return lambda app: request.param(desktop, reader, app)


def app_at(desktop: VirtualDesktop, service: Loopback, **settings: str) -> App:
    usual = {
        "PROVIDER": "openrouter",
        "BASE_URL": service.openrouter,
        "MICROPHONE": f"file:{desktop.speech('Hello there, how are you?')}@10",
        "UPLOAD": "whole",
    }
    environment = {f"DICTATION_{name}": value for name, value in (usual | settings).items()}
    always = {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "OPENROUTER_API_KEY": "sk-or-test"}
    return App(desktop, **environment, **always)


def test_first_start_to_the_first_dictation_by_clicks_alone(
    desktop: VirtualDesktop,
    reader: ScreenReader,
    record_property: Callable[[str, object], None],
) -> None:
    # By keys alone it is told in test_first_sentence.py.
    with App(desktop, minimized=False, QT_LINUX_ACCESSIBILITY_ALWAYS_ON="1") as app:
        pointer = Pointer(desktop, reader, app)
        pointer.press("Try basic English", RADIO)
        pointer.press("Use basic English")
        pointer.wait("Basic English is in use")
        pointer.press("Next")
        pointer.wait("In use: ")
        pointer.press("Next")
        pointer.press("Start")
        app.until("recording")
        desktop.say("The meeting starts at ten tomorrow morning.")
        pointer.press("Stop")
        until("the words", lambda: "meeting" in pointer.text("What you dictate"), 30)
        pointer.press("Done")
        until("it is left", lambda: "Welcome" not in active(desktop))
        record_property("figures", f"first start to first dictation: {pointer.actions} clicks")
        assert pointer.actions <= MOST


def dictate(app: App) -> None:
    app.does("start")
    app.until("recording")
    app.does("stop", "--wait")


def open_history(hands: Hands) -> None:
    """The program is started once more, as the desktop's menu does it."""
    hands.app.does()
    until("the history", lambda: "History" in active(hands.desktop))
    hands.wait("Menu", MENU_BUTTON)


def test_the_model_is_changed(desktop: VirtualDesktop, service: Loopback, hand: Hand) -> None:
    with app_at(desktop, service) as app:
        app.does("settings", "set", "model", "openai/whisper-1")
        app.does("settings", "set", "output", "none")
        hands = hand(app)
        open_history(hands)
        hands.press("Menu", MENU_BUTTON)
        hands.press(service.openrouter, MENU)
        hands.press("More models…", MENU)
        hands.choose_row("mistralai/voxtral", of="Models that hear")
        hands.press("Use it")
        until("it is used", lambda: "voxtral" in app.does("settings", "get", "model"))
        dictate(app)
        assert service.last.model == "mistralai/voxtral-small-24b-2507"


def test_an_old_take_is_found_corrected_and_sent_again(
    desktop: VirtualDesktop, service: Loopback, hand: Hand
) -> None:
    with app_at(desktop, service, MODEL="openai/whisper-1") as app:
        app.does("settings", "set", "output", "none")
        for text in ("An old thought.", "Another one.", "The newest."):
            service.text = text
            dictate(app)
        app.does("settings", "set", "output", "paste")
        hands = hand(app)
        open_history(hands)
        if isinstance(hands, Keyboard):
            desktop.run("xdotool", "type", "old")
            until("the others are gone", lambda: not hands.seen("The newest.", ROW))
        hands.choose_row("An old thought.", of="Dictations, newest first")
        until("it is shown", lambda: hands.text("Text") == "An old thought.")
        # WHEN words are added, which who can't type dictates
        hands.press("Text", FIELD)
        if isinstance(hands, Keyboard):
            desktop.run("xdotool", "type", "Indeed. ")
        else:
            service.text = "Indeed. "
            hands.click(*map(int, TRAY))
            app.until("recording")
            threading.Event().wait(1)  # something is spoken; and two clicks are no double one
            hands.click(*map(int, TRAY))
        until("they are there", lambda: "Indeed." in hands.text("Text"))
        hands.press("Save")
        until("it is corrected", lambda: [t for t in app.takes() if t["uncorrected"]])
        # AND another model is to hear it
        service.text = "An old fought."
        hands.choose("Model", "voxtral")
        hands.press("Send with it")
        hands.press("Use this one")

        def heard() -> list[dict[str, Any]]:
            return [take for take in app.takes() if take["text"] == service.text]

        [take] = until("that is its text", heard)
        assert "voxtral" in take["model"]


def test_a_used_up_budget_is_gone_over(
    desktop: VirtualDesktop, service: Loopback, hand: Hand
) -> None:
    with app_at(desktop, service, MODEL="openai/whisper-1") as app:
        app.does("settings", "set", "monthly_budget_usd", "0.0001")
        app.does("settings", "set", "output", "none")
        dictate(app)
        app.does("start")
        app.until("recording")
        assert app.command("stop", "--wait")[0] == 5
        hands = hand(app)
        open_history(hands)
        hands.press("Menu", MENU_BUTTON)
        hands.press("Spending…", MENU)
        hands.press("Go on this month all the same")
        until("it has its text", lambda: app.takes()[0]["text"] == service.text)


def test_the_windows_language_is_changed_and_the_app_restarted(
    desktop: VirtualDesktop, service: Loopback, hand: Hand
) -> None:
    subprocess.run([sys.executable, ROOT / "packaging" / "languages.py"], check=True)
    with app_at(desktop, service, OUTPUT="none") as app:
        hands = hand(app)
        open_history(hands)
        hands.press("Menu", MENU_BUTTON)
        hands.press("Settings…", MENU)
        hands.choose_row("Feedback", of="Pages")
        hands.choose("Language of the windows", "Deutsch")
        until("it is saved", lambda: app.does("settings", "get", "interface_language") == "de\n")
        socket = Path(desktop.env["DICTATION_HOME"], "run", "control")
        before = socket.stat().st_ctime_ns
        hands.press("Language of the windows: Restart now")
        until("it starts anew", lambda: socket.exists() and socket.stat().st_ctime_ns != before)
        app.until("idle")
        app.does()
        until("it is in German", lambda: "Verlauf" in active(desktop))
        dictate(app)
        assert app.takes()[0]["text"] == service.text
