"""The list of takes for a view: its order is known at once, what rows show comes by the page."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import date
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from dictation.history import History
from dictation.history.browsing import Glimpse, Row, page, timeline
from dictation.i18n import _
from dictation.ui.asking import Asking, Failed
from dictation.ui.take_words import day_in_words, spoken

T = TypeVar("T")
PAGE = 100  # rows that are fetched at a time
RUNS = 50  # changes in one go after which the list is shown anew
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class Asked(Protocol):
    """The takes, on the disk's lane; `archive.Archive` has them."""

    def ask(self, question: Callable[[History], T]) -> Future[T]: ...


class TakesModel(QAbstractListModel):
    """Rows are days' headings, which can't be chosen, and takes.

    `came` tells that the order which was asked for last is there.
    """

    came = Signal()

    def __init__(self, archive: Asked, failed: Failed, crash: Callable[[Exception], None]) -> None:
        super().__init__()
        self._archive = archive
        self._asking = Asking(self, failed, crash)
        self._rows: tuple[Row, ...] = ()
        self._places: dict[str, int] = {}
        self._glimpses: dict[str, Glimpse] = {}
        self._fresh: set[str] = set()  # those that came since the order did
        self._wanted: set[str] = set()  # pages of them are on their way
        self._asked = 0  # how often the order was asked for
        self.words: str | None = None  # that were searched for, of what is shown; None is nothing

    @property
    def count(self) -> int:
        """How many takes there are."""
        return len(self._places)

    def show(self, words: str) -> None:
        """Asks for the takes that have these words; what is shown stays until they come."""
        self._asked += 1
        mine = self._asked

        def look(history: History) -> tuple[tuple[Row, ...], list[Glimpse]] | None:
            if mine != self._asked:
                return None  # a newer search is asked for already
            rows = timeline(history, words)
            first = [row for row in rows[:PAGE] if isinstance(row, str)]
            return rows, page(history, first)

        def done(found: tuple[tuple[Row, ...], list[Glimpse]] | None) -> None:
            if found and mine == self._asked:
                rows, first = found
                self._glimpses |= {each.id: each for each in first}
                self._fresh = {each.id for each in first}
                if words == self.words:
                    self._mend(rows)
                else:
                    self.beginResetModel()
                    self._take(rows)
                    self.endResetModel()
                self.words = words
                self.came.emit()

        self._asking.then(self._archive.ask(look), done)

    def clear(self) -> None:
        """Forgets all of it, while nobody looks."""
        self._asked += 1
        self.beginResetModel()
        self._take(())
        self._glimpses, self._fresh, self.words = {}, set(), None
        self.endResetModel()

    def row_of(self, id_: str) -> int | None:
        """Where the take is, if it is there."""
        return self._places.get(id_)

    def id_at(self, row: int) -> str | None:
        """The take in that row; None for a heading, and for a row that is not there."""
        found = self._rows[row] if 0 <= row < len(self._rows) else None
        return found if isinstance(found, str) else None

    def day_at(self, row: int) -> date | None:
        """The day that the row is the heading of, if it is one."""
        found = self._rows[row]
        return found if isinstance(found, date) else None

    def glimpse_at(self, row: int) -> Glimpse | None:
        """What the row shows of its take; None until its page is there, which is asked for.

        What was known before the order came is shown meanwhile.
        """
        id_ = self.id_at(row)
        if id_ is None:
            return None
        if id_ not in self._fresh and id_ not in self._wanted:
            self._fetch(row)
        return self._glimpses.get(id_)

    # As Qt asks.

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """Takes and headings."""
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Takes can be chosen, headings not."""
        if self.id_at(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A row in words, for screen readers; the view paints rows by itself."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = index.row()
        if (day := self.day_at(row)) is not None:
            return day_in_words(day)
        glimpse = self.glimpse_at(row)
        return spoken(glimpse) if glimpse else _("Loading…")

    def _fetch(self, row: int) -> None:
        first = row // PAGE * PAGE
        ids = [id_ for id_ in self._rows[first : first + PAGE] if isinstance(id_, str)]
        ids = [id_ for id_ in ids if id_ not in self._fresh]
        self._wanted |= set(ids)
        asked = self._asked

        def look(history: History) -> list[Glimpse]:
            return page(history, ids) if asked == self._asked else []

        def done(found: list[Glimpse]) -> None:
            self._wanted -= set(ids)
            if asked == self._asked and found:
                self._glimpses |= {each.id: each for each in found}
                self._fresh |= set(ids)
                rows = [self._places[each.id] for each in found]
                self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))

        self._asking.then(self._archive.ask(look), done)

    def _take(self, rows: tuple[Row, ...]) -> None:
        self._rows = rows
        self._places = {row: at for at, row in enumerate(rows) if isinstance(row, str)}

    def _mend(self, rows: tuple[Row, ...]) -> None:
        """Takes out what is gone and puts in what came; the rest, and who looks at it, stays.

        Both orders are by time, so what they share is in the same order.
        """
        there, wanted = set(self._rows), set(rows)
        gone = _runs([at for at, row in enumerate(self._rows) if row not in wanted])
        came = _runs([at for at, row in enumerate(rows) if row not in there])
        if len(gone) + len(came) > RUNS:
            self.beginResetModel()
            self._take(rows)
            self.endResetModel()
            return
        for first, last in reversed(gone):
            self.beginRemoveRows(NOWHERE, first, last)
            self._rows = self._rows[:first] + self._rows[last + 1 :]
            self.endRemoveRows()
        for first, last in came:
            self.beginInsertRows(NOWHERE, first, last)
            self._rows = self._rows[:first] + rows[first : last + 1] + self._rows[first:]
            self.endInsertRows()
        self._take(rows)
        if rows:
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))


def _runs(places: list[int]) -> list[tuple[int, int]]:
    """First and last of each stretch of places that follow one another."""
    found: list[tuple[int, int]] = []
    for at in places:
        if found and found[-1][1] == at - 1:
            found[-1] = found[-1][0], at
        else:
            found.append((at, at))
    return found
