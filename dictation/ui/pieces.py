"""What several windows are made of: plain text, the one look of errors, pages that scroll."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
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

from dictation import crash
from dictation.desktop import detect
from dictation.errors import DictationError
from dictation.i18n import _
from dictation.remedies import Case, Deed, Remedy
from dictation.takes import Take
from dictation.ui import aloud
from dictation.ui.flow import Flow
from dictation.ui.window import Window

TARGET = 24  # pixels: no smaller thing is easily hit
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

    def say(self, text: str) -> None:
        """Shows the text, and a screen reader says it: what came of something that was asked."""
        changed = text != self.text()
        self.tell(text)
        if changed:
            aloud.say(self, text)


class Trouble(QFrame):
    """An error: what it is, what happened, what to do, with buttons that do it.

    `without` are deeds that would only lead to where it stands.
    """

    def __init__(self, *without: Deed) -> None:
        super().__init__()
        self._without = {"paste", *without}  # pasted now, the text would go into this window
        self.buttons: list[QPushButton] = []
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
        self._row = Flow()
        layout.addLayout(self._row, 3, 1)
        layout.setRowStretch(4, 1)  # takes all the room that is left
        self.hide()

    def tell(self, error: DictationError | None, take: Take | None = None) -> None:
        """Shows the error, which befell the take; None takes the last one away."""
        if error is not None:
            self._offer(Case(error, take))
            self.title.tell(error.title)
            self.message.tell(error.message)
            self.hint.tell(error.hint)
            self.setAccessibleName(error.title)
            self.setAccessibleDescription(f"{error.message} {error.hint}".strip())
        self.setVisible(error is not None)
        aloud.say(self, "" if error is None else f"{error.title}. {error.message} {error.hint}")

    def _offer(self, case: Case) -> None:
        while (item := self._row.takeAt(0)) is not None:
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        window = self.window()
        able = isinstance(window, Window) and window.mends is not None
        remedies = [remedy for remedy in case.remedies if able and remedy.deed not in self._without]
        copy = button(_("Copy details"))
        copy.clicked.connect(lambda: copy_text(crash.details(case.error, detect(), qVersion())))
        self.buttons = [*map(self._button, remedies), copy]
        for each in self.buttons:
            each.setAccessibleName(f"{each.text()}: {case.error.title}")
            self._row.addWidget(each)
            each.show()  # at once: the focus may be wanted there
        for before, after in pairwise(
            [self.hint, *self.buttons]
        ):  # where they stand, not at the end
            QWidget.setTabOrder(before, after)

    def _button(self, remedy: Remedy) -> QPushButton:
        made = button(remedy.words)
        made.clicked.connect(lambda: self._mend(remedy))
        return made

    def _mend(self, remedy: Remedy) -> None:
        window = self.window()
        assert isinstance(window, Window)
        window.mend(remedy)


def scrolled(page: QWidget) -> QScrollArea:
    """The page, to be scrolled where the window is too small for it."""
    area = QScrollArea()
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def call(control: QWidget, name: str) -> None:
    """Gives a control its name for who can't see it; the field in a combo box is one of its own."""
    control.setAccessibleName(name)
    if isinstance(control, QComboBox) and (field := control.lineEdit()):
        field.setAccessibleName(name)


def label(text: str, buddy: QWidget) -> QLabel:
    """A label whose letter leads to the control that it names."""
    made = QLabel(text)
    made.setBuddy(buddy)
    easily_hit(buddy)
    call(buddy, text.replace("&", "").rstrip(":"))
    return made


def easily_hit(control: QWidget) -> None:
    """No lower than TARGET; one that is higher by itself is not to be pressed down to that."""
    if control.sizeHint().height() < TARGET:
        control.setMinimumHeight(TARGET)


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
    easily_hit(made)
    return made


def copy_text(text: str) -> None:
    """Puts the text on the clipboard."""
    QGuiApplication.clipboard().setText(text)


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
