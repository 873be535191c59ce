"""Texts and lists show that they have the focus, which Qt's own style does not."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from dictation.ui.focus_ring import FocusRings, Ring


def corner(widget: QWidget) -> str:
    return widget.grab().toImage().pixelColor(1, widget.height() // 2).name()


def test_a_ring_goes_where_the_focus_goes_and_grows_with_what_it_is_around(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    line, first, second = QLineEdit(), QPlainTextEdit(), QPlainTextEdit()
    layout = QVBoxLayout(window)
    for widget in (line, first, second):
        layout.addWidget(widget)
    lit = window.palette().color(QPalette.ColorRole.Highlight).name()
    rings = FocusRings()
    with qtbot.waitActive(window):
        window.show()
    first.setFocus()
    assert (corner(first), corner(second)) == (lit, corner(second))
    second.setFocus()
    qtbot.waitUntil(lambda: not first.findChildren(Ring))
    assert corner(first) != lit == corner(second)
    second.resize(300, 200)
    assert second.findChild(Ring).size() == second.size()
    qtbot.mouseClick(second.viewport(), Qt.MouseButton.LeftButton)
    assert second.hasFocus()
    line.setFocus()
    assert corner(second) != lit
    second.setFocus()
    second.deleteLater()
    qtbot.waitUntil(lambda: layout.count() == 2)
    first.setFocus()
    assert corner(first) == lit
    del rings
