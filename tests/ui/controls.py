"""What every window owes those who use it without a mouse or without seeing it."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QScrollBar,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

CONTROLS = (QAbstractButton, QComboBox, QDoubleSpinBox, QLineEdit, QPlainTextEdit, QProgressBar)


def shown(window: QWidget) -> list[QWidget]:
    """The controls that can be seen, without what they are made of."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, CONTROLS) and widget.isVisible()
        if not isinstance(widget.parent(), (*CONTROLS, QTabBar, QScrollBar))
    ]


def name(control: QWidget) -> str:
    """What a screen reader calls the control."""
    text = control.text() if isinstance(control, QAbstractButton) else ""
    return control.accessibleName() or text.replace("&", "")


def letters(window: QWidget) -> Counter[str]:
    """How often each letter leads somewhere with Alt."""
    texts = [
        widget.text()
        for widget in window.findChildren(QWidget)
        if isinstance(widget, QAbstractButton | QLabel) and widget.isVisible()
    ]
    for bar in window.findChildren(QTabBar):
        texts += [bar.tabText(at) for at in range(bar.count())]
    return Counter(text[text.index("&") + 1].casefold() for text in texts if "&" in text)


def press(qtbot: QtBot, key: Qt.Key, *held: Qt.KeyboardModifier) -> None:
    """Presses a key on whatever has the focus."""
    modifiers = Qt.KeyboardModifier.NoModifier
    for modifier in held:
        modifiers |= modifier
    focus = QApplication.focusWidget() or QApplication.activeWindow()
    assert focus is not None
    qtbot.keyClick(focus, key, modifiers)


def write(qtbot: QtBot, text: str) -> None:
    """Types on whatever has the focus, in place of what is there."""
    press(qtbot, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    focus = QApplication.focusWidget()
    assert focus is not None
    qtbot.keyClicks(focus, text)
