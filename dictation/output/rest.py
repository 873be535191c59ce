"""What the user types between a take's stop and its delivery: no word is to be split by a text."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from dictation.errors import MissingPart, NotDelivered
from dictation.i18n import _
from dictation.output.raw_keys import RawKeys
from dictation.values import Hotkey

REST = 0.7  # seconds after the last key until a word counts as written
LONGEST = 10.0  # seconds that a delivery waits for a user who types on and on
SOON = 0.005  # seconds until a thread opens or closes: it starts idle, so nobody waits for it
LOOK_EVERY = 0.02  # seconds between looks at the keys and at whether the take is still wanted


class Since:
    """The stop of a take, from which typing counts until `close`."""

    def __init__(self, ended: Callable[[Since], None] = lambda _since: None) -> None:
        self.at = time.monotonic()
        self.in_password: Future[bool] | None = None  # whether the cursor was in such a field
        self._ended = ended

    def close(self) -> None:
        """The take has ended, delivered or not; from any thread, returns at once."""
        self._ended(self)


class Typing:
    """Listens while at least one take is on its way; between takes it costs nothing."""

    def __init__(self, display: str) -> None:
        self._display = display
        self._counting = threading.Lock()  # never held while the server is asked
        self._takes: set[Since] = set()
        self._hotkeys: Collection[Hotkey] = ()
        self._asking = threading.Lock()
        self._keys: RawKeys | None = None
        self._missing = False
        self._over = threading.Event()

    def since(self, hotkeys: Collection[Hotkey]) -> Since:
        """From now on typing counts, but for modifiers and these keys; returns at once."""
        since = Since(self._ended)
        with self._counting:
            self._hotkeys = hotkeys
            self._takes.add(since)
            first = len(self._takes) == 1
        if first:
            self._follow_soon()
        return since

    def wait(self, since: Since, still_wanted: Callable[[], bool], deadline: float) -> bool:
        """Waits until the user has rested, where keys came since; whether there was a wait.

        Raises NotDelivered at the deadline (time.monotonic()), at the listening's end and for a
        take that is taken back.
        """
        waited = False
        while (left := self._left(since)) > 0:
            if not still_wanted():
                raise NotDelivered(_("The dictation was taken back."))
            if time.monotonic() >= deadline:
                raise NotDelivered(_("You typed on and on, so nothing was put between your words."))
            if self._over.wait(min(left, LOOK_EVERY)):
                raise NotDelivered(_("The app ended while you typed."))
            waited = True
        return waited

    def touched(self, since: Since) -> bool:
        """Whether the user has typed or clicked since, or that can't be told."""
        with self._asking:
            self._open_or_close()
            if self._keys is None:
                return True
            self._keys.look()
            return max(self._keys.pressed, self._keys.clicked) > since.at

    @contextmanager
    def pressing(self) -> Iterator[None]:
        """Keys that the server gets meanwhile are ours, and no typing."""
        with self._asking:
            try:
                yield
            finally:
                try:
                    if self._keys:
                        self._keys.look(ours=True)
                except NotDelivered:  # the listener is gone, which undoes no key that was pressed
                    self._keys, self._missing = None, True

    def close(self) -> None:
        """Ends the listening, whatever is on its way."""
        self._over.set()
        with self._counting:
            self._takes.clear()
        self._follow()

    def _ended(self, since: Since) -> None:
        with self._counting:
            known = since in self._takes
            self._takes.discard(since)
            last = known and not self._takes
        if last:
            self._follow_soon()

    def _follow_soon(self) -> None:
        timer = threading.Timer(SOON, self._follow)
        timer.daemon = True
        timer.start()

    def _follow(self) -> None:
        with self._asking:
            self._open_or_close()

    def _open_or_close(self) -> None:
        with self._counting:
            wanted, hotkeys = bool(self._takes), self._hotkeys
        if not wanted:
            if self._keys:
                self._keys.close()
            self._keys, self._missing = None, False
        elif self._keys is None and not self._missing:
            try:
                self._keys = RawKeys(self._display, hotkeys)
            except (MissingPart, NotDelivered):  # the way's verdict says so
                self._missing = True

    def _left(self, since: Since) -> float:
        """Seconds that the user has still to rest."""
        with self._asking:
            self._open_or_close()  # a text that comes at once is quicker than the thread
            if self._keys is None:
                return 0.0
            self._keys.look()
            if self._keys.pressed <= since.at:
                return 0.0
            return REST if self._keys.down() else self._keys.moved + REST - time.monotonic()
