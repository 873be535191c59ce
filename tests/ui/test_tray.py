"""The tray's icon: what it tells of a program that has no window."""

from __future__ import annotations

from dataclasses import fields
from functools import partial

from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from dictation.session import State
from dictation.ui.tray import Actions, Tray


def test_the_trouble_in_force_is_a_row_that_opens_it(qtbot: QtBot) -> None:
    asked: list[str] = []
    names = [entry.name for entry in fields(Actions)]
    tray = Tray(QSystemTrayIcon(), Actions(**{n: partial(asked.append, n) for n in names}))
    [row, *_others] = tray.menu.actions()
    assert not row.isVisible()
    tray.show(State(), "Key & lock")
    assert row.isVisible()
    assert row.text() == "&Trouble: Key && lock…"
    row.trigger()
    tray.show(State(), "")
    assert not row.isVisible()
    [check] = [each for each in tray.menu.actions() if each.text() == "Check all &parts…"]
    check.trigger()
    assert asked == ["trouble", "doctor"]


def test_a_microphone_that_stays_open_is_told_as_long_as_it_does(qtbot: QtBot) -> None:
    tray = Tray(QSystemTrayIcon(), Actions(*[lambda: None] * len(fields(Actions))))
    tray.show_kept("Desk")
    tray.show(State(), "")
    assert tray._tray.toolTip() == "Dictation\nMicrophone stays open: Desk"
    tray.show_kept("")
    tray.show(State(), "")
    assert tray._tray.toolTip() == "Dictation"
