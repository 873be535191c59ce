"""Step three of a calibration: who heard best, what went wrong, and whom to use from now on."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import (
    QComboBox,
    QPlainTextEdit,
    QProgressBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dictation.calibration.candidates import Candidate, Offer, changes_for
from dictation.calibration.keeping import Calibration, Shelf
from dictation.calibration.results import Outcome, Row, newest, ranked, row, wrong_with_all
from dictation.calibration.running import Run
from dictation.errors import DictationError
from dictation.i18n import _
from dictation.settings import Settings
from dictation.ui.calibrate_choose import as_table, shown_as
from dictation.ui.calibrate_lent import Lent
from dictation.ui.errands import Errands
from dictation.ui.figures import money
from dictation.ui.labels import set_by
from dictation.ui.pieces import Trouble, Words, button, in_row, label

STATES = {
    "waiting": _("waiting"),
    "asked": _("listening…"),
    "cancelled": _("given up"),
    "failed": _("failed"),
}
SORTS: dict[str, Callable[[Row], tuple[object, ...]]] = {
    _("Best first"): lambda row: row.rank,
    _("Model"): lambda row: (shown_as(row.outcome.candidate).casefold(),),
    _("Words wrong"): lambda row: row.rank[:1],
    _("Seconds"): lambda row: (row.outcome.seconds if row.compared else math.inf,),
    _("Price"): lambda row: row.rank[1:2],
    _("Tried on"): lambda row: (row.outcome.at,),
}


class ResultsPage(QWidget):
    """A table of outcomes, those of earlier days too; what the chosen one heard wrong."""

    title = _("Who hears you best")

    def __init__(self, lent: Lent, shelf: Shelf, settled: Callable[[bool], None]) -> None:
        """`settled` hears whether nothing is under way."""
        super().__init__()
        self._lent, self._shelf, self._settled = lent, shelf, settled
        self._errands = Errands(self, lent.crash)
        self._run: Run | None = None
        self._calibration: Calibration | None = None
        self._rows: dict[Candidate, Row] = {}
        self._expected: set[Candidate] = set()
        self.sort, self.table, self.progress = QComboBox(), QTreeWidget(), QProgressBar()
        self.sort.addItems(list(SORTS))
        self.sort.currentIndexChanged.connect(self._sorted)
        titles = [_("Model"), _("Words wrong"), _("Seconds"), _("Price"), _("Tried on")]
        as_table(self.table, titles)
        self.table.header().setSectionsClickable(True)
        self.table.header().sectionClicked.connect(lambda at: self.sort.setCurrentIndex(at + 1))
        self.table.currentItemChanged.connect(lambda _now, _before: self._show_slips())
        self.progress.setAccessibleName(_("Answers so far"))
        self.progress.setFormat(_("%v of %m"))
        self.slips = QPlainTextEdit()
        self.slips.setReadOnly(True)
        self.slips.setTabChangesFocus(True)
        self.shared, self.status, self.trouble = Words(), Words(strong=True), Trouble()
        self.use_button, self.cancel_button = button(_("&Use this one")), button(_("Ca&ncel"))
        self.use_button.clicked.connect(self._use)
        self.cancel_button.clicked.connect(self.give_up)
        layout = QVBoxLayout(self)
        layout.addLayout(in_row(label(_("S&ort by:"), self.sort), self.sort))
        layout.addWidget(label(_("&Results:"), self.table))
        layout.addWidget(self.table, 3)
        layout.addWidget(self.progress)
        layout.addLayout(in_row(self.use_button, self.cancel_button))
        layout.addWidget(self.status)
        layout.addWidget(label(_("What &went wrong:"), self.slips))
        layout.addWidget(self.slips, 2)
        layout.addWidget(self.shared)
        layout.addWidget(self.trouble)

    def focus(self) -> None:
        """The keyboard goes to the table."""
        self.table.setFocus()

    def start(self, calibration: Calibration, chosen: Sequence[Offer], settings: Settings) -> None:
        """Tries the offers on the recording; with none, shows what is known."""
        self.give_up()
        self.trouble.tell(None)
        self.status.say("")
        self._calibration, self._rows = calibration, {}
        self._expected = {offer.candidate for offer in chosen}
        asking = self._lent.wiring.asking(settings, self._lent.crash)
        run: Run | None = None
        kept = calibration

        def changed(outcome: Outcome) -> None:
            compared = row(outcome, calibration.reference, calibration.language)
            self._errands.post(lambda: self._changed(run, compared))

        def keep(outcome: Outcome) -> None:
            nonlocal kept
            if outcome.state in ("heard", "failed"):
                kept = self._shelf.add(kept, outcome)

        def work() -> None:
            nonlocal kept
            kept = self._shelf.get(calibration.id)
            for outcome in newest(kept.outcomes):
                changed(outcome)
            if run:
                run.run(self._shelf.speech(calibration))

        if chosen:
            run = Run(chosen, asking, _in_turn(keep, changed))
        self._run = run
        self._settled(run is None)
        self.cancel_button.setVisible(run is not None)
        self.progress.setVisible(run is not None)
        self.progress.setRange(0, max(1, len(chosen)))
        self.progress.setValue(0)
        self.table.clear()
        self._errands.run(
            "calibration", work, lambda _none: self._ended(run), lambda e: self._ended(run, e)
        )

    def give_up(self) -> None:
        """Ends what is under way; what was heard stays."""
        if self._run:
            self._run.cancel()
            self.status.say(_("Given up. What was already sent may still be charged."))

    @property
    def _sort_key(self) -> Callable[[Row], tuple[object, ...]]:
        return SORTS[self.sort.currentText()]

    def _changed(self, run: Run | None, found: Row) -> None:
        if run is not self._run:
            return
        candidate = found.outcome.candidate
        before = self._rows.get(candidate)
        self._rows[candidate] = found
        if before is None:
            self.table.addTopLevelItem(QTreeWidgetItem())
        item = self.table.topLevelItem(list(self._rows).index(candidate))
        assert item is not None
        _fill(item, found)
        over = [r for c, r in self._rows.items() if c in self._expected and _is_over(r)]
        self.progress.setValue(len(over))
        if self.table.currentItem() is item:
            self._show_slips()

    def _ended(self, run: Run | None, error: DictationError | None = None) -> None:
        if run is not self._run:
            return
        self._run = None
        self.trouble.tell(error)
        self.cancel_button.hide()
        self.progress.hide()
        self._settled(True)
        self._sorted()
        shared = wrong_with_all(list(self._rows.values()))
        words = _(
            "Wrong with all of them: {words}. If you said it otherwise, go back and correct it."
        )
        self.shared.tell(words.format(words=", ".join(shared)) if shared else "")
        self.focus()

    def _sorted(self) -> None:
        if self._run:
            return  # nothing jumps about while it is being read
        chosen = self._current()
        # Those that can't be told apart by what was chosen stand as they do by their rank.
        rows = sorted(ranked(self._rows.values()), key=self._sort_key)
        self._rows = {each.outcome.candidate: each for each in rows}
        self.table.clear()
        for each in rows:
            item = QTreeWidgetItem()
            _fill(item, each)
            self.table.addTopLevelItem(item)
        at = list(self._rows).index(chosen) if chosen in self._rows else 0
        if current := self.table.topLevelItem(at):
            self.table.setCurrentItem(current)
        self._show_slips()

    def _current(self) -> Candidate | None:
        item = self.table.currentItem()
        return list(self._rows)[self.table.indexOfTopLevelItem(item)] if item else None

    def _show_slips(self) -> None:
        chosen = self._current()
        found = self._rows.get(chosen) if chosen else None
        self.slips.setPlainText(_in_words(found) if found else "")
        by = set_by("provider", self._lent.flags, self._lent.environment)
        by = by or set_by("model", self._lent.flags, self._lent.environment)
        usable = found is not None and found.compared is not None and not by
        self.use_button.setEnabled(usable)
        told = _("Set by {name}, so it can't be changed here.").format(name=by) if by else ""
        self.use_button.setAccessibleDescription(told)
        self.use_button.setToolTip(told)

    def _use(self) -> None:
        chosen = self._current()
        if chosen is None:
            return
        settings, keys = self._lent.settings(), self._lent.wiring.keys
        # Which one is in force may have to be asked of the keyring.
        self._errands.run(
            "use", lambda: changes_for(chosen, settings, keys), self._save, self.trouble.tell
        )

    def _save(self, changes: dict[str, str | None]) -> None:
        chosen = self._current()
        try:
            self._lent.change(changes)
        except DictationError as error:
            self.trouble.tell(error)
            return
        self.trouble.tell(None)
        name = shown_as(chosen) if chosen else ""
        self.status.say(_("From now on your dictations are heard by: {name}").format(name=name))


def _in_turn(*told: Callable[[Outcome], None]) -> Callable[[Outcome], None]:
    """Calls all of them, for one outcome after the other, on whichever thread it comes."""
    turn = threading.Lock()

    def call(outcome: Outcome) -> None:
        with turn:
            for each in told:
                each(outcome)

    return call


def _is_over(found: Row) -> bool:
    return found.outcome.state not in ("waiting", "asked")


def _fill(item: QTreeWidgetItem, found: Row) -> None:
    outcome, compared = found.outcome, found.compared
    item.setText(0, shown_as(outcome.candidate))
    item.setText(4, outcome.at[:10])
    if compared is None:
        item.setText(1, STATES[outcome.state])
        return
    percent = QLocale().toString(100 * compared.rate, "f", 1)
    share = _("{errors} of {words} ({share}%)")
    item.setText(1, share.format(errors=compared.errors, words=compared.words, share=percent))
    item.setText(2, QLocale().toString(outcome.seconds, "f", 1))
    item.setText(3, _price(outcome))


def _price(outcome: Outcome) -> str:
    if outcome.cost_usd is None:
        return _("not told")
    if not outcome.cost_usd:
        return _("free")
    price = money(outcome.cost_usd, QLocale())
    return _("about {price}").format(price=price) if outcome.by_list else price


def _in_words(found: Row) -> str:
    """A line for each slip, then all that was heard."""
    outcome, compared = found.outcome, found.compared
    if compared is None:
        error = outcome.error or {}
        lines = [str(error.get(part, "")) for part in ("title", "message", "hint")]
        return "\n".join(line for line in lines if line) or STATES[outcome.state]
    lines = []
    for slip in compared.slips:
        words = _("after “{before}”: said “{said}”, heard “{heard}”")
        if not slip.said:
            words = _("after “{before}”: nobody said “{heard}”")
        elif not slip.heard:
            words = _("after “{before}”: “{said}” is missing")
        before = slip.before or _("the beginning")
        lines.append(words.format(before=before, said=slip.said, heard=slip.heard))
    lines = lines or [_("Every word is right.")]
    return "\n".join([*lines, "", _("All that was heard:"), outcome.text])
