"""Calibration: a minute is read once, several models transcribe it, and the user picks one."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout

from dictation.calibration.keeping import Calibration, Shelf
from dictation.i18n import _
from dictation.session import State
from dictation.settings import Settings
from dictation.ui.calibrate_choose import ChoosePage
from dictation.ui.calibrate_lent import Lent
from dictation.ui.calibrate_read import ReadPage
from dictation.ui.calibrate_results import ResultsPage
from dictation.ui.pieces import Words, button, roomy, scrolled
from dictation.ui.window import Window

READ, CHOOSE, RESULTS = range(3)


class CalibrateWindow(Window):
    """Three steps: a recording and its words, whom to try, who hears best."""

    def __init__(self, lent: Lent) -> None:
        super().__init__(_("Calibrate"))
        self._lent = lent
        shelf = Shelf(lent.wiring.places)
        self._calibration: Calibration | None = None
        self._can_go_on = [False, False, True]
        self.heading = Words(strong=True, scale=1.3)
        self.close_button, self.back_button = button(_("Clos&e")), button(_("&Back"))
        self.next_button = button(_("&Go on"))
        self.stack = QStackedWidget()
        self.read_page = ReadPage(lent, shelf, lambda ready: self._told(READ, ready))
        self.choose_page = ChoosePage(lent, shelf, lambda ready: self._told(CHOOSE, ready))
        self.results_page = ResultsPage(lent, shelf, lambda over: self._told(RESULTS, over))
        for page in (self.read_page, self.choose_page, self.results_page):
            self.stack.addWidget(scrolled(page))
        self.close_button.clicked.connect(self.close)
        self.back_button.clicked.connect(lambda: self.go(self.stack.currentIndex() - 1))
        self.next_button.clicked.connect(self._next)
        buttons = QHBoxLayout()
        buttons.addWidget(self.close_button)
        buttons.addStretch()
        buttons.addWidget(self.back_button)
        buttons.addWidget(self.next_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.heading)
        layout.addWidget(self.stack, 1)
        layout.addLayout(buttons)
        roomy(self, 100, 42)

    def go(self, step: int) -> None:
        """To another step."""
        if self.stack.currentIndex() == READ and step != READ:
            self.read_page.leave()
        if step != RESULTS:
            self.results_page.give_up()
        self.stack.setCurrentIndex(step)
        pages = (self.read_page, self.choose_page, self.results_page)
        numbered = _("Step {number} of {count}: {title}")
        self.heading.setText(
            numbered.format(number=step + 1, count=len(pages), title=pages[step].title)
        )
        self.back_button.setEnabled(step > READ)
        self.next_button.setText((_("&Go on"), _("&Try them"), _("&Done"))[step])
        if step == READ:
            self.read_page.enter()
        elif step == CHOOSE and self._calibration:
            self.choose_page.enter(self._calibration, self._settings())
        self._told(step, self._can_go_on[step])
        pages[step].focus()

    def changed(self, state: State) -> None:
        """A dictation has the microphone for itself."""
        if state.recording is not None:
            self.read_page.interrupt()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """It begins at the first step."""
        super().showEvent(event)
        if not event.spontaneous():
            self.go(READ)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """A window that nobody sees holds no microphone, and asks nobody."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.read_page.leave()
            self.results_page.give_up()

    def _settings(self) -> Settings:
        """Those in force, in the recording's language."""
        chosen = self._lent.settings()
        language = self._calibration.language if self._calibration else ""
        return replace(chosen, language=language or chosen.language)

    def _told(self, step: int, ready: bool) -> None:
        self._can_go_on[step] = ready
        if step == self.stack.currentIndex():
            self.next_button.setEnabled(ready)

    def _next(self) -> None:
        step = self.stack.currentIndex()
        if step == READ:
            self.read_page.keep(self._kept)
        elif step == CHOOSE and self._calibration:
            chosen = self.choose_page.chosen()
            self.go(RESULTS)
            self.results_page.start(self._calibration, chosen, self._settings())
        else:
            self.close()

    def _kept(self, calibration: Calibration) -> None:
        self._calibration = calibration
        self.go(CHOOSE)
