"""The models of a list as a table that can be sorted by each column and searched."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QDate,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from dictation.finding import matches
from dictation.i18n import _
from dictation.listing import Listing, Model
from dictation.ui import figures

TITLES = (_("Model"), _("A minute of speech"), _("Context"), _("Since"), _("Kind"))
UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
FIRST = (UP, UP, DOWN, DOWN, UP)  # the cheapest first, the largest and the newest
KINDS = {"chat": _("Chat: follows instructions"), "transcriptions": _("Transcription")}
IN_FORCE, USUAL = _("{model} (in force)"), _("{model} (the best for dictation)")
DAY = Qt.DateFormat.ISODate
SORTED = Qt.ItemDataRole.UserRole  # what a column is sorted by
Index = QModelIndex | QPersistentModelIndex
LAST = float("inf")  # where nobody tells a price, it may be the dearest


class ModelsTable(QAbstractTableModel):
    """One row a model; empty until there is a list."""

    def __init__(self) -> None:
        super().__init__()
        self.listing: Listing | None = None

    def show(self, listing: Listing) -> None:
        """Another list, or the same one read anew."""
        self.beginResetModel()
        self.listing = listing
        self.endResetModel()

    def model_at(self, row: int) -> Model:
        """The model of a row."""
        assert self.listing
        return self.listing.models[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's
        return 0 if parent.isValid() or not self.listing else len(self.listing.models)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's
        return 0 if parent.isValid() else len(TITLES)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return TITLES[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        model, column = self.model_at(index.row()), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(model)[column]
        if role == SORTED:
            return _keys(model)[column]
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (1, 2):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return model.name
        return None

    def _words(self, model: Model) -> tuple[str, ...]:
        assert self.listing
        locale = QLocale()
        mark = "{model}"
        if model.id == self.listing.usual:
            mark = USUAL
        if model.id == self.listing.taken:
            mark = IN_FORCE
        return (
            mark.format(model=model.id),
            figures.price(model.usd_per_minute, locale),
            locale.toString(model.context_length) if model.context_length else "",
            locale.toString(QDate.fromString(model.date, DAY), QLocale.FormatType.ShortFormat),
            KINDS.get(model.endpoint, model.endpoint),
        )


class Sorted(QSortFilterProxyModel):
    """The table in the order of a column, and of it what matches the words that are typed."""

    def __init__(self, table: ModelsTable) -> None:
        super().__init__()
        self._typed, self._table = "", table
        self.setSourceModel(table)
        self.setSortRole(SORTED)

    def narrow(self, typed: str) -> None:
        """Only the models whose id or name has these words."""
        self._typed = typed
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:  # noqa: N802 - Qt's name
        model = self._table.model_at(row)
        return not self._typed or matches(self._typed, (model.id, model.name))


def _keys(model: Model) -> tuple[str | float, ...]:
    price = LAST if model.usd_per_minute is None else model.usd_per_minute
    return model.id, price, float(model.context_length or 0), model.date, model.endpoint
