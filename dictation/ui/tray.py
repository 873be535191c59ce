"""The icon in the tray: its state, by shape as well as by colour, and its menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSystemTrayIcon

from dictation.i18n import _
from dictation.ui.badge import badged
from dictation.ui.icons import icon
from dictation.ui.rows import Menu
from dictation.ui.tray_menus import Choice, Text, Texts, escaped

if TYPE_CHECKING:
    from dictation.session import State

TITLES = {
    "idle": _("Dictation"),
    "recording": _("Dictation: recording"),
    "transcribing": _("Dictation: transcribing"),
    "delivering": _("Dictation: delivering"),
    "trouble": _("Dictation: trouble"),
}


@dataclass(frozen=True, slots=True)
class Actions:
    """What the menu's rows do."""

    toggle: Callable[[], object]
    cancel: Callable[[], object]
    profile: Callable[[str], object]  # starts a dictation with it
    copy: Callable[[str], object]  # a take's text
    paste: Callable[[str], object]
    fix: Callable[[], object]
    model: Callable[[str], object]  # is taken from now on
    use_microphone: Callable[[str], object]  # "" is the system's own
    look_for_microphones: Callable[[], object]
    models: Callable[[], object]
    send_waiting: Callable[[], object]
    send_interrupted: Callable[[], object]
    history: Callable[[], object]
    settings: Callable[[], object]
    spending: Callable[[], object]
    key: Callable[[], object]
    microphone: Callable[[], object]
    trouble: Callable[[], object]
    doctor: Callable[[], object]
    calibrate: Callable[[], object]
    quit: Callable[[], object]


class Tray:
    """Shows the state and offers what can be done; works without a tray, too (nothing shows).

    `shown` is the icon that is there since the start, and gets its menu here.
    """

    def __init__(self, shown: QSystemTrayIcon, actions: Actions) -> None:
        names = ("idle", "recording", "transcribing", "trouble")
        self._icons = {name: icon(name) for name in names}
        self._tray = shown
        self.menu = Menu()
        self._trouble = self._row("", actions.trouble)
        self._toggle = self._row(_("&Start dictation"), actions.toggle)
        self._profiles = Choice(self.menu.below(_("Start with pro&file")), actions.profile)
        self._cancel = self._row(_("C&ancel"), actions.cancel)
        self._texts = Texts(self.menu.below(_("&Last texts")), actions.copy, actions.paste)
        self._row(_("Put the last one &right…"), actions.fix)
        self._row(_("&History…"), actions.history)
        self._waiting = self._row("", actions.send_waiting)
        self._interrupted = self._row("", actions.send_interrupted)
        self.menu.addSeparator()
        self._models = Choice(self.menu.below(_("M&odel")), actions.model)
        self._models.row(_("&More models…"), actions.models)
        self._models.row(_("&Key…"), actions.key)
        self._microphones = Choice(self.menu.below(_("&Microphone")), actions.use_microphone)
        self._microphones.row(_("&Try microphones…"), actions.microphone)
        self._microphones.menu.aboutToShow.connect(actions.look_for_microphones)
        self.menu.addSeparator()
        self._row(_("S&ettings…"), actions.settings)
        self._row(_("S&pending…"), actions.spending)
        self._row(_("Cali&brate…"), actions.calibrate)
        self._row(_("Chec&k all parts…"), actions.doctor)
        self.menu.addSeparator()
        self._row(_("&Quit"), actions.quit)
        self.tell_profiles(())
        self.tell_microphones((), "")
        self._tray.setContextMenu(self.menu)
        self._tray.activated.connect(self._activated)
        self._tray.messageClicked.connect(actions.trouble)
        self._click = actions.toggle
        self._unsent = self._kept = ""
        self._shown, self._count = ("", 0), 0  # the icon, and the number on it
        self.show_unsent(0, 0)
        self._trouble.setVisible(False)
        self._tray.setToolTip(TITLES["idle"])
        self._cancel.setEnabled(False)

    def show(self, state: State, trouble: str) -> None:
        """The state, or the trouble where nothing is under way; `trouble` is its title."""
        name = "trouble" if trouble and state.name == "idle" else state.name
        shown = "transcribing" if name == "delivering" else name
        self._show_icon(shown)
        title = f"{TITLES[name]}: {trouble}" if name == "trouble" else TITLES[name]
        self._tray.setToolTip("\n".join(filter(None, [title, self._unsent, self._kept])))
        self._trouble.setText(_("&Trouble: {title}…").format(title=escaped(trouble)))
        self._trouble.setVisible(bool(trouble))
        recording = state.recording is not None
        self._toggle.setText(_("&Stop dictation") if recording else _("&Start dictation"))
        self._cancel.setEnabled(state.name != "idle")

    def _show_icon(self, name: str) -> None:
        wanted = (name, self._count)
        if wanted != self._shown:
            self._shown = wanted
            self._tray.setIcon(badged(self._icons[name], self._count))

    def show_unsent(self, waiting: int, interrupted: int) -> None:
        """How many takes wait for the network or a key, and how many a crash interrupted."""
        self._waiting.setText(_("Send &waiting dictations now: {0}").format(waiting))
        self._waiting.setVisible(waiting > 0)
        self._interrupted.setText(_("Transcribe &interrupted dictations: {0}").format(interrupted))
        self._interrupted.setVisible(interrupted > 0)
        self._count = waiting
        self._unsent = _("{0} waiting").format(waiting) if waiting else ""

    def show_kept(self, microphone: str) -> None:
        """Which microphone stays open between takes, "" for none."""
        kept = _("Microphone stays open: {name}").format(name=microphone)
        self._kept = kept if microphone else ""

    def tell_texts(self, texts: Sequence[Text]) -> None:
        """The last texts, the newest first."""
        self._texts.tell(texts)

    def tell_profiles(self, names: Sequence[str]) -> None:
        """The profiles that a dictation can be started with."""
        self._profiles.tell([(name, name) for name in names], None)
        self._profiles.menu.menuAction().setVisible(bool(names))

    def tell_provider(self, words: str) -> None:
        """Who transcribes, in the menu."""
        self._models.menu.setTitle(escaped(words))

    def tell_models(self, models: Sequence[str], chosen: str) -> None:
        """The models that can be taken; `chosen` is the user's own, "" the best that there is."""
        named = [(model, model) for model in models]
        if chosen and chosen not in models:
            named.append((chosen, chosen))
        self._models.tell([("", _("The best for dictation")), *named], chosen)

    def tell_microphone(self, name: str) -> None:
        """Which microphone was opened last, in the menu."""
        words = _("&Microphone: {name}").format(name=escaped(name))
        self._microphones.menu.setTitle(words)

    def tell_microphones(self, names: Sequence[str], chosen: str) -> None:
        """The microphones that are there; `chosen` is the wanted one, "" the system's own."""
        named = [(name, name) for name in names]
        if chosen and chosen not in names:
            named.append((chosen, _("{name} (not there)").format(name=chosen)))
        self._microphones.tell([("", _("The system's own")), *named], chosen)

    def message(self, title: str, body: str) -> None:
        """A balloon, where there is no notification service."""
        self._tray.showMessage(title, body, self._icons["idle"])

    def has_place(self) -> bool:
        """Whether the desktop shows the icon now; one that gets a tray later shows it then."""
        return self._tray.isSystemTrayAvailable()

    def hide(self) -> None:
        """Takes the icon away."""
        self._tray.hide()

    def _row(self, text: str, do: Callable[[], object]) -> QAction:
        action = self.menu.addAction(text)
        action.triggered.connect(lambda _checked=False: do())
        return action

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self._click()
