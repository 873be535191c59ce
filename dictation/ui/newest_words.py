"""A text that grows at its end, of which the newest lines are seen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette, QTextLayout, QTextOption
from PySide6.QtWidgets import QWidget

LINES = 3
LOOKED_AT = 600  # characters at the text's end: more never fits


class NewestWords(QWidget):
    """Shows the end of a text, in three lines at most, in the direction of its script."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = ""
        self._told = ("", 0)
        self._layout: QTextLayout | None = None
        self.setFixedHeight(0)

    def tell(self, text: str, width: int) -> None:
        """Shows the text in lines of so many pixels; what is the same is not laid out again."""
        if (text, width) == self._told:
            return
        self._told = text, width
        self.shown, self._layout = newest(" ".join(text[-LOOKED_AT:].split()), self.font(), width)
        if len(text) > LOOKED_AT and not self.shown.startswith("…"):
            self.shown, self._layout = newest(f"…{self.shown}", self.font(), width)
        lines = self._layout.lineCount() if self.shown else 0
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing())
        self.setAccessibleName(self.shown)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._layout:
            painter = QPainter(self)
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            self._layout.draw(painter, QPointF(0, 0))


def newest(text: str, font: QFont, width: int) -> tuple[str, QTextLayout]:
    """As much of the text's end as three lines of the width hold, and how it is laid out."""
    layout = _laid_out(text, font, width)
    while (more := layout.lineCount() - LINES) > 0:
        # Qt counts in UTF-16, of which a letter may take two; a line never begins between them.
        start = layout.lineAt(more).textStart()
        text = "…" + text.encode("utf-16-le")[2 * start :].decode("utf-16-le")
        layout = _laid_out(text, font, width)
    return text, layout


def _laid_out(text: str, font: QFont, width: int) -> QTextLayout:
    layout = QTextLayout(text, font)
    option = QTextOption()  # of its own direction
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setAlignment(Qt.AlignmentFlag.AlignLeft)  # which is right where that is read first
    layout.setTextOption(option)
    layout.beginLayout()
    height = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, height))
        height += line.height()
    layout.endLayout()
    return layout
