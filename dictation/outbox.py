"""Takes that wait for the network or a key: the oldest is tried again, at growing intervals.

Once one is through, the others follow at once, in order. Main thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from dictation.errors import DictationError, KeyProblem
from dictation.spending import OverBudget

FIRST = 2.0  # seconds until the first try, doubled at each
LONGEST = 600.0
PATIENT = 3  # failures after which another take is tried first


class Timer(Protocol):
    """Can be called off."""

    def cancel(self) -> None: ...


class Outbox:
    """Which takes wait, and when they are sent. `after` calls back once so many seconds passed."""

    def __init__(
        self,
        send: Callable[[str], None],
        after: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        self._send, self._after = send, after
        self._timer: Timer | None = None
        self._pause = FIRST
        self._trying = ""
        self._failures: dict[str, int] = {}  # since one went through
        self.waiting: tuple[str, ...] = ()  # ids, the oldest first

    @property
    def count(self) -> int:
        """How many takes are not through yet, the one that is being tried among them."""
        return len({*self.waiting, self._trying} - {""})

    def holds(self, waiting: tuple[str, ...]) -> None:
        """These takes wait now, as the history has it."""
        came = set(waiting) - set(self.waiting)
        self.waiting = waiting
        if came and self._trying not in waiting:
            self._plan()

    def now(self) -> None:
        """The network changed, another take went through, or the user asks: no more waiting."""
        self._pause = FIRST
        self._call_off()
        if self.waiting and not self._trying:
            # One that fails and fails for a reason of its own makes place for the next.
            order = sorted(self.waiting, key=lambda id_: self._failures.get(id_, 0) // PATIENT)
            self._trying = order[0]
            self._send(self._trying)

    def ended(self, id_: str, error: DictationError | None) -> None:
        """A take has ended; one that went through shows that others can."""
        tried, self._trying = self._trying == id_, "" if self._trying == id_ else self._trying
        self.waiting = tuple(other for other in self.waiting if other != id_)
        if error is None or not error.waits:
            if error is None:
                self._failures.clear()
            if tried or error is None:
                self.now()
            return
        self._failures[id_] = self._failures.get(id_, 0) + 1
        self.waiting = tuple(sorted({*self.waiting, id_}))
        if isinstance(error, KeyProblem):
            return  # each try would ask the user to unlock the keyring
        if isinstance(error, OverBudget):
            self._pause = LONGEST  # it waits for the user, or for the next month
            self._call_off()
        elif tried:
            self._pause = min(self._pause * 2, LONGEST)
            self._call_off()
        self._plan()

    def put_off(self, id_: str) -> None:
        """The take that is being tried waits on: the user gave it up, or the disk did not tell."""
        self._trying = "" if self._trying == id_ else self._trying
        self.waiting = tuple(sorted({*self.waiting, id_}))
        self._pause = LONGEST
        self._plan()

    def drop(self, id_: str) -> None:
        """The take waits no more: it was sent or deleted elsewhere."""
        self._trying = "" if self._trying == id_ else self._trying
        self.waiting = tuple(other for other in self.waiting if other != id_)
        self.now()

    def close(self) -> None:
        """Tries no more."""
        self._call_off()

    def _plan(self) -> None:
        if self._timer is None and self.waiting and not self._trying:
            self._timer = self._after(self._pause, self._try)

    def _try(self) -> None:
        self._timer, pause = None, self._pause
        self.now()
        self._pause = pause

    def _call_off(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
