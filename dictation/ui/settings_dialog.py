"""The settings: a page for each group of the table, a line for each setting."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QGridLayout,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from dictation import settings
from dictation.errors import DictationError, SettingsError
from dictation.hotkeys.actions import SETTINGS as KEY_SETTINGS
from dictation.i18n import _
from dictation.keys import Offer
from dictation.settings_table import TRANSCRIPTION
from dictation.ui.binding_lines import BindingLines
from dictation.ui.errands import Errands
from dictation.ui.key_tools import KeyTools
from dictation.ui.labels import label_of, set_by, with_letter
from dictation.ui.pieces import Trouble, Words, button, roomy, scrolled
from dictation.ui.setting_line import Line
from dictation.ui.trial import Trials
from dictation.ui.window import Window

Offers = Mapping[str, Callable[[], list[str]]]
BUTTON = QDialogButtonBox.StandardButton


class SettingsDialog(Window):
    """Shows what is in force and saves what was changed; then `apply` takes the file up.

    `key` opens the window that sets up a key. `offers` gives, for a setting, the texts to choose
    from; they are fetched while the dialog is open already.
    """

    def __init__(
        self,
        path: Path,
        apply: Callable[[], None],
        *,
        key: Callable[[], None],
        offers: Offers,
        trials: Trials,
        crash: Callable[[Exception], None],
        flags: Mapping[str, str],
        environment: Mapping[str, str] = os.environ,
        untried: str = "",
    ) -> None:
        """`untried`: what is to be known of this system before its settings."""
        super().__init__(_("Settings"))
        self._path, self._apply, self._offers, self._trials = path, apply, offers, trials
        self._flags, self._environment = flags, environment
        self._errands = Errands(self, crash)
        self.pages = QTabWidget()
        self.pages.setAccessibleName(_("Pages of settings"))
        self.trouble, self.untried = Trouble("settings"), Words()
        self.buttons = QDialogButtonBox(BUTTON.Ok | BUTTON.Cancel | BUTTON.Apply)
        for kind, text in (
            (BUTTON.Ok, _("&OK")),
            (BUTTON.Cancel, _("&Cancel")),
            (BUTTON.Apply, _("&Apply")),
        ):
            self.buttons.button(kind).setText(text)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.close)
        self.buttons.button(BUTTON.Apply).clicked.connect(self.save)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Save), self, self.save)

        self.lines: dict[str, Line] = {}
        self.key_tools: dict[str, KeyTools] = {}
        self.binding = BindingLines(_("Copy"), crash, self._tell_backend)
        taken = {"o", "c", "a"}
        groups = dict.fromkeys(settings.row(name).group for name in settings.TABLE)
        titles = {group: with_letter(group, taken) for group in groups}
        for group, title in titles.items():
            self._add_page(group, title, set(taken), key)
        layout = QVBoxLayout(self)
        layout.addWidget(self.untried)
        self.untried.tell(untried)
        layout.addWidget(self.pages)
        layout.addWidget(self.trouble)
        layout.addWidget(self.buttons)
        roomy(self, 90, 36)

    def _add_page(self, group: str, title: str, taken: set[str], key: Callable[[], None]) -> None:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setColumnStretch(1, 1)
        if group == TRANSCRIPTION:
            text = with_letter(_("Key…"), taken)
            self.key_button = button(text)
            self.key_button.clicked.connect(lambda _on: key())
            what = Words(_("Sign in, or store a key for OpenRouter or for your own server."))
            self.key_button.setAccessibleDescription(what.text())
            grid.addWidget(self.key_button, 0, 0)
            grid.addWidget(what, 0, 1, 1, 2)
        for name in settings.TABLE:
            if settings.row(name).group == group:
                text = with_letter(label_of(name), taken)
                self.lines[name] = Line(name, text, grid, offers=name in self._offers)
                if name in KEY_SETTINGS:
                    self._add_key_tools(self.lines[name])
        grid.setRowStretch(grid.rowCount(), 1)
        self.pages.addTab(scrolled(page), title)

    def _add_key_tools(self, line: Line) -> None:
        def read() -> str:
            return str(line.field.value())

        tools = KeyTools(label_of(line.name), self._trials, read, line.field.show)
        line.add_below(tools)
        self.key_tools[line.name] = tools
        if line.name == KEY_SETTINGS[0]:
            tools.add(self.binding)

    def open_at(self, name: str) -> None:
        """Shows the dialog, at the setting of that name if there is one."""
        self.bring_up()
        if name in self.lines:
            self._show_line(self.lines[name])

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter is OK, as in any dialog."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """The usual keys work again."""
        super().hideEvent(event)
        if not event.spontaneous():
            for tools in self.key_tools.values():
                tools.leave()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """What is in force now, whatever was typed when the dialog was last left."""
        super().showEvent(event)
        if not event.spontaneous():
            self._read(lambda _line: True)
            for name, fetch in self._offers.items():
                self._fetch(self.lines[name], fetch)
            self._tell_backend()

    def applied(self) -> None:
        """The file or the settings in force are others now: shows them, but for what is edited."""
        if self.isVisible():
            self._read(lambda line: not line.edited)
            self._tell_backend()

    def accept(self) -> None:
        """OK: saves and closes, or shows what is wrong."""
        if self.save():
            self.close()

    def save(self) -> bool:
        """Saves what was changed; False, and nothing saved, where something is wrong."""
        wrong = [line for line in self.lines.values() if line.edited and not line.check()]
        if wrong:
            self._show_line(wrong[0])
            return False
        changes = {line.name: line.field.value() for line in self.lines.values() if line.edited}
        self.trouble.tell(None)
        if changes:
            try:
                settings.save(self._path, **changes)
            except SettingsError as error:
                self.trouble.tell(error)
                return False
            for name in changes:
                self.lines[name].keep()
            self._apply()
        return True

    def _show_line(self, line: Line) -> None:
        groups = list(dict.fromkeys(settings.row(name).group for name in settings.TABLE))
        self.pages.setCurrentIndex(groups.index(settings.row(line.name).group))
        line.widget.setFocus()

    def _read(self, wanted: Callable[[Line], bool]) -> None:
        chosen, _problems = settings.load(self._path, self._environment, self._flags)
        stored, unread = settings.read_file(self._path)
        self.trouble.tell(unread[0] if unread else None)
        for name, line in self.lines.items():
            if wanted(line):
                by = set_by(name, self._flags, self._environment)
                line.show(getattr(chosen, name), by)
                if name in stored and not by:
                    line.check_stored(stored[name])

    def _tell_backend(self) -> None:
        chosen, _problems = settings.load(self._path, self._environment, self._flags)

        def tell(
            served: Mapping[str, str], lines: tuple[str, ...] = (), offer: Offer | None = None
        ) -> None:
            for name, tools in self.key_tools.items():
                tools.usual = served[name]
                if not tools.try_out.trying:
                    tools.tell()
            self.binding.tell(lines, offer)

        def look() -> tuple[Mapping[str, str], tuple[str, ...], Offer | None]:
            backend, trials = chosen.hotkey_backend, self._trials
            served = trials.served_by(backend).items()
            words = {name: f"{its[:1].upper()}{its[1:]}." for name, its in served}
            return words, trials.lines(backend), trials.offer()

        def failed(error: DictationError) -> None:
            words = f"{error.title}: {error.message} {error.hint}".strip()
            tell(dict.fromkeys(self.key_tools, words))

        self._errands.run("backend", look, lambda found: tell(*found), failed)

    def _fetch(self, line: Line, fetch: Callable[[], list[str]]) -> None:
        def failed(error: DictationError) -> None:
            line.tell(f"{error.title}: {error.message}")

        self._errands.run(f"offers for {line.name}", fetch, line.field.offer, failed)
