"""The lines that bind the hotkey where the desktop has to do it: to be copied, or done by us."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from dictation.i18n import _
from dictation.keys import Offer
from dictation.ui.errands import Errands
from dictation.ui.pieces import Trouble, button, in_row, label, lines_high

MOST = 6  # lines to be seen at once


class BindingLines(QWidget):
    """Where they go, the lines, and a button that copies them; hidden where there are none.

    Where we may write them into the desktop's settings a second button does; `done` is told.
    """

    def __init__(
        self,
        copy: str,
        crash: Callable[[Exception], None],
        done: Callable[[], None],
        *beside: QWidget,
    ) -> None:
        super().__init__()
        self._errands, self._done = Errands(self, crash), done
        self._offer: Offer | None = None
        self.trouble = Trouble()
        self.do_button = button("")
        self.do_button.clicked.connect(self._do)
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.copy_button = button(copy)
        self.copy_button.setAccessibleName(_("Copy the lines that bind the hotkey"))
        self.copy_button.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(self.text.toPlainText())
        )
        self._where = label("", self.text)
        self._where.setWordWrap(True)
        self.text.setAccessibleName(_("Lines that bind the hotkey"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._where)
        column.addWidget(self.text)
        column.addLayout(in_row(self.do_button, self.copy_button, *beside))
        column.addWidget(self.trouble)
        self.tell(())

    def tell(self, lines: Sequence[str], offer: Offer | None = None) -> None:
        """Shows the lines, of which the first says where the others go; or those of the offer."""
        self._offer = offer
        lines = offer.lines if offer else lines
        self.copy_button.setVisible(offer is None)
        self.do_button.setVisible(offer is not None)
        self.do_button.setText(offer.words if offer else "")
        self.trouble.tell(None)
        self.setVisible(bool(lines))
        if lines:
            self._where.setText(lines[0])
            self.text.setPlainText("\n".join(lines[1:]))
            lines_high(self.text, min(len(lines) - 1, MOST) + 1)  # one for the scroll bar

    def _do(self) -> None:
        if self._offer:
            self._errands.run("bind", self._offer.do, lambda _none: self._done(), self.trouble.tell)
