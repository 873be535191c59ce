"""The microphone that stays open after a take, so that the next one begins before its key.

Off unless the user asks for it: as long as it is open, the system's microphone light is on. What is
heard between takes goes into half a second of memory, nowhere else.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from dictation import microphones
from dictation.errors import DictationError, NoMicrophone
from dictation.i18n import _
from dictation.microphones import Microphone

if TYPE_CHECKING:
    from dictation.microphones.real import RealMicrophone

log = logging.getLogger(__name__)

LOOK = 1.0  # seconds between two looks at the one that is open
AGAIN = 1.0  # seconds until one that failed is opened again; twice as long after each failure
RARELY = 60.0  # and this at most
STEADY = 10.0  # seconds after which one that runs has not failed
CLOSING = 0.2  # seconds that a take waits for the closing of what it can not use


class Standby:
    """Keeps at most one microphone open between takes, by what `keep` was told.

    `find` and the microphones' own calls come from the microphone's lane, the rest from the main
    thread, where nothing but `close` waits for a device.
    """

    def __init__(
        self, find: Callable[..., Microphone] = microphones.find, look: float = LOOK
    ) -> None:
        self._find, self._look = find, look
        self._told: Callable[[str], None] = lambda _name: None
        self._lock = Lock()  # held for moments, never while a device is opened or closed
        self._held: RealMicrophone | None = None
        self._since = 0.0  # time.monotonic() at which it was kept
        self._takes = 0  # that record now
        self._starting = False  # one more has asked for its microphone
        self._seconds = 0.0
        self._preferences: tuple[str, ...] = ()
        self._away = self._closed = False
        self._name = ""  # as told last
        self._failures = 0  # to open one, in a row
        self._wake = Event()
        self._thread: Thread | None = None

    def tell(self, told: Callable[[str], None]) -> None:
        """From now on `told` hears the name of what is kept open, "" for nothing; any thread."""
        self._told = told

    def keep(self, seconds: float, preferences: Sequence[str]) -> None:
        """How long one stays open after a take, always where that is negative, and which."""
        other = self._preferences != tuple(preferences)
        self._seconds, self._preferences = seconds, tuple(preferences)
        self._failures = 0
        if other:
            self._starting = False  # a file does not tell when it is used
        if other or not seconds:
            self._let_go_soon()
        if seconds and self._thread is None:
            from dictation.microphones.portaudio import library

            library.let_go = self.let_go
            self._thread = Thread(target=self._run, name="standby", daemon=True)
            self._thread.start()
        self._wake.set()

    def leave_alone(self) -> None:
        """The screen locks or the computer sleeps: nothing is heard from now on."""
        self._away = True
        self._let_go_soon()

    def come_back(self) -> None:
        """The user is there again."""
        self._away = False
        self._failures = 0
        self._wake.set()

    def let_go(self) -> None:
        """Closes what no take records from; returns when it is closed."""
        if held := self._taken():
            held.close()
        self._tell()
        self._wake.set()

    def close(self) -> None:
        """For good."""
        self._closed = True
        self.let_go()

    def find(self, preferences: Sequence[str] = ()) -> Microphone:
        """The open one, where a take would choose it now; else one that is not yet opened."""
        self._starting = True
        try:
            return self._open_one(preferences) or self._find(preferences, self)
        except BaseException:
            self._starting = False
            raise

    def _open_one(self, preferences: Sequence[str]) -> Microphone | None:
        if (held := self._taken()) is None:
            return None
        suits = False
        try:
            suits = held.suits(preferences)
        finally:
            if not suits:
                _discarded(held).join(CLOSING)
            self._tell()
        return held if suits else None

    # Called by the microphones.

    def began(self, microphone: Microphone) -> None:
        """A take records."""
        with self._lock:
            self._takes, self._starting = self._takes + 1, False

    def ended(self, microphone: Microphone, *, sound: bool) -> bool:
        """A take is over: whether its microphone stays open."""
        from dictation.microphones.real import RealMicrophone

        assert isinstance(microphone, RealMicrophone)
        kept = sound and microphone.fault() is None and self._store(microphone, takes=1)
        if not kept:
            self._failures = max(1, self._failures)  # it has to be closed before
            with self._lock:
                self._takes -= 1
        self._tell()
        self._wake.set()
        return kept

    def _store(self, microphone: RealMicrophone, *, takes: int) -> bool:
        """Keeps it, if one is wanted and no other take records; `takes` end with that."""
        with self._lock:
            if (
                not self._wanted
                or self._held
                or self._takes > takes
                or microphone.preferences != self._preferences
            ):
                return False
            self._takes -= takes
            self._held, self._since = microphone, time.monotonic()
            return True

    @property
    def _wanted(self) -> bool:
        return self._seconds != 0 and not self._away and not self._closed

    @property
    def _missing(self) -> bool:
        """Whether one should be open, and is not."""
        file = self._preferences[:1] and self._preferences[0].startswith("file:")
        free = not (self._held or self._takes or self._starting or file)
        return self._seconds < 0 and self._wanted and free

    def _taken(self) -> RealMicrophone | None:
        """What was kept; it is the caller's from now on."""
        with self._lock:
            held, self._held = self._held, None
            return held

    def _let_go_soon(self) -> None:
        if held := self._taken():
            _discarded(held)
        self._tell()

    # The thread: it sleeps as long as nothing is kept, and nothing to be opened.

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(self._pause())
            self._wake.clear()
            self._check()
            if self._missing:
                self._open()
            self._tell()

    def _pause(self) -> float | None:
        if self._held:
            left = self._since + self._seconds - time.monotonic()
            return max(0.0, min(self._look, left)) if self._seconds > 0 else self._look
        if self._missing:
            return min(RARELY, AGAIN * 2.0 ** (self._failures - 1)) if self._failures else 0.0
        return None

    def _check(self) -> None:
        """Closes what is over, or not what a take would open now."""
        if (held := self._held) is None:
            return
        age = time.monotonic() - self._since
        if fault := held.fault():
            log.info("the microphone that is kept open is closed: %s", fault.message)
            self._failures += 1
        elif age >= STEADY:
            self._failures = 0
        if fault or held.passed_over or 0 < self._seconds <= age:
            with self._lock:
                if self._held is not held:
                    return  # a take has it by now
                self._held = None
            held.close()

    def _open(self) -> None:
        """Opens one ahead of any take, or waits longer until the next try."""
        from dictation.microphones.real import RealMicrophone

        try:
            microphone = self._find(self._preferences, self)
            if not isinstance(microphone, RealMicrophone):
                raise NoMicrophone(_("{name} is a file.").format(name=microphone.name))
            microphone.open_idle()
        except DictationError as error:
            self._failures += 1
            if self._failures == 1:
                log.info("no microphone is kept open: %s", error.message)
            return
        except Exception:  # whatever it is: the seconds of the next one have to be counted
            self._failures += 1
            log.warning("no microphone is kept open", exc_info=True)
            return
        if not self._store(microphone, takes=0):
            microphone.close()

    def _tell(self) -> None:
        with self._lock:  # so that the last one told is the last one kept
            name = self._held.name if self._held else ""
            if name != self._name:
                self._name = name
                self._told(name)


def _discarded(held: RealMicrophone) -> Thread:
    """Hears nothing more at once; what its device takes to close, nobody has to wait for."""
    held.hush()
    ending = Thread(target=held.close, name="standby-end", daemon=True)
    ending.start()
    return ending
