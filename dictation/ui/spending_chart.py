"""The last days as bars: drawn, walked through with the arrow keys, and told in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from PySide6.QtCore import QLocale, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from dictation.i18n import _
from dictation.spending import Sum
from dictation.ui import figures

Day = tuple[date, Sum]
STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageUp: -7,
    Qt.Key.Key_PageDown: 7,
    Qt.Key.Key_Home: -1000,
    Qt.Key.Key_End: 1000,
}
GAP = 0.2  # of a day's width, between two bars
LEAST = 24.0  # pixels of a day's width, as of anything that is clicked


class Chart(QWidget):
    """One bar a day, as high as `measure` says; the chosen day is framed."""

    chosen = Signal(int)  # the day, from the left

    def __init__(self, scale: Callable[[float], str], tell: Callable[[Day], str]) -> None:
        super().__init__()
        self._scale, self._tell = scale, tell
        self._measure: Callable[[Sum], float] = lambda sum_: sum_.dollars
        self._days: Sequence[Day] = ()
        self.at = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_days(self, days: Sequence[Day], measure: Callable[[Sum], float], title: str) -> None:
        """These days, oldest first; the newest is chosen where none was."""
        if len(days) != len(self._days):
            self.at = len(days) - 1
        self._days, self._measure = days, measure
        self.setAccessibleName(title)
        self._choose(self.at)
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for a day's bar to be clicked, and for ten lines."""
        metrics = self.fontMetrics()
        return QSize(round(LEAST * max(len(self._days), 1)), metrics.lineSpacing() * 8)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Narrower than that where the screen is, but no lower."""
        return QSize(self.sizeHint().width() // 3, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrow keys go from day to day, page keys by weeks, Home and End to the ends."""
        step = STEPS.get(Qt.Key(event.key()))
        if step is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        self._choose(self.at + step)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click chooses the day under it, however low its bar is."""
        if self._days:
            self._choose(int(event.position().x() / (self.width() / len(self._days))))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draws the bars, the highest value and the first and last day."""
        if not self._days:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, metrics = self.palette(), QFontMetricsF(self.font())
        line = metrics.lineSpacing()
        values = [self._measure(sum_) for _day, sum_ in self._days]
        top = max(values)
        plot = QRectF(0, line * 1.3, self.width(), self.height() - line * 2.6)
        wide = plot.width() / len(values)
        painter.setPen(QPen(palette.mid().color(), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.highlight())
        for at, value in enumerate(values):
            high = plot.height() * value / top if top else 0.0
            if value:
                high = max(high, 2.0)  # a little is not nothing
            left = plot.left() + wide * (at + GAP / 2)
            painter.drawRect(QRectF(left, plot.bottom() - high, wide * (1 - GAP), high))
        self._frame(painter, QRectF(wide * self.at, plot.top(), wide, plot.height()))
        painter.setPen(palette.text().color())
        if top:
            ceiling = _("highest: {value}").format(value=self._scale(top))
            painter.drawText(
                QRectF(0, 0, self.width(), line), int(Qt.AlignmentFlag.AlignLeft), ceiling
            )
        for at, side in ((0, Qt.AlignmentFlag.AlignLeft), (-1, Qt.AlignmentFlag.AlignRight)):
            place = QRectF(0, plot.bottom() + line * 0.2, self.width(), line)
            day = figures.day(self._days[at][0], self.locale(), QLocale.FormatType.ShortFormat)
            painter.drawText(place, int(side), day)

    def _frame(self, painter: QPainter, around: QRectF) -> None:
        focused = self.hasFocus()
        pen = QPen(self.palette().text().color(), 2 if focused else 1)
        pen.setStyle(Qt.PenStyle.SolidLine if focused else Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(around.adjusted(1, 1, -1, -1))

    def _choose(self, at: int) -> None:
        if not self._days:
            return
        self.at = min(max(at, 0), len(self._days) - 1)
        spoken = [self._tell(day) for day in self._days if day[1] != Sum()]
        all_ = " ".join(spoken) or _("Nothing was dictated in these days.")
        here = self._tell(self._days[self.at])
        words = _("{day} Arrow keys go from day to day. All days: {days}")
        self.setAccessibleDescription(words.format(day=here, days=all_))
        self.chosen.emit(self.at)
        self.update()
