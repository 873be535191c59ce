"""What several windows are made of: plain text, the one look of errors, pages that scroll."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QStyle,
    QWidget,
)

from dictation.errors import DictationError

TARGET = 24  # px that what is clicked is high at least
READABLE = Qt.TextInteractionFlag.TextSelectableByMouse


class Words(QLabel):
    """Text that wraps and is never taken for HTML: a server's words may stand in it."""

    def __init__(self, text: str = "", *, strong: bool = False, scale: float = 1.0) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(READABLE)
        self.setText(text)
        font = QFont()  # what is not set of it follows the program's, whenever that changes
        if strong:
            font.setBold(True)
        if scale != 1.0:
            font.setPointSizeF(self.font().pointSizeF() * scale)
        self.setFont(font)

    def tell(self, text: str) -> None:
        """Shows the text; without one, takes no room."""
        self.setText(text)
        self.setVisible(bool(text))


class Trouble(QFrame):
    """An error: what it is, what happened, what to do."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.title, self.message, self.hint = Words(strong=True), Words(), Words()
        icon = self.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning)
        sign = QLabel()
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_LargeIconSize)
        sign.setPixmap(icon.pixmap(side, side))
        layout = QGridLayout(self)
        layout.setColumnStretch(1, 1)
        layout.addWidget(sign, 0, 0, 3, 1, Qt.AlignmentFlag.AlignTop)
        for line, words in enumerate((self.title, self.message, self.hint)):
            layout.addWidget(words, line, 1)
        self.hide()

    def tell(self, error: DictationError | None) -> None:
        """Shows the error; None takes the last one away."""
        if error is not None:
            self.title.tell(error.title)
            self.message.tell(error.message)
            self.hint.tell(error.hint)
            self.setAccessibleName(error.title)
            self.setAccessibleDescription(f"{error.message} {error.hint}".strip())
        self.setVisible(error is not None)


def scrolled(page: QWidget) -> QScrollArea:
    """The page, to be scrolled where the window is too small for it."""
    area = QScrollArea()
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def label(text: str, buddy: QWidget) -> QLabel:
    """A label whose letter leads to the control that it names."""
    made = QLabel(text)
    made.setBuddy(buddy)
    buddy.setAccessibleName(text.replace("&", "").rstrip(":"))
    return made


def in_row(*widgets: QWidget) -> QHBoxLayout:
    """The widgets side by side; text fields get the room that is left."""
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    if not any(isinstance(widget, QLineEdit | QPlainTextEdit) for widget in widgets):
        row.addStretch()
    return row


def button(text: str) -> QPushButton:
    """A button that Enter presses only while it has the focus."""
    made = QPushButton(text)
    made.setAutoDefault(False)
    return made


def lines_high(text: QPlainTextEdit, lines: int) -> None:
    """No higher than so many lines of text."""
    text.setMaximumHeight(text.fontMetrics().lineSpacing() * (lines + 1))


def roomy(window: QWidget, columns: int, lines: int) -> None:
    """A size in characters, so that it grows with the font; never larger than the screen."""
    metrics = window.fontMetrics()
    wanted = window.size()
    wanted.setWidth(metrics.averageCharWidth() * columns)
    wanted.setHeight(metrics.lineSpacing() * lines)
    window.resize(wanted.boundedTo(window.screen().availableSize()))
