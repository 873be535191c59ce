"""One line of the settings dialog: label, widget, what it is for, what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from dictation import settings
from dictation.errors import SettingsError
from dictation.i18n import _
from dictation.settings import Value
from dictation.ui.fields import field_for
from dictation.ui.labels import label_of
from dictation.ui.pieces import Words, button, label


class Line:
    """One setting, put into a grid; `show` and `check` keep the widget and the words together."""

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

        self._grid = grid
        at = self._at = grid.rowCount()
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

    def add_below(self, tools: QWidget) -> None:
        """Puts more of it under the widget."""
        self._grid.addWidget(tools, self._at + 3, 1, 1, 2)

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
