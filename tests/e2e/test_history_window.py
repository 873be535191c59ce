"""The history's window as it is used: from the tray, by keys alone, into another program."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.loopback import Loopback
from tests.programs import Program

pytestmark = pytest.mark.only_on("linux")
TRAY = ("1268", "14")  # where the one icon is, from the screen's top left


@pytest.fixture
def service() -> Iterator[Loopback]:
    running = Loopback()
    yield running
    running.close()
    assert running.complaints == []


def active(desktop: VirtualDesktop) -> str:
    """The title of the window that has the focus; "" while none has."""
    return desktop.run("sh", "-c", "xdotool getactivewindow getwindowname || true")


def delivered(app: App) -> int:
    return [take["status"] for take in app.takes()].count("delivered")


def windows(desktop: VirtualDesktop) -> set[str]:
    """The app's windows that are seen, its icon among them."""
    search = ("xdotool", "search", "--onlyvisible", "--class", "dictation")
    return set(desktop.run(*search).split())


def test_a_text_is_corrected_and_pasted_into_the_window_from_before(
    desktop: VirtualDesktop, service: Loopback
) -> None:
    app = App(
        desktop,
        DICTATION_BASE_URL=service.openrouter,
        OPENROUTER_API_KEY="sk-or-test",
        DICTATION_MODEL="a/b",
        DICTATION_MICROPHONE=f"file:{desktop.speech('Hello there.')}@20",
    )
    with app, Program(desktop, "xterm") as other:
        # GIVEN two texts that were dictated into a terminal
        other.focus()
        for count, text in enumerate(("One.", "Another."), 1):
            service.text = text
            desktop.key("ctrl+alt+space")
            app.until("recording")
            desktop.key("ctrl+alt+space")
            until("it is delivered", lambda: delivered(app) == count)  # noqa: B023 - asked here
        # WHEN one is opened in the history and written anew
        until("the icon alone", lambda: len(windows(desktop)) == 1)
        desktop.run("xdotool", "mousemove", *TRAY, "click", "3")
        until("the menu", lambda: len(windows(desktop)) == 2)
        desktop.key("h")
        until("the window", lambda: "History" in active(desktop))

        def copied(*chords: str) -> str:
            for chord in chords:
                desktop.key(chord)
            return desktop.clipboard()

        until("the list", lambda: copied("Down", "Home", "ctrl+c") == "Another.")
        desktop.set_clipboard("before")
        until("its text", lambda: copied("alt+c") == "Another.")
        desktop.key("Return")
        desktop.key("ctrl+a")
        desktop.key("z")
        desktop.key("alt+p")
        # THEN the terminal has it, and the history both
        until("the paste", lambda: other.text().endswith("z"))
        [take] = [take for take in app.takes() if take["uncorrected"] is not None]
        assert (take["text"], take["uncorrected"]) == ("z", "Another.")
