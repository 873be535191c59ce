"""From the program's first start to the first right sentence: by a few keys, and nothing typed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.e2e.test_fix_last import active
from tests.hands import RADIO, Keyboard
from tests.screen_reader import ScreenReader

WORDS = "The meeting starts at ten tomorrow morning."
SET_UP = 2  # actions before: README's line is pasted, Enter pressed
MOST = 8  # actions of all that a user has to do


@pytest.fixture
def app(desktop: VirtualDesktop, reader: ScreenReader) -> Iterator[App]:
    """The program as README's line starts it, with the window of a first start."""
    with App(desktop, minimized=False, QT_LINUX_ACCESSIBILITY_ALWAYS_ON="1") as running:
        yield running


def test_takes_six_keys_and_ends_with_a_dictation_that_worked(
    desktop: VirtualDesktop,
    reader: ScreenReader,
    app: App,
    record_property: Callable[[str, object], None],
) -> None:
    began = time.monotonic()
    pressed: list[str] = []

    def press(chord: str) -> None:
        desktop.key(chord)
        pressed.append(chord)

    seen = Keyboard(desktop, reader, app)
    until("the window", lambda: "Welcome" in active(desktop), 20)
    seen.wait("Try basic English", RADIO)
    press("alt+t")  # try basic English: no key, no network
    press("alt+n")  # it is in use; on to the microphone
    seen.wait("In use: ")
    press("alt+n")  # which is heard; on to the first dictation
    seen.wait("What you dictate")
    press("ctrl+alt+space")
    app.until("recording")
    desktop.say(WORDS)
    press("ctrl+alt+space")
    until("the text", lambda: [take["status"] for take in app.takes()] == ["delivered"], 30)
    took = time.monotonic() - began
    text = app.takes()[0]["text"]
    assert text.lower().strip(" .") == WORDS.lower().strip(" .")
    press("Escape")  # leaves; it does not come by itself again
    until("it is left", lambda: "Welcome" not in active(desktop))
    record_property(
        "figures",
        f"from the first start to the first right sentence: {len(pressed)} keys, nothing typed, "
        f"{took:.0f} s, of which speaking is the most",
    )
    assert len(pressed) + SET_UP <= MOST
    assert took < 180
