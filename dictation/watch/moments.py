"""The moments that are told, and whether the user is there, put together from all who know."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal, Protocol

# away: the session is locked, or another user's is in front.
Moment = Literal["suspending", "resumed", "away", "back", "network"]
# Called on a watcher's thread, and returns at once. The computer is kept from sleeping until the
# second argument is called; after other moments than "suspending" that does nothing.
Heard = Callable[[Moment, Callable[[], None]], None]


class Watcher(Protocol):
    """A thread that sleeps until something happens."""

    NAME: str

    def close(self) -> None:
        """Ends it; it tells nothing from then on."""
        ...


def nothing() -> None:
    """What is left to be done after most moments."""


class Presence:
    """Tells "away" when the first reason to think so comes, "back" when the last has gone."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._lock = threading.Lock()  # also keeps the two in order
        self._reasons: set[str] = set()
        self._asked = self._away = False

    def learn(self, reason: str, away: bool) -> None:
        """A reason to be away holds, or does no longer."""
        with self._lock:
            if away:
                self._reasons.add(reason)
            elif reason in self._reasons:
                self._reasons.remove(reason)
                self._asked = False
            self._tell()

    def ask(self, locked: bool) -> None:
        """The screen is asked to lock or unlock; whether it does, not every locker tells."""
        with self._lock:
            if locked and self._asked and not self._reasons:
                self._away = False  # nobody said that it was unlocked since the last time
            self._asked = locked
            self._tell()

    def _tell(self) -> None:
        away = self._asked or bool(self._reasons)
        if away != self._away:
            self._away = away
            self._heard("away" if away else "back", nothing)
