"""One setting of the settings window: label, widget, what it is for, what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from dictation import settings
from dictation.errors import SettingsError
from dictation.finding import matches
from dictation.i18n import _
from dictation.settings import Value
from dictation.ui.choices import help_of, in_words
from dictation.ui.fields import field_for
from dictation.ui.labels import label_of
from dictation.ui.pieces import Words, button, call, easily_hit, label
from dictation.ui.synonyms import SYNONYMS


class Line(QWidget):
    """`take` is called with the line once a good value is meant as it stands, and is another."""

    def __init__(self, name: str, take: Callable[[Line], None], *, offers: bool = False) -> None:
        super().__init__()
        self.name, self._take = name, take
        self.field = field_for(name, offers=offers)
        self.widget = self.field.widget
        easily_hit(self.widget)
        self._kept: Value | None = None  # what the widget shows unedited; None: to be replaced
        self._shown = self._showing = False
        self._help = help_of(name)
        self._note, self._wrong = Words(self._help), Words(strong=True)
        self._label = None if isinstance(self.widget, QCheckBox) else label("", self.widget)
        self.reset = button(_("Default"))
        self.reset.setAccessibleName(_("Default for {name}").format(name=label_of(name)))
        usual = in_words(name, settings.default(name)) or _("nothing")
        self.reset.setToolTip(_("Back to: {value}").format(value=usual))
        self.reset.setAccessibleDescription(self.reset.toolTip())
        self.reset.clicked.connect(self._to_default)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self._lay_out()
        self.set_letter(label_of(name))
        call(self.widget, label_of(name))
        self.field.edited(self._edited)
        self.field.finished(self.commit)
        self.tell("")

    def _lay_out(self) -> None:
        self._row = QHBoxLayout()
        self._row.addWidget(self.widget, 1)
        about = QHBoxLayout()
        about.addWidget(self._note, 1)
        about.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, self.fontMetrics().lineSpacing() // 2)
        if self._label:
            self._column.addWidget(self._label)
        self._column.addLayout(self._row)
        self._column.addWidget(self._wrong)
        self._column.addLayout(about)

    def add_beside(self, widget: QWidget) -> None:
        """Puts more of it beside the widget."""
        self._row.insertWidget(1, widget)

    def add_below(self, tools: QWidget) -> None:
        """Puts more of it under the widget."""
        self._column.addWidget(tools)

    def set_letter(self, text: str) -> None:
        """The label, with `&` before the letter that leads to the widget."""
        if isinstance(self.widget, QCheckBox):
            self.widget.setText(text)
        elif self._label:
            self._label.setText(f"{text}:")

    def matches(self, typed: str, page: str) -> bool:
        """Whether what was typed is found in its texts, of which its page's title is one."""
        choices = (in_words(self.name, choice) for choice in settings.row(self.name).choices)
        texts = (label_of(self.name), self.name, self._help, settings.row(self.name).help)
        return matches(typed, (*texts, *choices, SYNONYMS.get(self.name, ""), page))

    @property
    def edited(self) -> bool:
        """Whether it holds another value than it was shown with."""
        if not self.widget.isEnabled():
            return False
        try:
            return self.field.value() != self._kept
        except SettingsError:
            return True

    @property
    def wrong(self) -> bool:
        """Whether it holds what is no value, since it has shown one."""
        return self._shown and value_or_none(self.field.value) is None

    def show_value(self, value: Value, set_by: str) -> None:
        """Shows the value in force; `set_by` names what beats the file, and so can't be edited."""
        self._showing = True
        self.field.show(value)
        self._showing, self._shown = False, True
        self.keep()
        beaten = _("Set by {name}, so it can't be changed here.").format(name=set_by)
        self._note.setText(f"{self._help} {beaten}" if set_by else self._help)
        self.widget.setEnabled(not set_by)
        self.check()
        self._edited()

    def put(self, value: Value) -> None:
        """Shows the value and takes it, as if it were typed."""
        self._showing = True
        self.field.show(value)
        self._showing = False
        self.commit()

    def keep(self) -> None:
        """What is shown is saved now."""
        self._kept = value_or_none(self.field.value)

    def commit(self) -> None:
        """Has the value taken where it is a good one, and another; else says what is wrong."""
        if not self._showing and self.check() and self.edited:
            self._take(self)

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
        self.put(settings.default(self.name))
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
