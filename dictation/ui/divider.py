"""Two parts of a window side by side, and the line between them that keys move as well."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSplitter, QSplitterHandle

STEP = 24  # pixels that the line goes at a key
FAR = 1 << 20  # pixels: as far as the parts let it


class Divided(QSplitter):
    """Side by side; `line` is what the line between them is called."""

    def __init__(self, line: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._line = line
        self.setChildrenCollapsible(False)

    def createHandle(self) -> QSplitterHandle:  # noqa: N802 - Qt's name
        """One that can have the focus."""
        return Line(self, self._line)


class Line(QSplitterHandle):
    """Left and Right move it, Home and End as far as it goes."""

    def __init__(self, divided: QSplitter, name: str) -> None:
        super().__init__(Qt.Orientation.Horizontal, divided)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(name)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Moves it."""
        moves = {
            Qt.Key.Key_Left: -STEP,
            Qt.Key.Key_Right: STEP,
            Qt.Key.Key_Home: -FAR,
            Qt.Key.Key_End: FAR,
        }
        if (move := moves.get(Qt.Key(event.key()))) is None:
            super().keyPressEvent(event)
        else:
            self.moveSplitter(self.pos().x() + move)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """In the colour of what is chosen while it has the focus."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Highlight))
            painter.end()
