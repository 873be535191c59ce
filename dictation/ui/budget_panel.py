"""The month's budget: how much of it is spent, the field that sets it, what to do at its end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDoubleSpinBox, QFrame, QProgressBar, QVBoxLayout

from dictation.i18n import _
from dictation.spending import WARN_AT, Month, month_of
from dictation.ui import figures
from dictation.ui.errands import Errands
from dictation.ui.pieces import Trouble, Words, button, in_row, label

PATIENCE = 10.0  # seconds for the disk


@dataclass(frozen=True, slots=True)
class Budget:
    """What the panel asks and does; `save` is called on a thread of its own."""

    in_force: Callable[[], float]  # dollars a month, 0 for none
    set_by: Callable[[], str]  # what beats the settings file, "" where nothing does
    save: Callable[[float], None]
    apply: Callable[[], None]
    allow: Callable[[bool], Future[None] | None]
    waiting: Callable[[], int]  # takes
    send: Callable[[], None]  # what waits
    send_here: Callable[[], None]  # to the recogniser of this computer


class BudgetPanel(QFrame):
    """Says in words what its bar shows; `changed` is called where the ledger is to be read anew."""

    def __init__(self, budget: Budget, errands: Errands, changed: Callable[[], None]) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._budget, self._errands, self._changed = budget, errands, changed
        self._month = Month("")
        self.amount = QDoubleSpinBox()
        self.amount.setRange(0, 1_000_000)
        self.amount.setSpecialValueText(_("no limit"))
        self.amount.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.amount.lineEdit().returnPressed.connect(self._save)
        self.save_button = button(_("Set &budget"))
        self.save_button.clicked.connect(self._save)
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setAccessibleName(_("Spent of the budget"))
        self.status, self.trouble = Words(), Trouble()
        self.go_on_button = button(_("&Go on this month all the same"))
        self.go_on_button.clicked.connect(lambda: self._allow(True))
        self.keep_button = button(_("&Keep to the budget again"))
        self.keep_button.clicked.connect(lambda: self._allow(False))
        self.here_button = button(_("Transcribe what waits on this &computer"))
        self.here_button.clicked.connect(self._send_here)
        column = QVBoxLayout(self)
        name = label(_("B&udget for a month (US dollars):"), self.amount)
        column.addWidget(name)
        column.addLayout(in_row(self.amount, self.save_button))
        column.addWidget(self.bar)
        column.addWidget(self.status)
        column.addWidget(self.trouble)
        for choice in (self.go_on_button, self.keep_button, self.here_button):
            column.addLayout(in_row(choice))
        self.applied()

    def applied(self) -> None:
        """Shows the budget in force; one that somebody is just typing is left alone."""
        beaten = self._budget.set_by()
        self.amount.setEnabled(not beaten)
        self.save_button.setEnabled(not beaten)
        if not self.amount.hasFocus():
            self.amount.setValue(self._budget.in_force())
        self._show()

    def tell(self, month: Month, today: date) -> None:
        """What is spent by now; `month` is that of `today`."""
        assert month.name == month_of(today)
        self._month = month
        self._show()

    def _show(self) -> None:
        budget, spent, locale = self._budget.in_force(), self._month.dollars, self.locale()
        over = bool(budget) and spent >= budget
        share = 100 * spent / budget if budget else 0.0
        self.bar.setVisible(bool(budget and self._month.name))
        self.bar.setValue(min(round(share), 100))
        values = {
            "spent": figures.money(spent, locale),
            "budget": figures.money(budget, locale),
            "share": figures.whole(share, locale),
            "waiting": figures.whole(self._budget.waiting(), locale),
            "name": self._budget.set_by(),
        }
        words = [
            _words(budget, over=over, near=share >= 100 * WARN_AT, allowed=self._month.allowed)
        ]
        if over and not self._month.allowed and self._budget.waiting():
            words.append(_("Waiting: {waiting}."))
        if not self._month.name:  # what is spent is not known yet, or can't be read
            words = []
        if values["name"]:
            words.append(_("Set by {name}, so it can't be changed here."))
        self.status.say(" ".join(words).format(**values))
        self.bar.setFormat(_("{share} %").format(**values))
        self.bar.setAccessibleDescription(self.status.text())
        self.go_on_button.setVisible(over and not self._month.allowed)
        self.here_button.setVisible(over and not self._month.allowed and self._budget.waiting() > 0)
        self.keep_button.setVisible(self._month.allowed and bool(budget))

    def _save(self) -> None:
        dollars = self.amount.value()

        def saved(_nothing: None) -> None:
            self.trouble.tell(None)
            self._budget.apply()
            self._changed()

        self._errands.run("budget", lambda: self._budget.save(dollars), saved, self.trouble.tell)

    def _allow(self, allowed: bool) -> None:
        asked = self._budget.allow(allowed)

        def done(_nothing: None) -> None:
            self.trouble.tell(None)
            if allowed:
                self._budget.send()
            self._changed()

        self._errands.run(
            "allow", lambda: asked.result(PATIENCE) if asked else None, done, self.trouble.tell
        )

    def _send_here(self) -> None:
        self._budget.send_here()
        self._changed()


def _words(budget: float, *, over: bool, near: bool, allowed: bool) -> str:
    if not budget:
        return _("{spent} are spent this month. There is no limit.")
    if over and allowed:
        return _("{spent} of {budget} are spent this month. You chose to go on this month.")
    if over:
        return _(
            "{spent} of {budget} are spent this month: the budget is used up. Dictations are "
            "recorded and wait; nothing is sent to a service that costs money."
        )
    if near:
        return _("{spent} of {budget} are spent this month: the budget is coming to its end.")
    return _("{spent} of {budget} are spent this month.")
