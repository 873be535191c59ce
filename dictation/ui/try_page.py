"""Step three: one dictation, into this very window."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from dictation import hotkeys
from dictation.errors import DictationError, HotkeyError, HotkeyTaken, SettingsError
from dictation.hotkeys import none, portal
from dictation.hotkeys.actions import SETTINGS
from dictation.i18n import _
from dictation.keys import Offer
from dictation.program import program
from dictation.session import State
from dictation.settings import Settings
from dictation.takes import Take
from dictation.ui.binding_lines import BindingLines
from dictation.ui.errands import Errands
from dictation.ui.pieces import Trouble, Words, button, in_row, label, lines_high
from dictation.ui.setup import Setup
from dictation.ui.trial import Trial

HOTKEY = SETTINGS[0]


class TryPage(QWidget):
    """A text to dictate into, the state, and what to do where the hotkey does not work."""

    title = _("Try it")

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self._setup = setup
        self._errands = Errands(self, setup.crash)
        self._hotkey = setup.settings().hotkey
        self.how = Words()
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.toggle_button = button(_("&Start"))
        self.toggle_button.clicked.connect(self._toggle)
        self.status, self.trouble = Words(strong=True), Trouble()
        self.hotkey_trouble, self.output_trouble = Trouble(), Trouble()
        self.asks = Words()
        self.allow_button = button(_("Allow &pasting"))
        self.allow_button.clicked.connect(self._allow)
        self._copies = False  # what is dictated waits on the clipboard
        self._failure: tuple[str, DictationError] | None = None  # of which hotkey
        lines_high(self.text, 6)
        self.checked = Words(strong=True)
        self.check_button = Trial(
            _("C&heck"), setup.trials, lambda: self._hotkey, self.checked.tell
        )
        self.check_button.setAccessibleName(_("Check that the hotkey arrives"))
        self.binding = BindingLines(_("&Copy"), setup.crash, self._done, self.check_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.how)
        layout.addWidget(label(_("&What you dictate:"), self.text))
        layout.addWidget(self.text)
        layout.addLayout(in_row(self.toggle_button))
        layout.addWidget(self.status)
        layout.addWidget(self.trouble)
        layout.addWidget(self.output_trouble)
        layout.addWidget(self.asks)
        layout.addLayout(in_row(self.allow_button))
        layout.addWidget(self.hotkey_trouble)
        layout.addWidget(self.binding)
        layout.addWidget(self.checked)
        layout.addStretch(1)  # takes all the room that is left

    def enter(self) -> None:
        """The page is shown."""
        self.trouble.tell(None)
        self.status.say("")
        chosen = self._setup.settings()
        self._hotkey = chosen.hotkey
        self._look(chosen)
        failure = self._known_failure()
        self._show(failure)
        if failure is None:
            self._errands.run(
                "hotkey",
                lambda: hotkeys.choose(self._setup.desktop, chosen.hotkey_backend),
                self._found,
                self.hotkey_failed,
            )

    def _known_failure(self) -> DictationError | None:
        return self._failure[1] if self._failure and self._failure[0] == self._hotkey else None

    def leave(self) -> None:
        """The page is not shown any more."""
        self.check_button.stop()

    def focus(self) -> None:
        """The keyboard goes to where the text will come."""
        self.text.setFocus()

    def changed(self, state: State) -> None:
        """The state of the dictation."""
        recording = state.recording is not None
        self.toggle_button.setText(_("&Stop") if recording else _("&Start"))
        words = {
            "recording": _("Recording: speak, then stop."),
            "transcribing": _("Turning it into text…"),
            "delivering": _("Writing it…"),
        }
        if state.name != "idle":
            self.trouble.tell(None)
            self.status.say(words[state.name])

    def ended(self, take: Take, error: DictationError | None) -> None:
        """A dictation is over."""
        self.trouble.tell(error, take)
        worked = _("That worked. From now on, dictate wherever you write.")
        if self._copies:
            worked = _("It is on the clipboard: paste it here, and wherever you write.")
        self.status.say(worked if take.status == "delivered" and error is None else "")

    def hotkey_failed(self, error: DictationError) -> None:
        """The hotkey in force does not work, for this reason."""
        self._hotkey = self._setup.settings().hotkey
        self._failure = self._hotkey, error
        self._show(error)

    def _look(self, chosen: Settings) -> None:
        def look() -> tuple[DictationError | None, bool]:
            return self._setup.shortcoming(chosen), self._setup.asks(chosen)

        self.allow_button.hide()
        self._errands.run("output", look, self._output_found, self.trouble.tell)

    def _output_found(self, found: tuple[DictationError | None, bool]) -> None:
        shortcoming, asks = found
        self._copies = shortcoming is not None
        self.output_trouble.tell(shortcoming)
        words = _(
            "Your desktop will ask you to let Dictation press keys, which is how it pastes. "
            "Nothing of the screen is shared."
        )
        self.asks.say(words if asks else "")
        self.allow_button.setVisible(asks)

    def _allow(self) -> None:
        self.allow_button.setEnabled(False)

        def done(error: DictationError | None = None) -> None:
            self.allow_button.setEnabled(True)
            self.trouble.tell(error)
            self._look(self._setup.settings())

        self._errands.run("allow", self._setup.allow, lambda _none: done(), done)

    def _done(self) -> None:
        """What failed may work by now."""
        self._failure = None
        self.enter()

    def _found(self, backend: hotkeys.Backend) -> None:
        if backend.NAME == portal.NAME:
            self._errands.run("served", self._served, self._tell_served, self.trouble.tell)
        if backend.NAME == none.NAME:
            unheard = none.unheard(self._setup.desktop, self._actions())
            self._show(
                HotkeyError(
                    unheard.message,
                    hint=_("Have the desktop bind it, as shown below; Start and Stop work anyway."),
                )
            )

    def _served(self) -> tuple[str, tuple[str, ...]]:
        """Which key the desktop has, and the lines that it may need to have one."""
        wanted, trials = self._setup.settings().hotkey_backend, self._setup.trials
        words = trials.served_by(wanted)[HOTKEY]
        return f"{words[:1].upper()}{words[1:]}.", trials.lines(wanted)

    def _tell_served(self, found: tuple[str, tuple[str, ...]]) -> None:
        if not self._known_failure():  # which came meanwhile
            self.checked.say(found[0])
            self.binding.tell(found[1])

    def _show(self, failure: DictationError | None) -> None:
        self.hotkey_trouble.tell(failure)
        if failure is None and self._setup.settings().hotkey_mode == "hold":
            how = _("Click into the field, hold {hotkey} while you speak.")
            hint = _("Click here, hold {hotkey} while you speak.")
        elif failure is None:
            how = _("Click into the field, press {hotkey}, speak, press it again.")
            hint = _("Click here, press {hotkey}, speak, press it again.")
        else:
            how = hint = _("Press Start, speak, press Stop.")
        self.how.tell(how.format(hotkey=self._hotkey))
        self.text.setPlaceholderText(hint.format(hotkey=self._hotkey))
        self.text.viewport().update()  # Qt leaves the old one standing
        # A key that another program has is no better in the desktop's hands.
        elsewhere = failure is not None and self._setup.desktop.system == "linux"
        bindable = elsewhere and not isinstance(failure, HotkeyTaken | SettingsError)
        self.binding.tell(self._lines() if bindable else ())
        if bindable:
            self._errands.run("offer", self._setup.trials.offer, self._offered, self.trouble.tell)

    def _offered(self, offer: Offer | None) -> None:
        self.binding.tell(self._lines(), offer)

    def _lines(self) -> tuple[str, ...]:
        return none.lines(self._setup.desktop, self._actions(), program())

    def _actions(self) -> list[hotkeys.Action]:
        return hotkeys.actions(self._setup.settings())

    def _toggle(self) -> None:
        # The text is pasted where the cursor is, and that must not be the button.
        self.text.setFocus()
        self._setup.toggle()
