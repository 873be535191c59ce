"""What the key of OpenRouter may still spend: asked for when it is seen."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from dictation import account
from dictation.account import Account
from dictation.errors import DictationError
from dictation.first_run import openrouter_base
from dictation.i18n import _
from dictation.ui.errands import Errands
from dictation.ui.pieces import Trouble, Words, button, in_row
from dictation.ui.setup import Setup

NO_KEY = _("There is no key of OpenRouter: sign in or paste one above to see its account here.")


class AccountPanel(QWidget):
    """A line for each amount; what fails is told in its place."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self._setup = setup
        self._errands = Errands(self, setup.crash)
        self.title = _("Account at OpenRouter")
        self.told, self.trouble = Words(), Trouble("key")
        self.lines: list[Words] = []
        self.refresh_button = button(_("Loo&k again"))
        self.refresh_button.clicked.connect(lambda _on: self.look())
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Words(self.title, strong=True))
        layout.addLayout(self._grid)
        layout.addWidget(self.told)
        layout.addWidget(self.trouble)
        layout.addLayout(in_row(self.refresh_button))

    def look(self) -> None:
        """Asks the keyring and the server."""
        self.trouble.tell(None)
        self.told.say(_("The account is being asked for…"))
        self.refresh_button.setEnabled(False)
        self._errands.run("account", self._read, self._show, self._failed)

    def _read(self) -> Account | None:
        chosen, wiring = self._setup.settings(), self._setup.wiring
        base = openrouter_base(chosen)
        key = wiring.keys.find("openrouter", base)
        return None if key is None else account.read(base, key, wiring.http(chosen))

    def _show(self, found: Account | None) -> None:
        self.refresh_button.setEnabled(True)
        self._clear()
        self.told.say("" if found else NO_KEY)
        for row, (what, words) in enumerate(found.lines() if found else ()):
            amount = Words(words)
            amount.setAccessibleName(f"{what}: {words}")
            self._grid.addWidget(Words(f"{what}:"), row, 0)
            self._grid.addWidget(amount, row, 1)
            self.lines.append(amount)

    def _failed(self, error: DictationError) -> None:
        self.refresh_button.setEnabled(True)
        self._clear()
        self.told.say("")
        self.trouble.tell(error)

    def _clear(self) -> None:
        while item := self._grid.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self.lines.clear()
