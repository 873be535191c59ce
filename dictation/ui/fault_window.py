"""What went wrong in the program itself: once, with details to pass on."""

from __future__ import annotations

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout

from dictation.crash import Faults, ProgramFault
from dictation.desktop import Desktop
from dictation.i18n import _
from dictation.remedies import LOG
from dictation.ui.pieces import Words, button, copy_text, in_row, label, roomy
from dictation.ui.window import Window


class FaultWindow(Window):
    """All faults of this run. It comes up by itself, so it never takes the focus then."""

    def __init__(self, faults: Faults, desktop: Desktop) -> None:
        super().__init__(_("A fault of the program"))
        self._faults, self._desktop = faults, desktop
        self.title, self.count = Words(ProgramFault.title, strong=True, scale=1.3), Words()
        self.details = QPlainTextEdit(readOnly=True)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setTabChangesFocus(True)
        self.copy_button, self.log_button = button(_("&Copy details")), button(LOG.words)
        self.close_button = button(_("C&lose"))
        self.copy_button.clicked.connect(lambda: copy_text(self._report()))
        self.log_button.clicked.connect(lambda: self.mend(LOG))
        self.close_button.clicked.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.title)
        layout.addWidget(Words(ProgramFault.hint))
        layout.addWidget(self.count)
        layout.addWidget(label(_("&Details:"), self.details))
        layout.addWidget(self.details, 1)
        layout.addLayout(in_row(self.copy_button, self.log_button, self.close_button))
        roomy(self, 90, 26)

    def bring_up(self) -> None:
        """What there is until now, in front."""
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, False)
        self._show()
        super().bring_up()
        self.copy_button.setFocus()

    def tell(self, *, comes: bool) -> None:
        """There is one more; where it `comes`, the window is shown, else it only counts."""
        if comes:
            self._show()
            self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
            self.show()
            self.raise_()
        elif self.isVisible():
            self._show_count()

    def _show(self) -> None:
        self.details.setPlainText(self._report())
        self._show_count()

    def _show_count(self) -> None:
        count = self._faults.count
        self.count.say(_("It happened {count} times.").format(count=count) if count > 1 else "")

    def _report(self) -> str:
        return self._faults.report(self._desktop, qVersion())
