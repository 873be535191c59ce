"""The widget for each type of setting: what it shows, and the value that it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QWidget

from dictation import hotkeys, settings
from dictation.credentials import origin
from dictation.hotkeys.actions import SETTINGS as KEY_SETTINGS
from dictation.settings import Value
from dictation.ui.choices import in_words

Listener = Callable[[], object]
WIDE = 1e6
LEAST = 12  # characters of a choice that are seen in any case
SETTLED = 400  # ms after a step of a number: who holds the arrow down goes through many


@dataclass(frozen=True, slots=True)
class Field:
    """`value` raises SettingsError; `edited` is to be called with who wants to hear of changes.

    `finished` with who wants to hear that a value is meant as it stands.
    """

    widget: QWidget
    show: Callable[[Value], None]
    value: Callable[[], Value]
    edited: Callable[[Listener], None]
    finished: Callable[[Listener], None]
    offer: Callable[[Iterable[str]], None] = lambda _texts: None


def field_for(name: str, *, offers: bool = False) -> Field:
    """The widget that fits the setting; `offers` makes a text field one that lists texts, too."""
    wanted = settings.default(name)
    if isinstance(wanted, bool):
        return _check_box()
    if isinstance(wanted, float):
        return _spin_box(name)
    if settings.row(name).choices:
        return _choice(name)
    return _offering(name) if offers else _line(name)


def read(name: str, text: str) -> Value:
    """The value that the text stands for; SettingsError where it can't be one."""
    text = text.strip()
    if name in KEY_SETTINGS:
        keys = hotkeys.parse_all(text)
        if not keys and name == "hotkey":
            hotkeys.parse(text)  # says what may be written
        return hotkeys.written(keys)
    if text and name == "base_url":
        origin(text)
    return settings.parse(name, text)


def _check_box() -> Field:
    box = QCheckBox()

    def hear(listener: Listener) -> None:
        box.toggled.connect(lambda _on: listener())

    return Field(box, lambda value: box.setChecked(bool(value)), box.isChecked, hear, hear)


class _Number(QDoubleSpinBox):
    """Steps stay within the limits; what is typed may leave them, to be told what is wrong."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self._low, self._high = low, high
        self.setDecimals(2)
        self.setRange(-WIDE, WIDE)
        self.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.setKeyboardTracking(False)

    def stepBy(self, steps: int) -> None:  # noqa: N802 - Qt's name
        """By the arrows, the wheel and the keys."""
        super().stepBy(steps)
        self.setValue(min(max(self.value(), self._low), self._high))

    def textFromValue(self, value: float) -> str:  # noqa: N802 - Qt's name
        """Without noughts that say nothing."""
        return self.locale().toString(value, "g", 9)


def _spin_box(name: str) -> Field:
    limits = settings.row(name)
    low, high = limits.low or 0.0, WIDE if limits.high is None else limits.high
    box = _Number(low, high)
    _no_wheel(box)

    def show(value: Value) -> None:
        assert isinstance(value, float)
        box.setValue(value)

    def value() -> Value:
        box.interpretText()
        return settings.validate(name, box.value())

    def hear(listener: Listener) -> None:
        box.valueChanged.connect(lambda _value: listener())

    def hear_end(listener: Listener) -> None:
        box.editingFinished.connect(listener)
        settled = QTimer(box, singleShot=True, interval=SETTLED)
        settled.timeout.connect(listener)
        box.valueChanged.connect(lambda _value: settled.start())

    return Field(box, show, value, hear, hear_end)


def _choice(name: str) -> Field:
    box = QComboBox()
    for choice in settings.row(name).choices:
        box.addItem(in_words(name, choice), choice)
    # Where the window is too narrow for it, a choice is cut, and its tip has all of it.
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(LEAST)
    box.setToolTip(box.currentText())
    box.currentTextChanged.connect(box.setToolTip)
    _no_wheel(box)

    def show(value: Value) -> None:
        box.setCurrentIndex(box.findData(value))

    def value() -> Value:
        chosen: str = box.currentData()
        return chosen

    def hear(listener: Listener) -> None:
        box.currentIndexChanged.connect(lambda _at: listener())

    return Field(box, show, value, hear, hear)


def _line(name: str) -> Field:
    line = QLineEdit()
    return Field(
        line,
        lambda value: line.setText(in_words(name, value)),
        lambda: read(name, line.text()),
        lambda listener: _connect(line, listener),
        lambda listener: _connect_end(line, listener),
    )


def _offering(name: str) -> Field:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    _no_wheel(box)
    line = box.lineEdit()
    assert line is not None
    # A microphone's name may hold commas: whole, it is not taken apart.
    whole: dict[str, tuple[str, ...]] = {}
    several = isinstance(settings.default(name), tuple)

    def show(value: Value) -> None:
        if isinstance(value, tuple):
            whole[in_words(name, value)] = value
        box.setEditText(in_words(name, value))

    def value() -> Value:
        text = box.currentText().strip()
        return whole[text] if text in whole else read(name, text)

    def offer(texts: Iterable[str]) -> None:
        kept = box.currentText()
        texts = tuple(texts)
        if several:
            whole.update({text: (text,) for text in texts})
        box.clear()
        box.addItems(texts)
        box.setEditText(kept)

    def hear_end(listener: Listener) -> None:
        box.activated.connect(lambda _at: listener())
        _connect_end(line, listener)

    return Field(box, show, value, lambda listener: _connect(line, listener), hear_end, offer)


def _connect(line: QLineEdit, listener: Listener) -> None:
    line.textChanged.connect(lambda _text: listener())


def _connect_end(line: QLineEdit, listener: Listener) -> None:
    line.editingFinished.connect(listener)


class _WheelOnlyWithFocus(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        passing = event.type() == QEvent.Type.Wheel
        if passing and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def _no_wheel(widget: QWidget) -> None:
    """Turning the wheel scrolls the page, and changes no setting that happens to pass under it."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_WheelOnlyWithFocus(widget))
