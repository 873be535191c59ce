"""The big button: one click does it, and it goes where it is put."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from dictation.session import State
from dictation.ui.big_button import MARGIN, BigButton, Spot


@dataclass
class Heard:
    """What came of the clicks."""

    toggled: int = 0
    kept: list[Spot] = field(default_factory=list)

    def toggle(self) -> None:
        self.toggled += 1


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def big(qtbot: QtBot, heard: Heard) -> BigButton:
    made = BigButton(heard.toggle, None, heard.kept.append)
    qtbot.addWidget(made)
    made.appear("large")
    return made


def test_one_click_is_all_it_takes(qtbot: QtBot, big: BigButton, heard: Heard) -> None:
    qtbot.mouseClick(big.button, Qt.MouseButton.LeftButton)
    assert heard.toggled == 1
    assert not heard.kept


def test_it_takes_no_focus(big: BigButton) -> None:
    assert big.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
    assert big.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    for button in big.findChildren(QPushButton):
        assert button.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_it_says_what_a_click_would_do(big: BigButton) -> None:
    names = (big.button.accessibleName(), big.move_button.accessibleName())
    assert names == ("Start dictation", "Move the dictation button")
    big.tell(State(recording="1"))
    assert big.button.accessibleName() == big.button.toolTip() == "Stop dictation"


def test_clicks_alone_take_it_around_the_screen(qtbot: QtBot, big: BigButton, heard: Heard) -> None:
    room = QGuiApplication.primaryScreen().availableGeometry()
    room = room.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    seen = {(big.x(), big.y())}
    assert big.geometry().bottomRight() == room.bottomRight()
    for _click in range(7):
        qtbot.mouseClick(big.move_button, Qt.MouseButton.LeftButton)
        assert room.contains(big.geometry())
        seen.add((big.x(), big.y()))
    assert len(seen) == 7  # and back where it was
    assert big.geometry().bottomRight() == room.bottomRight()
    assert heard.kept[-1] == (1.0, 1.0)


def test_a_drag_moves_it_and_is_no_click(qtbot: QtBot, big: BigButton, heard: Heard) -> None:
    before = big.pos()
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(big.button, left, pos=QPoint(30, 30))
    qtbot.mouseMove(big.button, QPoint(-70, 10))
    qtbot.mouseRelease(big.button, left, pos=QPoint(30, 30))
    assert big.pos() == before + QPoint(-100, -20)
    assert heard.toggled == 0
    [spot] = heard.kept
    again = BigButton(heard.toggle, spot, heard.kept.append)
    qtbot.addWidget(again)
    again.appear("large")
    assert (again.pos() - big.pos()).manhattanLength() <= 2


def test_huge_is_larger_and_both_are_targets(big: BigButton) -> None:
    large = big.button.width()
    big.appear("huge")
    assert big.button.width() > 1.5 * large
    assert large >= 60
    assert big.move_button.height() >= 24
