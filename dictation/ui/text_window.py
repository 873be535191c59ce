"""`output = display`: a small window with the text and a Copy button."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QPlainTextEdit, QVBoxLayout

from dictation.i18n import _
from dictation.ui.pieces import button, easily_hit
from dictation.ui.window import Window


class TextWindow(Window):
    """Shows the newest text; it can be edited before it is copied."""

    def __init__(self, copy: Callable[[str], object]) -> None:
        super().__init__(_("Dictated text"))
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.resize(480, 240)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(_("Dictated text"))
        self.text.setTabChangesFocus(True)
        self.copy_button = button(_("&Copy"))
        self.copy_button.clicked.connect(lambda: copy(self.text.toPlainText()))
        buttons = QDialogButtonBox()
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        close = buttons.addButton(QDialogButtonBox.StandardButton.Close)
        close.clicked.connect(self.close)
        easily_hit(close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(buttons)

    def display(self, text: str) -> None:
        """Shows the text; whoever types elsewhere keeps the focus."""
        self.text.setPlainText(text)
        self.show()
        self.raise_()
