"""The tray's icon: what it tells of a program that has no window."""

from __future__ import annotations

from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from dictation.session import State
from dictation.ui.tray import Actions, Tray


def test_a_microphone_that_stays_open_is_told_as_long_as_it_does(qtbot: QtBot) -> None:
    tray = Tray(QSystemTrayIcon(), Actions(*[lambda: None] * 10))
    tray.show_kept("Desk")
    tray.show(State(), "")
    assert tray._tray.toolTip() == "Dictation\nMicrophone stays open: Desk"
    tray.show_kept("")
    tray.show(State(), "")
    assert tray._tray.toolTip() == "Dictation"
