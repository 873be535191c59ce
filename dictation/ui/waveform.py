"""A recording as a picture to move in: by clicks, by arrow keys, by a screen reader."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QSlider, QStyle, QStyleOptionFocusRect

from dictation.i18n import _

COUNT = 200  # peaks that are drawn at most
STEP, LEAP = 1.0, 10.0  # seconds that an arrow key, and Page Up and Down, go
QUIETEST = 0.02  # of the height: silence is a line


class Waveform(QSlider):
    """Shows peaks and a position; `moved` tells where the user wants to be, in seconds."""

    moved = Signal(float)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setAccessibleName(_("Position in the recording, in seconds"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._peaks: tuple[float, ...] = ()
        self._seconds = self._position = 0.0

    def show_peaks(self, peaks: tuple[float, ...], seconds: float) -> None:
        """Another recording, from its start."""
        self._peaks, self._seconds = peaks, seconds
        self.setRange(0, math.ceil(seconds))
        self.show_position(0.0)

    def show_position(self, position: float) -> None:
        """Where it is."""
        self._position = position
        self.setValue(round(position))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A few lines of text high."""
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 30, metrics.lineSpacing() * 3)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Narrow, but as high."""
        return QSize(self.fontMetrics().averageCharWidth() * 8, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows, Page Up and Down, Home and End move; left is always earlier."""
        steps = {
            Qt.Key.Key_Left: -STEP,
            Qt.Key.Key_Down: -STEP,
            Qt.Key.Key_Right: STEP,
            Qt.Key.Key_Up: STEP,
            Qt.Key.Key_PageDown: -LEAP,
            Qt.Key.Key_PageUp: LEAP,
            Qt.Key.Key_Home: -math.inf,
            Qt.Key.Key_End: math.inf,
        }
        if step := steps.get(Qt.Key(event.key())):
            self._go(self._position + step)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click goes where it points."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._go(event.position().x() / max(1, self.width()) * self._seconds)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """And so does drawing with the button held."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position().x() / max(1, self.width()) * self._seconds)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """All was done at the press."""
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A bar for each stretch; what lies before the position in the colour of selections."""
        painter = QPainter(self)
        palette, size = self.palette(), self.size()
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Base))
        place = self._position / self._seconds * size.width() if self._seconds else 0.0
        if self._peaks:
            played = palette.color(QPalette.ColorRole.Highlight)
            ahead = palette.color(QPalette.ColorRole.PlaceholderText)
            step = size.width() / len(self._peaks)
            top = max(*self._peaks, 0.1)  # a quiet recording is drawn as high as a loud one
            for number, peak in enumerate(self._peaks):
                high = max(QUIETEST, peak / top) * (size.height() - 4)
                bar = QRectF(number * step, (size.height() - high) / 2, max(1.0, step * 0.7), high)
                painter.fillRect(bar, played if bar.center().x() < place else ahead)
            painter.setPen(palette.color(QPalette.ColorRole.Text))
            at = min(max(place, 0.5), size.width() - 0.5)
            painter.drawLine(QPointF(at, 0), QPointF(at, size.height()))
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )
        painter.end()

    def _go(self, seconds: float) -> None:
        if self._seconds:
            position = min(self._seconds, max(0.0, seconds))
            self.show_position(position)
            self.moved.emit(position)
