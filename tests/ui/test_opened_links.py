"""Links that come as events."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dictation.errors import DictationError
from dictation.ui.opened_links import OpenedLinks


def test_a_link_is_shown_and_a_wrong_one_told(qtbot: QtBot, qapp: QApplication) -> None:
    shown: list[str] = []
    told: list[DictationError] = []
    opened = OpenedLinks(qapp, shown.append, told.append)
    for link in ("dictation://history", "dictation://start", "https://example.org/"):
        qapp.sendEvent(qapp, QFileOpenEvent(QUrl(link)))
    qapp.sendEvent(qapp, QEvent(QEvent.Type.User))
    qapp.removeEventFilter(opened)
    assert shown == ["history"]
    assert [error.code for error in told] == [2, 2]
