"""The tray's icon: what it tells of a program that has no window."""

from __future__ import annotations

import itertools
from dataclasses import fields
from functools import partial

import pytest
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from dictation.session import State
from dictation.ui.icons import SIZES, badged, icon
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


def test_takes_that_wait_are_seen_on_the_icon_and_gone_from_it_once_sent(qtbot: QtBot) -> None:
    shown = QSystemTrayIcon()
    tray = Tray(shown, Actions(*[lambda: None] * len(fields(Actions))))
    tray.show(State(), "")
    plain = picture(shown.icon(), 24)
    tray.show_unsent(2, 0)
    tray.show(State(), "")
    assert picture(shown.icon(), 24) != plain
    assert "2 waiting" in shown.toolTip()
    tray.show_unsent(0, 0)
    tray.show(State(), "")
    assert picture(shown.icon(), 24) == plain


@pytest.mark.parametrize("size", SIZES)
def test_states_and_badges_differ_without_colour(qtbot: QtBot, size: int) -> None:
    names = ("idle", "recording", "transcribing", "trouble")
    grey = [
        picture(badged(icon(name), count), size).convertToFormat(QImage.Format.Format_Grayscale8)
        for name in names
        for count in (0, 1)
    ]
    for one, other in itertools.combinations(grey, 2):
        assert one != other


def picture(shown: QIcon, size: int) -> QImage:
    return shown.pixmap(size, size).toImage()
