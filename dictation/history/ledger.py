"""The ledger: what was dictated and what it cost, by day and model; nothing of what was said.

It outlives the takes: what was deleted, or never kept, was paid for all the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from dictation.spending import Entry, Month, Sum, words_in

ADD = (
    "INSERT INTO ledger (day, provider, model, takes, seconds, words, dollars, unpriced) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, provider, model) DO UPDATE SET "
    "takes = takes + excluded.takes, seconds = seconds + excluded.seconds, "
    "words = words + excluded.words, dollars = dollars + excluded.dollars, "
    "unpriced = unpriced + excluded.unpriced"
)
ALL = "SELECT day, provider, model, takes, seconds, words, dollars, unpriced FROM ledger"
MONTHS = "SELECT month, warned_usd, allowed FROM months"


class Ledger:
    """A history's; each call is one transaction and raises StorageError."""

    def __init__(
        self, db: sqlite3.Connection, errors: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._db, self._errors = db, errors

    def add(self, entries: Iterable[Entry]) -> None:
        """Adds to what is there, all of it or nothing; others may do so at once."""
        with self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(ADD, map(_row, entries))
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    def entries(self) -> tuple[Entry, ...]:
        """All of them, oldest first."""
        with self._errors():
            return tuple(_entry(row) for row in self._db.execute(f"{ALL} ORDER BY day"))

    def month(self, name: str) -> Month:
        """What is spent in a month, and what the user has said to that."""
        query = (
            "SELECT total(dollars), (SELECT warned_usd FROM months WHERE month = :month), "
            "(SELECT allowed FROM months WHERE month = :month) "
            "FROM ledger WHERE day BETWEEN :month || '-01' AND :month || '-31'"
        )
        with self._errors():
            dollars, warned, allowed = self._db.execute(query, {"month": name}).fetchone()
        return Month(name, dollars, warned or 0.0, bool(allowed))

    def warn(self, month: str, budget: float) -> bool:
        """Whether the caller is the one to tell of this budget's coming end: once in a month."""
        query = (
            "INSERT INTO months (month, warned_usd) VALUES (?, ?) ON CONFLICT (month) "
            "DO UPDATE SET warned_usd = excluded.warned_usd WHERE warned_usd <> excluded.warned_usd"
        )
        with self._errors():
            return self._db.execute(query, (month, budget)).rowcount > 0

    def allow(self, month: str, *, allowed: bool) -> None:
        """The user goes on in this month whatever the budget says, or does not."""
        query = (
            "INSERT INTO months (month, allowed) VALUES (?, ?) ON CONFLICT (month) "
            "DO UPDATE SET allowed = excluded.allowed"
        )
        with self._errors():
            self._db.execute(query, (month, allowed))


def carried(
    entries: Sequence[sqlite3.Row] | None,
    months: Sequence[sqlite3.Row],
    takes: Iterable[sqlite3.Row],
    target: sqlite3.Connection,
) -> None:
    """Adds another history's ledger, in the caller's transaction; without one, what its takes tell.

    `entries` and `months` are the rows of ALL and MONTHS.
    """
    if entries is None:
        target.executemany(ADD, [_row(_told(take)) for take in takes if take["provider"]])
    else:
        target.executemany(ADD, [tuple(row) for row in entries])
    target.executemany("INSERT OR IGNORE INTO months VALUES (?, ?, ?)", map(tuple, months))


def _told(take: sqlite3.Row) -> Entry:
    cost, offline = take["cost_usd"], take["provider"] == "offline"
    unpriced = int(cost is None and not offline)
    sum_ = Sum(1, take["seconds"], words_in(take["text"]), cost or 0.0, unpriced)
    try:
        day = datetime.fromisoformat(take["started_at"]).astimezone().date().isoformat()
    except ValueError:  # of a damaged file
        day = take["started_at"][:10]
    return Entry(day, take["provider"], take["model"], sum_)


def _row(entry: Entry) -> tuple[str | int | float, ...]:
    sum_ = entry.sum
    numbers = sum_.takes, sum_.seconds, sum_.words, sum_.dollars, sum_.unpriced
    return (entry.day, entry.provider, entry.model, *numbers)


def _entry(row: sqlite3.Row) -> Entry:
    day, provider, model, *numbers = row
    return Entry(day, provider, model, Sum(*numbers))
