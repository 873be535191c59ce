"""A resume found by clocks, where nobody tells of it: up to 30 s late, and no sleep is announced.

The same is told where the clock was set: what has to be renewed is the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from dictation.backends import Verdict
from dictation.desktop import Desktop
from dictation.i18n import _
from dictation.watch.moments import Heard, Presence, nothing

NAME = "clocks"
EVERY = 30.0  # seconds between two looks
SHORTEST_SLEEP = 1.0  # seconds, where a clock says how long the computer slept
JUMP = 30.0  # seconds, where there is but the wall clock, which is also corrected


def asleep() -> float:
    """The seconds that this computer has slept since it was started; 0 where no clock says it."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


class Clocks:
    """Looks every so often how far two clocks are apart: where that jumped, tells "resumed".

    `drift` gets the seconds waited so far, which don't count those slept, as one of the clocks.
    """

    NAME = NAME

    def __init__(
        self, heard: Heard, drift: Callable[[float], float], jump: float, every: float = EVERY
    ) -> None:
        self._heard, self._drift, self._jump, self._every = heard, drift, jump, every
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._look, name=NAME, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._closing.set()
        if self._thread is not threading.current_thread():
            self._thread.join(1.0)

    def _look(self) -> None:
        waited, last = 0.0, self._drift(0.0)
        while not self._closing.wait(self._every):
            waited += self._every
            now = self._drift(waited)
            if abs(now - last) > self._jump:
                self._heard("resumed", nothing)
            last = now


def watch(heard: Heard, presence: Presence) -> Clocks:
    """Looks at the clocks of this system."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return Clocks(heard, lambda _waited: asleep(), SHORTEST_SLEEP)
    # Whether `time.monotonic` stands still while the computer sleeps differs between systems.
    return Clocks(heard, lambda waited: time.time() - waited, JUMP)


def probe(desktop: Desktop) -> Verdict:
    """There is always a clock."""
    return Verdict(True, _("only a resume is noticed, by the clock and up to 30 s late"))
