"""A text that grows at its end, of which the newest lines are seen."""

from __future__ import annotations

from math import ceil
from unicodedata import bidirectional

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
        end = " ".join(text[-LOOKED_AT:].split())
        self.shown, self._layout = newest(end, self.font(), width, direction(text))
        self.setFixedHeight(ceil(self._layout.boundingRect().height()) if self.shown else 0)
        self.setAccessibleName(self.shown)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._layout:
            painter = QPainter(self)
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            self._layout.draw(painter, QPointF(0, 0))


def direction(text: str) -> Qt.LayoutDirection:
    """The one of the first letter that has one, as for a paragraph."""
    first = next((kind for kind in map(bidirectional, text) if kind in ("L", "R", "AL")), "L")
    return Qt.LayoutDirection.LeftToRight if first == "L" else Qt.LayoutDirection.RightToLeft


def newest(
    text: str, font: QFont, width: int, direction: Qt.LayoutDirection
) -> tuple[str, QTextLayout]:
    """As much of the text's end as three lines of the width hold, and how it is laid out."""
    option = QTextOption()
    option.setTextDirection(direction)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    left = direction == Qt.LayoutDirection.LeftToRight
    option.setAlignment(Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight)
    layout = _laid_out(text, font, option, width)
    while (more := layout.lineCount() - LINES) > 0:
        # Qt counts in UTF-16, of which a letter may take two; a line never begins between them.
        start = layout.lineAt(more).textStart()
        if start <= 1:  # the dots have a line of their own, in front of a word as wide as one
            start = layout.lineAt(more + 1).textStart()
        rest = text.encode("utf-16-le", "surrogatepass")[2 * start :]
        text = "…" + rest.decode("utf-16-le", "surrogatepass")
        layout = _laid_out(text, font, option, width)
    return text, layout


def _laid_out(text: str, font: QFont, option: QTextOption, width: int) -> QTextLayout:
    layout = QTextLayout(text, font)
    layout.setTextOption(option)
    layout.beginLayout()
    height = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, height))
        height += line.height()
    layout.endLayout()
    return layout
