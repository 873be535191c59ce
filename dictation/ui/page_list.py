"""The list of pages at the side of a window; as wide as its titles, whatever the font."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListWidget

from dictation.ui.pieces import TARGET


class PageList(QListWidget):
    """`chosen` is emitted with the row that the user goes to, by keys or a click."""

    chosen = Signal(int)

    def __init__(self, titles: Iterable[str]) -> None:
        super().__init__()
        self.addItems(list(titles))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._by_hand = True
        self.currentRowChanged.connect(self._went)
        self.itemClicked.connect(lambda item: self._went(self.row(item)))
        self._fit()

    def show_chosen(self, row: int) -> None:
        """Marks this row, or none where it is -1."""
        self._by_hand = False
        self.setCurrentRow(row)
        self._by_hand = True

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Another font is another width."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _went(self, row: int) -> None:
        if self._by_hand and row >= 0:
            self.chosen.emit(row)

    def _fit(self) -> None:
        metrics = self.fontMetrics()
        high = max(TARGET, round(1.8 * metrics.lineSpacing()))
        wide = 0
        for at in range(self.count()):
            item = self.item(at)
            wide = max(wide, metrics.horizontalAdvance(item.text()))
            item.setSizeHint(QSize(0, high))
        bar = self.verticalScrollBar().sizeHint().width()
        self.setFixedWidth(wide + 2 * metrics.averageCharWidth() + bar + 2 * self.frameWidth())
