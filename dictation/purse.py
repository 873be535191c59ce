"""The month's money: what is spent of it, and whether more may be.

What a take asks is answered from memory; the ledger on disk is read and written beside it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import date
from typing import Protocol, TypeVar

from dictation.errors import StorageError
from dictation.history import History
from dictation.i18n import _, dollars
from dictation.spending import WARN_AT, Entry, Month, OverBudget, Sum, month_of, words_in
from dictation.values import Transcript

T = TypeVar("T")
PATIENCE = 3.0  # seconds for the first look into a ledger, if a take is faster than the disk
log = logging.getLogger(__name__)


class Book(Protocol):
    """How the history, and the ledger in it, is asked: on a lane, or here and now."""

    def __call__(self, question: Callable[[History], T]) -> Future[T]: ...


class Purse:
    """One a process, used from any thread; without a book it knows of this process alone."""

    def __init__(self, book: Book | None = None, today: Callable[[], date] = date.today) -> None:
        self._book, self._today = book, today
        self._warn: Callable[[str], None] = lambda _words: None
        self._lock = threading.Lock()
        self._month: Month | None = None  # as the ledger has it
        self._unwritten: list[Entry] = []
        self._budget = 0.0  # the last one that was asked about

    def attach(self, book: Book) -> None:
        """From now on this is the book."""
        self._book = book
        self.refresh()

    def tell(self, warn: Callable[[str], None]) -> None:
        """`warn` hears from now on, on any thread, that the budget is coming to its end."""
        self._warn = warn

    def check(self, budget: float) -> None:
        """Raises OverBudget where the month's budget in dollars is spent; 0 is none."""
        self._budget = budget
        if not budget:
            return
        spent, allowed = self._spent()
        if spent >= budget and not allowed:
            what = _(
                "{spent} of {budget} are spent this month. Nothing was sent to a "
                "service that costs money; the recording is kept."
            )
            raise OverBudget(what.format(spent=dollars(spent), budget=dollars(budget)))

    def is_over(self, budget: float) -> bool:
        """Whether `check` would raise."""
        try:
            self.check(budget)
        except OverBudget:
            return True
        return False

    def paid(self, heard: Transcript) -> None:
        """An answer came, of a whole take or not: what it cost counts from now on."""
        if heard.cost_usd:
            self._enter(heard, Sum(dollars=heard.cost_usd))

    def took(self, heard: Transcript, seconds: float) -> None:
        """A take of so many seconds was transcribed; its money was counted by `paid`."""
        unpriced = heard.cost_usd is None and heard.provider != "offline"
        self._enter(heard, Sum(1, seconds, words_in(heard.text), unpriced=int(unpriced)))

    def allow(self, *, allowed: bool = True) -> Future[None] | None:
        """The user goes on in this month whatever the budget says, or does not."""
        month = month_of(self._today())

        def write(history: History) -> None:
            history.ledger.allow(month, allowed=allowed)
            self._settle(history)

        return self._book(write) if self._book else None

    def refresh(self) -> Future[None] | None:
        """Looks what others have spent meanwhile, and writes what is not in the ledger yet."""
        return self._book(self._settle) if self._book else None

    def _enter(self, heard: Transcript, sum_: Sum) -> None:
        entry = Entry(self._today().isoformat(), heard.provider, heard.model, sum_)
        with self._lock:
            self._unwritten.append(entry)
        if asked := self.refresh():
            asked.add_done_callback(_told)

    def _spent(self) -> tuple[float, bool]:
        name = month_of(self._today())
        if self._month is None and (asked := self.refresh()):
            try:
                asked.result(PATIENCE)
            except (StorageError, TimeoutError) as error:  # the disk's own trouble is told there
                log.info("the ledger can't be read: %s", type(error).__name__)
        with self._lock:
            month = self._month
            unwritten = sum(e.sum.dollars for e in self._unwritten if e.day.startswith(name))
        if month is None or month.name != name:  # a new one has begun
            self.refresh()
            month = Month(name)
        return month.dollars + unwritten, month.allowed

    def _settle(self, history: History) -> None:
        """Writes and reads the ledger; one at a time, as the book's lane does its questions."""
        with self._lock:
            entries = tuple(self._unwritten)
        if entries:
            history.ledger.add(entries)
        month = history.ledger.month(month_of(self._today()))
        with self._lock:
            del self._unwritten[: len(entries)]
            self._month = month
        budget = self._budget
        if budget and not month.allowed and WARN_AT * budget <= month.dollars < budget:
            self._tell(history, month, budget)

    def _tell(self, history: History, month: Month, budget: float) -> None:
        if month.warned_usd != budget and history.ledger.warn(month.name, budget):
            what = _(
                "{spent} are spent this month: that is {share:.0f} % of the budget of "
                "{budget}. When it is used up you are asked before anything more is sent."
            )
            share = 100 * month.dollars / budget
            self._warn(
                what.format(spent=dollars(month.dollars), share=share, budget=dollars(budget))
            )


def _told(asked: Future[None]) -> None:
    if error := asked.exception():  # it is tried again with the next entry
        log.warning("the ledger was not written: %s", type(error).__name__)
