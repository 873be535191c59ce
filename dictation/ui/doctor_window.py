"""Every part with its verdict, as `dictation doctor` prints them, and buttons that mend it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from dictation.doctor import Finding, healthy
from dictation.errors import DictationError
from dictation.i18n import _
from dictation.keys import Offer
from dictation.remedies import HOTKEY, LOG, Remedy
from dictation.ui.errands import Errands
from dictation.ui.flow import Flow
from dictation.ui.pieces import Trouble, Words, button, copy_text, in_row, roomy, scrolled
from dictation.ui.window import Window

SIGNS = {
    "ok": QStyle.StandardPixmap.SP_DialogApplyButton,
    "MISSING": QStyle.StandardPixmap.SP_MessageBoxCritical,
    "no": QStyle.StandardPixmap.SP_MessageBoxWarning,
}
WORDS = {"ok": _("ok"), "MISSING": _("MISSING"), "no": _("no")}
PLAIN = QStyle.StandardPixmap.SP_MessageBoxInformation  # what this desktop has no use for


class Examine(Protocol):
    """`doctor.examine` with what the app has; any thread."""

    def __call__(self, *, probe: bool) -> Generator[Finding, None, None]: ...


@dataclass(frozen=True, slots=True)
class Examination:
    """What is looked at, and what the desktop can be made to do for the keys; any thread."""

    examine: Examine
    offer: Callable[[], Offer | None]


class Row(QWidget):
    """One part: a sign and a word, what was found, how to mend it."""

    def __init__(self, finding: Finding, buttons: Sequence[QPushButton]) -> None:
        super().__init__()
        self.finding, self.buttons = finding, buttons
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        mendable = finding.works or finding.needed or finding.fix or finding.remedies
        icon = self.style().standardIcon(SIGNS[finding.mark] if mendable else PLAIN)
        sign = QLabel()
        sign.setPixmap(icon.pixmap(side, side))
        self.heading = Words(f"{finding.part}: {WORDS[finding.mark]}", strong=True)
        self.says, self.fix = Words(finding.says), Words()
        self.setAccessibleName(self.heading.text())
        self.setAccessibleDescription(f"{finding.says} {finding.fix}".strip())
        grid = QGridLayout(self)
        grid.setColumnStretch(1, 1)
        grid.addWidget(sign, 0, 0, Qt.AlignmentFlag.AlignTop)
        for line, words in enumerate((self.heading, self.says, self.fix)):
            grid.addWidget(words, line, 1)
        self.fix.tell(finding.fix)  # once it has its place: else it were a window of its own
        row = Flow()
        grid.addLayout(row, 3, 1)
        for each in buttons:
            row.addWidget(each)
            each.setAccessibleName(f"{finding.part}: {each.text()}")


class DoctorWindow(Window):
    """Checks when it is opened, and again when it is asked to; closing it ends the check."""

    def __init__(self, examination: Examination, crash: Callable[[Exception], None]) -> None:
        super().__init__(_("Check of all parts"))
        self._examination = examination
        self._errands = Errands(self, crash)
        self._given_up: threading.Event | None = None  # of the check that is under way
        self.rows: list[Row] = []
        self.status, self.progress = Words(strong=True), QProgressBar()
        self.progress.setRange(0, 0)  # how long each part takes nobody knows
        self.progress.setAccessibleName(_("Progress of the check"))
        self.trouble = Trouble("doctor")
        self.again_button, self.stop_button = button(_("Check &again")), button(_("&Stop"))
        self.copy_button, self.log_button = button(_("Copy &report")), button(LOG.words)
        self.close_button = button(_("C&lose"))
        self.again_button.clicked.connect(self.check)
        self.stop_button.clicked.connect(self.stop)
        self.copy_button.clicked.connect(lambda: copy_text(self.report))
        self.log_button.clicked.connect(lambda: self.mend(LOG))
        self.close_button.clicked.connect(self.close)
        page = QWidget()
        self._list = QVBoxLayout(page)
        self._list.addStretch()
        self._area = scrolled(page)
        self._area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # arrow keys scroll it
        self._area.setAccessibleName(_("Parts and what was found"))
        column = QVBoxLayout(self)
        column.addWidget(self.status)
        column.addWidget(self.progress)
        column.addWidget(self.trouble)
        column.addWidget(self._area, 1)
        beside = (self.copy_button, self.log_button, self.close_button)
        column.addLayout(in_row(self.again_button, self.stop_button, *beside))
        roomy(self, 90, 36)

    @property
    def report(self) -> str:
        """What was found until now, as the command prints it."""
        return "\n".join(str(row.finding) for row in self.rows)

    def open(self) -> None:
        """Shows the window, and checks unless that is under way."""
        self.bring_up()
        if self._given_up is None:
            self.check()

    def mend(self, remedy: Remedy) -> None:
        """Does it; trying what needs a recording is a check of its own."""
        if remedy.deed == "probe":
            self.check(probe=True)
        else:
            super().mend(remedy)

    def check(self, *, probe: bool = False) -> None:
        """Looks at all parts anew."""
        self._end()
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = []
        self.trouble.tell(None)
        mine = self._given_up = threading.Event()
        self._show_busy()
        self.stop_button.setFocus()

        def look() -> None:
            complete = False
            try:
                with closing(self._examination.examine(probe=probe)) as findings:
                    for finding in findings:
                        if mine.is_set():
                            return
                        offer = self._examination.offer() if HOTKEY in finding.remedies else None
                        self._errands.post(partial(self._found, mine, finding, offer))
                complete = True
            finally:  # also where it crashes, which is told elsewhere
                self._errands.post(lambda: self._looked(mine, complete=complete))

        self._errands.run("doctor", look, lambda _none: None, self.trouble.tell, mine)

    def stop(self) -> None:
        """Ends the check; what was found stays."""
        if self._given_up:
            self._end()
            self.status.say(_("Stopped: not all parts were checked."))
            self.again_button.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Nobody waits for it any more."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.stop()

    def _end(self) -> None:
        if self._given_up:
            self._given_up.set()
        self._given_up = None
        self._show_busy()

    def _show_busy(self) -> None:
        busy = self._given_up is not None
        self.progress.setVisible(busy)
        self.stop_button.setVisible(busy)
        self.again_button.setVisible(not busy)
        if busy:
            self.status.tell(_("Checking. Parts so far: {count}").format(count=len(self.rows)))

    def _found(self, whose: threading.Event, finding: Finding, offer: Offer | None) -> None:
        if whose is self._given_up:
            row = Row(finding, self._buttons(finding, offer))
            self.rows.append(row)
            self._list.insertWidget(self._list.count() - 1, row)
            self._show_busy()

    def _looked(self, whose: threading.Event, *, complete: bool) -> None:
        if whose is not self._given_up:
            return
        stop_had_focus = self.stop_button.hasFocus()
        self._given_up = None  # not set: what it failed with is still to be told
        self._show_busy()
        self.status.say(self._summary() if complete else _("The check broke off."))
        if stop_had_focus:
            self.again_button.setFocus()

    def _summary(self) -> str:
        findings = [row.finding for row in self.rows]
        if healthy(findings):
            return _("Dictation can work here.")
        parts = ", ".join(f.part for f in findings if f.needed and not f.works)
        return _("Dictation can't work yet. What it needs: {parts}.").format(parts=parts)

    def _buttons(self, finding: Finding, offer: Offer | None) -> list[QPushButton]:
        made = []
        if offer:
            accept = button(offer.words)
            accept.clicked.connect(lambda: self._accept(offer))
            made.append(accept)
        for remedy in finding.remedies if self.mends else ():
            do = button(remedy.words)
            do.clicked.connect(partial(self._press, remedy))
            made.append(do)
        several = len(finding.fix.splitlines()) > 1  # are for the desktop, not for this program
        if finding.commands and (several or not made):
            copy = button(_("Copy for {part}").format(part=finding.part))
            copy.clicked.connect(lambda: copy_text(finding.commands))
            made.append(copy)
        return made

    def _press(self, remedy: Remedy, _on: bool = False) -> None:
        self.mend(remedy)

    def _accept(self, offer: Offer) -> None:
        def failed(error: DictationError) -> None:
            self.trouble.tell(error)

        self._errands.run("offer", offer.do, lambda _none: self.check(), failed)
