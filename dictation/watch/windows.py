"""Sleep, waking and lock on Windows, which tells every window. Untried on Windows so far."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.errors import MissingPart
from dictation.i18n import _
from dictation.watch.moments import Heard, Presence, nothing
from dictation.win32.values import (
    CONNECTED,
    DISCONNECTED,
    LOCKED,
    POWER,
    RESUMED,
    SESSION,
    SUSPENDING,
    UNLOCKED,
)

NAME = "windows"
DELAY = 1.5  # seconds that a sleep waits for us; Windows itself gives two
LONG = 3600.0  # seconds; messages end a wait


class News(Protocol):
    """What Windows tells; but for `wake` on one thread."""

    def open(self, told: Callable[[int, int], None]) -> None:
        """`told` hears each message and its first number; Windows waits until it returns."""
        ...

    def wait(self, seconds: float) -> None: ...
    def wake(self) -> None: ...
    def close(self) -> None: ...


def real() -> News:
    """Windows' own; MissingPart elsewhere."""
    from dictation.win32.news import RealNews

    return RealNews()


class WindowsWatcher:
    """Listens until `close`."""

    NAME = NAME

    def __init__(self, heard: Heard, presence: Presence, news: News, delay: float = DELAY) -> None:
        self._heard, self._presence, self._news, self._delay = heard, presence, news, delay
        self._open = True
        self._asleep = False
        self._thread = threading.Thread(target=self._listen, name=NAME, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._open = False
        self._news.wake()
        if self._thread is not threading.current_thread():
            self._thread.join(1.0)

    def _listen(self) -> None:
        self._news.open(self._told)
        while self._open:
            self._news.wait(LONG)
        self._news.close()

    def _told(self, message: int, detail: int) -> None:
        if message == POWER and detail == SUSPENDING:
            self._asleep, done = True, threading.Event()
            self._heard("suspending", done.set)
            done.wait(self._delay)
        # A waking is told once, and where the user is there a second time.
        elif message == POWER and detail in RESUMED and self._asleep:
            self._asleep = False
            self._heard("resumed", nothing)
        elif message == SESSION and detail in (LOCKED, UNLOCKED):
            self._presence.learn("lock", away=detail == LOCKED)
        elif message == SESSION and detail in CONNECTED + DISCONNECTED:
            self._presence.learn("session", away=detail in DISCONNECTED)


def watch(heard: Heard, presence: Presence) -> WindowsWatcher:
    """Listens to this Windows."""
    return WindowsWatcher(heard, presence, real())


def probe(desktop: Desktop) -> Verdict:
    """Whether Windows answers."""
    if desktop.system != "windows":
        return Verdict(False, _("this is not Windows"))
    try:
        real()
    except MissingPart as error:
        return Verdict(False, error.message)
    return Verdict(True, _("sleep, waking and lock, as Windows tells them"))
