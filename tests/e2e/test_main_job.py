"""The main job as a user does it: hold the key, speak, and the words stand at the cursor."""

from __future__ import annotations

import pytest

from tests.app import App
from tests.desktop import VirtualDesktop
from tests.programs import Program

WORDS = "The meeting starts at ten tomorrow morning. Please send me the report before lunch."
HEARD = "the meeting starts at ten tomorrow morning please send me the report before lunch"


@pytest.mark.parametrize("name", ["xterm", "mousepad", "chromium"])
def test_without_any_key_the_words_stand_at_the_cursor(desktop: VirtualDesktop, name: str) -> None:
    # GIVEN the app, a program with the focus, and something on the clipboard
    with App(desktop) as app, Program(desktop, name) as program:
        desktop.set_clipboard("what was copied before")
        program.focus()
        # WHEN the hotkey is held while someone speaks
        desktop.key("ctrl+alt+space", "down")
        app.until("recording")
        desktop.say(WORDS)
        desktop.key("ctrl+alt+space", "up")
        # THEN the words are in the program, and the clipboard is as before
        program.expect(HEARD, 30)
        app.until("idle")
        assert desktop.clipboard() == "what was copied before"
        take = app.takes()[0]
        assert (take["status"], take["provider"]) == ("delivered", "offline")
        assert take["delivery"] == {"backend": "x11", "confirmed": True}
