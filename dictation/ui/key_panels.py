"""The four ways to have speech turned into text: what each wants to know, and what it does."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from dictation.first_run import Outcome, openrouter_base, use_basic, use_key, use_server
from dictation.i18n import _
from dictation.ui.pieces import button, in_row, label
from dictation.ui.setup import Setup
from dictation.values import Secret

if TYPE_CHECKING:
    from dictation.login import Login

Job = Callable[[], Outcome]
GivenUp = Callable[[], bool]


class Panel(QWidget):
    """One way. `job` reads the widgets, raises SettingsError, and gives what a thread is to do."""

    title = ""
    what = ""
    act = ""
    waiting = ""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup
        self.action = button(self.act)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.fill()
        self.column.addLayout(in_row(self.action))

    def fill(self) -> None:
        """Puts in what stands above the button."""

    def enter(self) -> None:
        """The page is shown."""

    def pending(self) -> bool:
        """Whether something was filled in that is not in use yet."""
        return False

    @abstractmethod
    def job(self, given_up: GivenUp) -> Job:
        """What the button does, on a thread of its own."""

    def give_up(self) -> None:
        """The user waits no longer."""

    def done(self, outcome: Outcome) -> None:
        """It worked."""

    def _secret_line(self) -> QLineEdit:
        line = QLineEdit()
        line.setEchoMode(QLineEdit.EchoMode.Password)
        line.returnPressed.connect(self.action.click)
        return line


class SignIn(Panel):
    """OpenRouter, by browser; `told` is handed the address to open, on the worker's thread."""

    title = _("Sign &in to OpenRouter with the browser")
    what = _("The best recognisers. You pay OpenRouter for what you dictate, and copy no key.")
    act = _("&Sign in…")
    waiting = _("Waiting for the browser: sign in there, and allow Dictation.")

    def __init__(self, setup: Setup, told: Callable[[str], None]) -> None:
        super().__init__(setup)
        self._told = told
        self._login: Login | None = None

    def job(self, given_up: GivenUp) -> Job:
        """Signs in, then tries and stores the key."""
        chosen = self.setup.settings()
        wiring, base = self.setup.wiring, openrouter_base(chosen)
        http = wiring.http(chosen)
        from dictation.login import Login

        login = self._login = Login(base, http, self._open)

        def sign_in() -> Outcome:
            wiring.keys.check()  # before the sign-in makes a key that could not be kept
            return use_key(chosen, login.run(), http, wiring.keys, given_up=given_up)

        return sign_in

    def give_up(self) -> None:
        """Stops listening for the browser."""
        if self._login:
            self._login.cancel()

    def _open(self, address: str) -> bool:
        self._told(address)
        self.setup.open_browser(address)
        return True  # where no browser opens, the address is shown


class PasteKey(Panel):
    """OpenRouter, by a key that the user has."""

    title = _("&Paste a key of OpenRouter")
    what = _("If you have one already, from openrouter.ai/settings/keys.")
    act = _("C&heck and store")
    waiting = _("Checking the key…")

    def fill(self) -> None:
        """The key."""
        self.key = self._secret_line()
        form = QFormLayout()
        form.addRow(label(_("&Key:"), self.key), self.key)
        self.column.addLayout(form)

    def enter(self) -> None:
        """A key that was typed and left is not shown again."""
        self.key.clear()

    def pending(self) -> bool:
        """Whether a key was typed."""
        return bool(self.key.text().strip())

    def job(self, given_up: GivenUp) -> Job:
        """Tries and stores the key."""
        chosen, wiring = self.setup.settings(), self.setup.wiring
        key, http = Secret(self.key.text().strip()), wiring.http(chosen)
        return lambda: use_key(chosen, key, http, wiring.keys, given_up=given_up)

    def done(self, outcome: Outcome) -> None:
        """The key is in the keyring and nowhere else."""
        self.key.clear()


class OwnServer(Panel):
    """Any server that speaks OpenAI's form."""

    title = _("Use your &own server")
    what = _("Any that speaks as OpenAI's does: Speaches, vLLM, whisper.cpp; OpenAI itself, too.")
    act = _("Check and &use")
    waiting = _("Asking the server…")

    def fill(self) -> None:
        """Address, key, and the models once the server has named them."""
        self.address = QLineEdit()
        self.address.setPlaceholderText("http://localhost:8000/v1")
        self.address.returnPressed.connect(self.action.click)
        self.key = self._secret_line()
        self.model = QComboBox()
        form = QFormLayout()
        form.addRow(label(_("A&ddress:"), self.address), self.address)
        form.addRow(label(_("&Key, if it wants one:"), self.key), self.key)
        self._model_label = label(_("&Model:"), self.model)
        form.addRow(self._model_label, self.model)
        self.column.addLayout(form)
        self._offer(())

    def enter(self) -> None:
        """The server in use."""
        chosen = self.setup.settings()
        self.address.setText(chosen.base_url if chosen.provider == "openai" else "")
        self.key.clear()

    def pending(self) -> bool:
        """Whether another server, or a key, was typed."""
        chosen = self.setup.settings()
        used = chosen.base_url if chosen.provider == "openai" else ""
        typed = self.address.text().strip().rstrip("/")
        return typed != used.rstrip("/") or bool(self.key.text().strip())

    def job(self, given_up: GivenUp) -> Job:
        """Asks the server for its models."""
        chosen, wiring = self.setup.settings(), self.setup.wiring
        typed, url, http = self.key.text().strip(), self.address.text(), wiring.http(chosen)
        key = Secret(typed) if typed else None
        return lambda: use_server(chosen, url, key, http, wiring.keys, given_up=given_up)

    def done(self, outcome: Outcome) -> None:
        """Offers the models."""
        self.key.clear()
        self._offer(outcome.models)

    def _offer(self, models: tuple[str, ...]) -> None:
        self.model.clear()
        self.model.addItem(_("The usual one"), "")
        for model in models:
            self.model.addItem(model, model)
        self.model.setCurrentIndex(max(0, self.model.findData(self.setup.settings().model)))
        self.model.setVisible(bool(models))
        self._model_label.setVisible(bool(models))


class Basic(Panel):
    """The recogniser on this computer."""

    title = _("&Try basic English")
    what = _("On this computer, free: lower case, no punctuation, about 30 % of words wrong.")
    act = _("&Use basic English")
    waiting = _("Looking…")

    def pending(self) -> bool:
        """Always: it costs nothing to say it again."""
        return True

    def job(self, given_up: GivenUp) -> Job:
        """Sees to it that `auto` finds it, or names it."""
        chosen, keys = self.setup.settings(), self.setup.wiring.keys
        return lambda: use_basic(chosen, keys)
