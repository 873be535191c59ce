"""Presses Enter after an insert, where the user wants that: to send a message, say."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from dictation.errors import TargetLost
from dictation.output import focus
from dictation.output.compositors import Windows
from dictation.output.insert import Insert

INSERTED_WITHIN = 0.05  # seconds from its reading for a program to have put the text in
KEYS = {"enter": "Return", "ctrl_enter": "Ctrl+Return"}


def submit(insert: Insert, windows: Windows, press: Callable[[str], object]) -> None:
    """Presses what `auto_submit` says; never in a terminal, or where that is not known.

    Nor where another window has the focus by now: the text itself is delivered all the same.
    """
    keys, target = KEYS.get(insert.settings.auto_submit), insert.target
    if keys is None or target is None or target.terminal:
        return
    threading.Event().wait(INSERTED_WITHIN)
    with suppress(TargetLost):
        focus.check(windows, target)
        press(keys)
