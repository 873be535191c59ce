"""The settings: a page for each group of the table, a line for each setting."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from dictation import settings
from dictation.errors import DictationError, SettingsError
from dictation.i18n import _
from dictation.settings import Value
from dictation.ui.errands import Errands
from dictation.ui.fields import field_for
from dictation.ui.labels import label_of, set_by, with_letter
from dictation.ui.pieces import Trouble, Words, button, label, roomy, scrolled

Offers = Mapping[str, Callable[[], list[str]]]
BUTTON = QDialogButtonBox.StandardButton


class SettingsDialog(QDialog):
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
        crash: Callable[[Exception], None],
        flags: Mapping[str, str],
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        super().__init__()
        self.setWindowTitle(_("Settings"))
        self._path, self._apply, self._offers = path, apply, offers
        self._flags, self._environment = flags, environment
        self._errands = Errands(self, crash)
        self.pages = QTabWidget()
        self.pages.setAccessibleName(_("Pages of settings"))
        self.trouble = Trouble()
        self.buttons = QDialogButtonBox(BUTTON.Ok | BUTTON.Cancel | BUTTON.Apply)
        for kind, text in (
            (BUTTON.Ok, _("&OK")),
            (BUTTON.Cancel, _("&Cancel")),
            (BUTTON.Apply, _("&Apply")),
        ):
            self.buttons.button(kind).setText(text)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.buttons.button(BUTTON.Apply).clicked.connect(self.save)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Save), self, self.save)

        self.lines: dict[str, Line] = {}
        taken = {"o", "c", "a"}
        groups = dict.fromkeys(settings.row(name).group for name in settings.TABLE)
        titles = {group: with_letter(group, taken) for group in groups}
        for group, title in titles.items():
            self._add_page(group, title, set(taken), key)
        layout = QVBoxLayout(self)
        layout.addWidget(self.pages)
        layout.addWidget(self.trouble)
        layout.addWidget(self.buttons)
        roomy(self, 90, 36)

    def _add_page(self, group: str, title: str, taken: set[str], key: Callable[[], None]) -> None:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setColumnStretch(1, 1)
        if group == settings.TRANSCRIPTION:
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
        grid.setRowStretch(grid.rowCount(), 1)
        self.pages.addTab(scrolled(page), title)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """What is in force now, whatever was typed when the dialog was last left."""
        super().showEvent(event)
        if not event.spontaneous():
            self._read(lambda _line: True)
            for name, fetch in self._offers.items():
                self._fetch(self.lines[name], fetch)

    def refresh(self) -> None:
        """The file or the settings in force are others now: shows them, but for what is edited."""
        if self.isVisible():
            self._read(lambda line: not line.edited)

    def accept(self) -> None:
        """OK: saves and closes, or shows what is wrong."""
        if self.save():
            super().accept()

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
            except OSError as error:
                what = _("{path} can't be written: {why}.")
                why = what.format(path=self._path, why=error.strerror)
                self.trouble.tell(SettingsError(why, hint="", title=_("Not saved")))
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
        self.trouble.tell(None)
        try:
            stored = settings.read_file(self._path)
        except SettingsError as error:
            self.trouble.tell(error)
            stored = {}
        for name, line in self.lines.items():
            if wanted(line):
                by = set_by(name, self._flags, self._environment)
                line.show(getattr(chosen, name), by)
                if name in stored and not by:
                    line.check_stored(stored[name])

    def _fetch(self, line: Line, fetch: Callable[[], list[str]]) -> None:
        def failed(error: DictationError) -> None:
            line.tell(f"{error.title}: {error.message}")

        self._errands.run(f"offers for {line.name}", fetch, line.field.offer, failed)


class Line:
    """One setting: its label, its widget, what it is for, what is wrong with it."""

    def __init__(self, name: str, text: str, grid: QGridLayout, *, offers: bool) -> None:
        self.name = name
        self.field = field_for(name, offers=offers)
        self.widget = self.field.widget
        self._kept: Value | None = None  # what the widget shows unedited; None: to be replaced
        self._help = settings.row(name).help
        self._note, self._wrong = Words(self._help), Words(strong=True)
        self.reset = button(_("Default"))
        self.reset.setAccessibleName(_("Default for {name}").format(name=label_of(name)))
        self.reset.clicked.connect(self._to_default)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)

        at = grid.rowCount()
        if isinstance(self.widget, QCheckBox):
            self.widget.setText(text)
        else:
            grid.addWidget(label(f"{text}:", self.widget), at, 0)
        self.widget.setAccessibleName(label_of(name))
        grid.addWidget(self.widget, at, 1)
        grid.addWidget(self.reset, at, 2)
        grid.addWidget(self._note, at + 1, 1, 1, 2)
        grid.addWidget(self._wrong, at + 2, 1, 1, 2)
        self.field.edited(self._edited)
        self.field.finished(self.check)
        self.tell("")

    @property
    def edited(self) -> bool:
        """Whether it holds another value than it was shown with."""
        if not self.widget.isEnabled():
            return False
        try:
            return self.field.value() != self._kept
        except SettingsError:
            return True

    def show(self, value: Value, set_by: str) -> None:
        """Shows the value in force; `set_by` names what beats the file, and so can't be edited."""
        self.field.show(value)
        self.keep()
        beaten = _("Set by {name}, so it can't be changed here.").format(name=set_by)
        self._note.setText(f"{self._help} {beaten}" if set_by else self._help)
        self.widget.setEnabled(not set_by)
        self.check()
        self._edited()

    def keep(self) -> None:
        """What is shown is saved now."""
        self._kept = value_or_none(self.field.value)

    def check(self) -> bool:
        """Whether the value is one; says beside it what is wrong."""
        try:
            self.field.value()
        except SettingsError as error:
            # What the hint of all settings says stands beside each of them here.
            more = "" if error.hint == SettingsError.hint else error.hint
            self.tell(f"{error.message} {more}".strip())
            return False
        self.tell("")
        return True

    def check_stored(self, value: object) -> None:
        """Tells where the file holds what is none; saving puts what is shown in its place."""
        try:
            settings.validate(self.name, value)
        except SettingsError as error:
            self.tell(_("In the file: {problem}").format(problem=error.message))
            self._kept = None

    def tell(self, problem: str) -> None:
        """Shows the problem under the widget, and to who can't see it."""
        self._wrong.tell(f"⚠ {problem}" if problem else "")
        self.widget.setAccessibleDescription(f"{problem} {self._note.text()}".strip())

    def _to_default(self) -> None:
        self.field.show(settings.default(self.name))
        self.check()
        self.widget.setFocus()

    def _edited(self) -> None:
        away = value_or_none(self.field.value) != settings.default(self.name)
        self.reset.setVisible(away and self.widget.isEnabled())


def value_or_none(value: Callable[[], Value]) -> Value | None:
    """The value, None where it is none."""
    try:
        return value()
    except SettingsError:
        return None
