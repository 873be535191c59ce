"""Presses Enter after an insert, where the user wants that: to send a message, say."""

from __future__ import annotations

import threading
from contextlib import suppress

from dictation.errors import TargetLost
from dictation.output.x11 import X11
from dictation.settings import Settings
from dictation.values import Target

INSERTED_WITHIN = 0.05  # seconds from its reading for a program to have put the text in
KEYS = {"enter": "Return", "ctrl_enter": "Ctrl+Return"}


def submit(x11: X11, settings: Settings, target: Target | None) -> None:
    """Presses what `auto_submit` says; never in a terminal, or where that is not known."""
    keys = KEYS.get(settings.auto_submit)
    if keys is None or target is None or target.terminal:
        return
    threading.Event().wait(INSERTED_WITHIN)
    with suppress(TargetLost), x11.typing.pressing():  # the text itself is delivered
        x11.screen.press(keys, target)
