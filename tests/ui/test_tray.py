"""The tray's icon: what it tells of a program that has no window."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from dictation.session import State
from dictation.ui.icons import SIZES, badged, icon
from dictation.ui.tray import Actions, Tray


def test_a_microphone_that_stays_open_is_told_as_long_as_it_does(qtbot: QtBot) -> None:
    tray = Tray(QSystemTrayIcon(), Actions(*[lambda: None] * 10))
    tray.show_kept("Desk")
    tray.show(State(), "")
    assert tray._tray.toolTip() == "Dictation\nMicrophone stays open: Desk"
    tray.show_kept("")
    tray.show(State(), "")
    assert tray._tray.toolTip() == "Dictation"


def test_takes_that_wait_are_seen_on_the_icon_and_gone_from_it_once_sent(qtbot: QtBot) -> None:
    shown = QSystemTrayIcon()
    tray = Tray(shown, Actions(*[lambda: None] * 10))
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
