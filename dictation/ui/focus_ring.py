"""A frame around the text, list or table that has the focus, for which Qt's own style has none."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QRegion
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget
from shiboken6 import isValid

WIDE = 2  # pixels


class FocusRings(QObject):
    """Puts a ring around what has the focus, wherever it goes in the program."""

    def __init__(self) -> None:
        super().__init__()
        self._ring: Ring | None = None
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._went)

    def _went(self, _before: QWidget | None, now: QWidget | None) -> None:
        if self._ring and isValid(self._ring):  # it goes with what it was around
            self._ring.hide()
            self._ring.deleteLater()
        self._ring = None
        popup = Qt.WindowType.Popup
        if isinstance(now, QAbstractScrollArea) and now.window().windowType() != popup:
            self._ring = Ring(now)


class Ring(QWidget):
    """Lies on the edge of a widget, as large as that is, and lets all clicks through."""

    def __init__(self, around: QWidget) -> None:
        super().__init__(around)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        around.installEventFilter(self)
        self._fit(around)
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Grows with it."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self._fit(watched)
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Highlight))
        painter.end()

    def _fit(self, around: QWidget) -> None:
        rect = around.rect()
        self.setGeometry(rect)
        inside = rect.adjusted(WIDE, WIDE, -WIDE, -WIDE)
        self.setMask(QRegion(rect).subtracted(QRegion(inside)))
        self.raise_()
