"""A text on the clipboard that is only promised: whoever reads it has to ask, and so is noticed.

Windows and macOS do that; they ask once, then hand out what they were given.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from dictation.lanes import spawn
from dictation.output.receipt import EARLY, EARLY_AT_MOST

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """Someone asked for the text. `process` is 0 where the system does not say who."""

    at: float  # time.monotonic()
    process: int


class Board(Protocol):
    """The system's clipboard; on any thread. NotDelivered where it can't be had."""

    def promise(self, text: str, *, hidden: bool, asked: Callable[[int], None]) -> None:
        """Puts a text there that is handed out when asked for; `hidden` from histories.

        `asked` hears the process of who asks, 0 where that is not known, on any thread.
        """
        ...

    def put(self, text: str) -> None:
        """Leaves a text there, for good."""
        ...

    def content(self) -> object:
        """All that is there, as far as it can be had."""
        ...

    def bring_back(self, content: object) -> None:
        """Puts there what `content` gave."""
        ...

    def is_ours(self) -> bool:
        """Whether nobody else has put anything there since."""
        ...

    def close(self) -> None:
        """Hands out what is promised still."""
        ...


class Promised:
    """The newest promise, and what was on the clipboard before; one delivery at a time."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._changed = threading.Condition()
        self._reads: list[Read] = []
        self._old: object = None
        self._settled = threading.Event()
        self._settled.set()
        self._closing = False
        self._text, self._hidden = "", True
        self.at = 0.0  # when it was made

    def publish(self, text: str, *, hidden: bool, keep_old: bool) -> None:
        """Promises the text; with `keep_old` what was there before can be given back."""
        self._old = self._board.content() if keep_old else None
        self._text, self._hidden = text, hidden
        self.renew()

    def renew(self) -> None:
        """Promises it anew: the system asks once more."""
        with self._changed:
            self._reads = []
        self._board.promise(self._text, hidden=self._hidden, asked=self._asked)
        self.at = time.monotonic()

    def put(self, text: str) -> None:
        """Leaves a text on the clipboard, for good."""
        self.wait_settled()
        self._board.put(text)

    def reads(self) -> list[Read]:
        """Who has asked since the promise was made."""
        with self._changed:
            return list(self._reads)

    def wait_early(self) -> list[Read]:
        """Waits for histories, which read at once; who has asked until then."""
        start = time.monotonic()
        with self._changed:
            while True:
                last = self._reads[-1].at if self._reads else start
                rest = min(last + EARLY, start + EARLY_AT_MOST) - time.monotonic()
                if rest <= 0:
                    return list(self._reads)
                self._changed.wait(rest)

    def wait_read(self, counts: Callable[[Read], bool], deadline: float) -> Read | None:
        """The first reading that counts, come until then (time.monotonic())."""
        with self._changed:
            while True:
                found = next(filter(counts, self._reads), None)
                rest = deadline - time.monotonic()
                if found or rest <= 0:
                    return found
                self._changed.wait(rest)

    def give_back(self) -> None:
        """Puts back what was there, unless the user has copied something meanwhile."""
        old, self._old = self._old, None
        if old is not None and self._board.is_ours():
            self._board.bring_back(old)

    def give_back_after(self, quiet: float) -> None:
        """The same, once nobody has asked for so many seconds; returns at once."""
        start = time.monotonic()

        def settle() -> None:
            try:
                with self._changed:
                    while not self._closing:
                        last = self._reads[-1].at if self._reads else start
                        rest = max(start, last) + quiet - time.monotonic()
                        if rest <= 0:
                            break
                        self._changed.wait(rest)
                self.give_back()
            finally:
                self._settled.set()

        self._settled.clear()
        spawn("clipboard", settle, self._not_given_back)

    def wait_settled(self) -> None:
        """Waits until what was there before is there again."""
        self._settled.wait()

    def close(self) -> None:
        """Gives back at once what is to be given back."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._settled.wait()
        self._board.close()

    def _asked(self, process: int) -> None:
        with self._changed:
            self._reads.append(Read(time.monotonic(), process))
            self._changed.notify_all()

    @staticmethod
    def _not_given_back(error: Exception) -> None:
        log.warning("The clipboard was not given back: %s", type(error).__name__)
