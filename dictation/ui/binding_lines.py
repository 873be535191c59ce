"""The lines that bind the hotkey where the desktop has to do it, to be copied."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from dictation.i18n import _
from dictation.ui.pieces import button, in_row, label, lines_high

MOST = 6  # lines to be seen at once


class BindingLines(QWidget):
    """Where they go, the lines, and a button that copies them; hidden where there are none."""

    def __init__(self, copy: str, *beside: QWidget) -> None:
        super().__init__()
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.copy_button = button(copy)
        self.copy_button.setAccessibleName(_("Copy the lines that bind the hotkey"))
        self.copy_button.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(self.text.toPlainText())
        )
        self._where = label("", self.text)
        self.text.setAccessibleName(_("Lines that bind the hotkey"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._where)
        column.addWidget(self.text)
        column.addLayout(in_row(self.copy_button, *beside))
        self.tell(())

    def tell(self, lines: Sequence[str]) -> None:
        """Shows the lines, of which the first says where the others go."""
        self.setVisible(bool(lines))
        if lines:
            self._where.setText(lines[0])
            self.text.setPlainText("\n".join(lines[1:]))
            lines_high(self.text, min(len(lines) - 1, MOST) + 1)  # one for the scroll bar
