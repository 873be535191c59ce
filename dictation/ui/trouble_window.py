"""One error: what happened, what to do, and buttons that do it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from dictation.i18n import _
from dictation.remedies import LOG, Case, Remedy
from dictation.ui.pieces import Trouble, button, in_row, roomy, scrolled
from dictation.ui.window import Window

STAYS = ("copy", "log", "faults")  # deeds after which the error may still be wanted


class TroubleWindow(Window):
    """Opened from a notification or the tray's menu; shows the newest error it was opened for."""

    def __init__(self) -> None:
        super().__init__(_("Trouble"))
        self.trouble = Trouble()
        self.log_button, self.close_button = button(LOG.words), button(_("C&lose"))
        self.log_button.clicked.connect(lambda: self.mend(LOG))
        self.close_button.clicked.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(scrolled(self.trouble))
        layout.addLayout(in_row(self.log_button, self.close_button))
        roomy(self, 80, 18)

    def open(self, case: Case) -> None:
        """Shows the error, with the focus on what is best done about it."""
        self.trouble.tell(case.error, case.take)
        self.bring_up()
        self.trouble.buttons[0].setFocus()

    def mend(self, remedy: Remedy) -> None:
        """Does it, and closes where that leads elsewhere."""
        super().mend(remedy)
        if remedy.deed not in STAYS:
            self.close()
