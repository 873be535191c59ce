"""The list of takes as it is seen: headings of days, and two lines for each take."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from dictation.i18n import _
from dictation.ui.player import clock
from dictation.ui.take_words import day_in_words, excerpt_of, state_of, time_of
from dictation.ui.takes_model import TakesModel

Index = QModelIndex | QPersistentModelIndex


class TakesView(QListView):
    """A list that the arrow keys, Page Up and Down, Home and End go through from take to take."""

    def __init__(self, model: TakesModel) -> None:
        super().__init__()
        self.takes = model
        self.setModel(model)
        self.setItemDelegate(TakeRow(model, self))
        self.setUniformItemSizes(True)  # else each of ten thousand would be measured
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 32)

    def several(self, on: bool) -> None:
        """Whether each click adds to what is chosen, or takes out of it."""
        mode = QListView.SelectionMode
        self.setSelectionMode(mode.MultiSelection if on else mode.ExtendedSelection)

    @property
    def chosen(self) -> list[str]:
        """The takes that are chosen, from top to bottom."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return [id_ for row in rows if (id_ := self.takes.id_at(row))]

    def choose(self, row: int) -> None:
        """Makes the nearest take from this row on downwards, else upwards, the current one."""
        if (at := self._take_near(row)) is not None:
            # Not `setCurrentIndex`, which goes by the keys that the user holds just now.
            how = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(self.takes.index(at), how)

    def moveCursor(  # noqa: N802 - Qt's name
        self, action: QAbstractItemView.CursorAction, held: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Past headings; the first take is the top."""
        found = super().moveCursor(action, held)
        moves = QAbstractItemView.CursorAction
        if action in (moves.MoveHome, moves.MoveUp) and found.row() <= 1:
            self.scrollToTop()  # its heading, too
        if found.isValid() and self.takes.id_at(found.row()) is None:
            at = self._take_near(found.row())
            return self.takes.index(at) if at is not None else QModelIndex()
        return found

    def _take_near(self, row: int) -> int | None:
        count = self.takes.rowCount()
        order = [*range(max(0, row), min(count, row + 2)), *range(min(row, count) - 1, -1, -1)]
        return next((at for at in order if self.takes.id_at(at)), None)


class TakeRow(QStyledItemDelegate):
    """Paints a row."""

    def __init__(self, model: TakesModel, view: QListView) -> None:
        super().__init__(view)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:  # noqa: N802
        """Two lines and room around them, the same for all."""
        metrics = QFontMetrics(option.font)
        return QSize(
            metrics.averageCharWidth() * 24, 2 * metrics.lineSpacing() + 2 * _room(metrics)
        )

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The heading, or the take's time, state, length and first words."""
        painter.save()
        metrics = QFontMetrics(option.font)
        room = _room(metrics)
        inner: QRect = option.rect.adjusted(room, room, -room, -room)
        if (day := self._model.day_at(index.row())) is not None:
            self._heading(painter, option, inner, day_in_words(day))
        else:
            self._take(painter, option, inner, index)
        painter.restore()

    def _heading(
        self, painter: QPainter, option: QStyleOptionViewItem, inner: QRect, words: str
    ) -> None:
        font = QFont(option.font)
        font.setBold(True)
        painter.setFont(font)
        live = QPalette.ColorGroup.Active  # a row that can't be chosen would be grey
        painter.setPen(option.palette.color(live, QPalette.ColorRole.Text))
        painter.drawText(inner, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, words)
        painter.setPen(option.palette.color(QPalette.ColorRole.Mid))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())

    def _take(
        self, painter: QPainter, option: QStyleOptionViewItem, inner: QRect, index: Index
    ) -> None:
        style = option.widget.style()
        style.drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
        )
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        active = bool(option.state & QStyle.StateFlag.State_Active)
        group = QPalette.ColorGroup.Active if active else QPalette.ColorGroup.Inactive
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
        painter.setPen(option.palette.color(group, role))
        painter.setFont(option.font)
        glimpse = self._model.glimpse_at(index.row())
        if glimpse is None:
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, _("Loading…"))
            return
        metrics = QFontMetrics(option.font)
        upper = QRect(inner.left(), inner.top(), inner.width(), metrics.lineSpacing())
        lower = upper.translated(0, metrics.lineSpacing())
        length = clock(glimpse.seconds)
        painter.drawText(upper, Qt.AlignmentFlag.AlignRight, length)
        upper.setRight(upper.right() - metrics.horizontalAdvance(f"{length}   "))
        elide, width = Qt.TextElideMode.ElideRight, upper.width()
        first = f"{time_of(glimpse.started_at)}   {state_of(glimpse)}"
        painter.drawText(upper, Qt.AlignmentFlag.AlignLeft, metrics.elidedText(first, elide, width))
        font = QFont(option.font)
        font.setItalic(not glimpse.text)
        painter.setFont(font)
        words = metrics.elidedText(excerpt_of(glimpse), elide, lower.width())
        painter.drawText(lower, Qt.AlignmentFlag.AlignLeft, words)


def _room(metrics: QFontMetrics) -> int:
    """Around a row's lines."""
    return max(4, metrics.lineSpacing() // 4)
