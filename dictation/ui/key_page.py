"""Step one: who turns speech into text."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from dictation.errors import DictationError, SettingsError
from dictation.first_run import Outcome
from dictation.i18n import _
from dictation.ui.errands import Errands
from dictation.ui.key_panels import Basic, OwnServer, Panel, PasteKey, SignIn
from dictation.ui.labels import set_by
from dictation.ui.pieces import Trouble, Words, button, easily_hit, in_row
from dictation.ui.setup import Setup


class KeyPage(QWidget):
    """Four choices, one of them unfolded; `ready` is called when one has been put in force."""

    title = _("Who turns speech into text?")

    def __init__(self, setup: Setup, ready: Callable[[], None]) -> None:
        super().__init__()
        self._setup, self._ready = setup, ready
        self._errands = Errands(self, setup.crash)
        self._given_up = threading.Event()
        self._busy: Panel | None = None
        self.in_use = Words()
        self.status, self.trouble = Words(strong=True), Trouble("key", "settings")
        self.cancel_button = button(_("C&ancel"))
        self.cancel_button.clicked.connect(self._cancel)
        self._build_address()

        self.sign_in = SignIn(
            setup, lambda address: self._errands.post(lambda: self._show(address))
        )
        self.paste, self.server, self.basic = PasteKey(setup), OwnServer(setup), Basic(setup)
        self.panels: list[Panel] = [self.sign_in, self.paste, self.server, self.basic]
        self.server.model.activated.connect(self._use_model)
        self.choices: list[QRadioButton] = []
        self._group = QButtonGroup(self)
        self._under: list[QVBoxLayout] = []
        layout = QVBoxLayout(self)
        layout.addWidget(self.in_use)
        for panel in self.panels:
            self._add(panel, layout)
        layout.addStretch()
        self._build_news()
        self._rest("")

    def _build_news(self) -> None:
        """What became of a choice; it stands under the one that it is about."""
        self._news = QWidget()
        column = QVBoxLayout(self._news)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.status)
        column.addWidget(self._address)
        column.addLayout(in_row(self.cancel_button))
        column.addWidget(self.trouble)
        self._under[0].addWidget(self._news)

    def _build_address(self) -> None:
        self.address = QLineEdit(readOnly=True)
        self.address.setAccessibleName(_("Address of the sign-in page"))
        self.copy_button = button(_("&Copy"))
        self.copy_button.setAccessibleName(_("Copy the address"))
        self.copy_button.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(self.address.text())
        )
        self._address = QWidget()
        column = QVBoxLayout(self._address)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(Words(_("If no page opens, open this address in a browser:")))
        column.addLayout(in_row(self.address, self.copy_button))

    def _add(self, panel: Panel, column: QVBoxLayout) -> None:
        choice, what = QRadioButton(panel.title), Words(panel.what)
        choice.setAccessibleName(panel.title.replace("&", ""))
        choice.setAccessibleDescription(panel.what)
        easily_hit(choice)
        choice.toggled.connect(lambda on: self._unfold(panel, on))
        panel.action.clicked.connect(lambda: self.do(panel, self._ready))
        panel.hide()
        self.choices.append(choice)
        self._group.addButton(choice)
        under = QVBoxLayout()
        indent = choice.sizeHint().height()
        under.setContentsMargins(indent, 0, 0, 0)
        under.addWidget(what)
        under.addWidget(panel)
        column.addWidget(choice)
        column.addLayout(under)
        self._under.append(under)

    def _unfold(self, panel: Panel, on: bool) -> None:
        panel.setVisible(on)
        if on and self._busy is None:
            self._rest("")

    def enter(self) -> None:
        """The page is shown: what is in force, and nothing of what was typed before."""
        for panel in self.panels:
            panel.enter()
        chosen = {"openai": self.server, "offline": self.basic}
        panel = chosen.get(self._setup.settings().provider, self.sign_in)
        self.choices[self.panels.index(panel)].setChecked(True)
        self._rest("")
        self._look()

    def leave(self) -> None:
        """The page is not shown any more."""
        self._cancel()
        self.paste.key.clear()
        self.server.key.clear()

    def finish(self, then: Callable[[], None]) -> None:
        """Puts in force what was filled in but not confirmed, then goes on."""
        panel = self.panels[self.choices.index(self._chosen())]
        if self._busy is None and panel.pending():
            self.do(panel, then)
        elif self._busy is None:
            then()

    def focus(self) -> None:
        """The keyboard goes to the choice."""
        self._chosen().setFocus()

    def do(self, panel: Panel, then: Callable[[], None]) -> None:
        """Tries the choice on a thread of its own; where it works, puts it in force."""
        given_up = self._given_up = threading.Event()

        def done(outcome: Outcome) -> None:
            self._rest(outcome.words)
            try:
                self._setup.change(outcome.changes)
            except SettingsError as error:
                failed(error)
                return
            panel.done(outcome)
            self._look()
            then()

        def failed(error: DictationError) -> None:
            self._rest("")
            self._news.show()
            self.trouble.tell(error)
            panel.action.setFocus()

        self._under[self.panels.index(panel)].addWidget(self._news)
        try:
            job = panel.job(given_up.is_set)
        except DictationError as error:
            failed(error)
            return
        self._busy = panel
        self._enable(False)
        self._news.show()
        self.status.say(panel.waiting)
        self.trouble.tell(None)
        self.cancel_button.show()
        self.cancel_button.setFocus()
        self._errands.run("first start", job, done, failed, given_up)

    def _use_model(self) -> None:
        try:
            self._setup.change({"model": self.server.model.currentData() or None})
        except SettingsError as error:
            self._news.show()
            self.trouble.tell(error)

    def _chosen(self) -> QRadioButton:
        return next(choice for choice in self.choices if choice.isChecked())

    def _cancel(self) -> None:
        if self._busy is None:
            return
        panel = self._busy
        self._given_up.set()
        panel.give_up()
        self._rest(_("Given up."))
        panel.action.setFocus()

    def _rest(self, words: str) -> None:
        self._busy = None
        self._enable(True)
        self.status.say(words)
        self._news.setVisible(bool(words))
        self.trouble.tell(None)
        self._address.hide()
        self.cancel_button.hide()

    def _enable(self, on: bool) -> None:
        for widget in (*self.choices, *self.panels):
            widget.setEnabled(on)

    def _show(self, address: str) -> None:
        if self._busy is self.sign_in:
            self.address.setText(address)
            self.address.setCursorPosition(0)
            self._address.show()

    def _look(self) -> None:
        chosen = self._setup.settings()
        by = set_by("provider", self._setup.flags, self._setup.environment)
        beaten = _("It is set by {name}, which beats what is chosen here.").format(name=by)
        more = f" {beaten}" if by else ""

        def told(words: str) -> None:
            self.in_use.tell(_("In use now: {provider}.").format(provider=words) + more)

        self._errands.run(
            "provider",
            lambda: self._setup.wiring.provider_in_words(chosen),
            told,
            lambda error: self.in_use.tell(f"{error.title}: {error.message}{more}"),
        )
