"""A term that the user has put right twice, offered as one to spell right from now on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QVBoxLayout

from dictation.i18n import _
from dictation.ui.pieces import Words, button, in_row


class TermOffer(QFrame):
    """`take` gets the term that is wanted, `leave` the one that is not to be offered again."""

    def __init__(self, take: Callable[[str], object], leave: Callable[[str], object]) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.term = ""
        self.words = Words()
        self.yes, self.no = button(_("&Spell it so")), button(_("&Don't offer it again"))
        self.yes.clicked.connect(lambda _on: take(self.term))
        self.no.clicked.connect(lambda _on: leave(self.term))
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        layout.addLayout(in_row(self.yes, self.no))
        self.tell("")

    def tell(self, term: str) -> None:
        """Offers the term; "" offers nothing."""
        self.term = term
        asked = _("You have put “{term}” right twice. Spell it so from now on?")
        self.words.setText(asked.format(term=term))
        self.setVisible(bool(term))
