"""The first start: three steps, any of which can be left out; opened again from the menu."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtGui import QCloseEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout

from dictation import first_run
from dictation.desktop_names import untried
from dictation.errors import DictationError
from dictation.i18n import _
from dictation.session import State
from dictation.takes import Take
from dictation.ui.key_page import KeyPage
from dictation.ui.microphone_page import MicrophonePage
from dictation.ui.pieces import Words, button, roomy, scrolled
from dictation.ui.setup import Setup
from dictation.ui.try_page import TryPage
from dictation.ui.window import Window


class Page(Protocol):
    """One step."""

    title: str

    def enter(self) -> None: ...
    def leave(self) -> None: ...
    def focus(self) -> None: ...


class FirstStart(Window):
    """Who transcribes, the microphone, one dictation."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(_("Welcome to Dictation"))
        self._setup = setup
        self.heading, self.untried = Words(strong=True, scale=1.3), Words()
        self.back_button, self.next_button = button(_("&Back")), button(_("&Next"))
        self.close_button = button(_("C&lose"))
        self.key_page = KeyPage(setup, self.next_button.setFocus)
        self.microphone_page, self.try_page = MicrophonePage(setup), TryPage(setup)
        self._pages: list[Page] = [self.key_page, self.microphone_page, self.try_page]
        self._entered: Page | None = None
        self.stack = QStackedWidget()
        for page in (self.key_page, self.microphone_page, self.try_page):
            self.stack.addWidget(scrolled(page))

        self.back_button.clicked.connect(lambda: self.go(self.stack.currentIndex() - 1))
        self.next_button.clicked.connect(self._next)
        self.close_button.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(self.close_button)
        buttons.addStretch()
        buttons.addWidget(self.back_button)
        buttons.addWidget(self.next_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.heading)
        layout.addWidget(self.untried)
        self.untried.tell(untried(setup.desktop))
        layout.addWidget(self.stack, 1)
        layout.addLayout(buttons)
        roomy(self, 80, 32)

    def open(self, step: int = 0) -> None:
        """Shows the window at a step, 0 to 2."""
        self.stack.setCurrentIndex(step)
        if self.isVisible():
            self.go(step)
        self.bring_up()

    def go(self, step: int) -> None:
        """To another step."""
        if self._entered:
            self._entered.leave()
        self.stack.setCurrentIndex(step)
        page = self._entered = self._pages[step]
        last = step == len(self._pages) - 1
        numbered = _("Step {number} of {count}: {title}")
        self.heading.setText(
            numbered.format(number=step + 1, count=len(self._pages), title=page.title)
        )
        self.back_button.setEnabled(step > 0)
        self.next_button.setText(_("&Done") if last else _("&Next"))
        page.enter()
        page.focus()

    def changed(self, state: State) -> None:
        """The state is another one."""
        self.microphone_page.changed(state)
        self.try_page.changed(state)

    def ended(self, take: Take, error: DictationError | None) -> None:
        """A dictation is over."""
        self.try_page.ended(take, error)

    def hotkey_failed(self, error: DictationError) -> None:
        """The hotkey could not be taken, or does not work any more."""
        self.try_page.hotkey_failed(error)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """The page starts when it is seen."""
        super().showEvent(event)
        if not event.spontaneous():
            self.go(self.stack.currentIndex())

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """A window that nobody sees holds no microphone."""
        super().hideEvent(event)
        if not event.spontaneous() and self._entered:
            self._entered.leave()
            self._entered = None

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Left, at whichever step: it does not open by itself again."""
        super().closeEvent(event)
        first_run.note_seen(self._setup.wiring.places)

    def _next(self) -> None:
        step = self.stack.currentIndex()
        if step == 0:
            self.key_page.finish(lambda: self.go(1))
        elif step < len(self._pages) - 1:
            self.go(step + 1)
        else:
            self.close()
