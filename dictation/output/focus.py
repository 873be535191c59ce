"""The window that a text is for has the focus while it is delivered, and gives it back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dictation.errors import TargetLost
from dictation.i18n import _
from dictation.output.compositors import Windows
from dictation.values import Target

COMES_WITHIN = 0.5  # seconds for the window manager to give a window the focus
LOOK_EVERY = 0.005  # seconds
INSERTED_WITHIN = 0.08  # seconds from its reading for a program to put the text where it belongs


def check(windows: Windows, target: Target | None, *, may_bring: bool = False) -> None:
    """Raises TargetLost where another window has the focus, unless it `may_bring` it back."""
    if target is None or windows.active() == target.window:
        return
    if not (may_bring and windows.may_activate(target)):
        raise TargetLost(_("Another window has the focus by now, so nothing was put into it."))


@contextmanager
def on(windows: Windows, target: Target | None, *, may_bring: bool) -> Iterator[bool]:
    """The target has the focus meanwhile; whether that took it from another window.

    Afterwards that one has it again, unless the user went elsewhere. Raises TargetLost.
    """
    before = windows.active()
    check(windows, target, may_bring=may_bring)
    if target is None or before == target.window:
        yield False
        return
    _bring(windows, target.window)
    try:
        check(windows, target)
        yield True
    finally:
        if windows.active() == target.window:
            threading.Event().wait(INSERTED_WITHIN)
            windows.activate(before)


def _bring(windows: Windows, window: int) -> None:
    windows.activate(window)
    deadline, pause = time.monotonic() + COMES_WITHIN, threading.Event()
    while windows.active() != window and time.monotonic() < deadline:
        pause.wait(LOOK_EVERY)


def elsewhere(
    target: Callable[[], Target | None], *, own: int, within: float = COMES_WITHIN
) -> None:
    """Waits until a window of another process than `own` has the focus, as long as it may take.

    Where nobody tells which one has it, that long altogether.
    """
    deadline, pause = time.monotonic() + within, threading.Event()
    while time.monotonic() < deadline:
        found = target()
        if found is not None and found.process != own:
            return
        pause.wait(LOOK_EVERY)
