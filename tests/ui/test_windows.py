"""The place where windows are made: what the tray, notifications and errors open."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dictation import doctor
from dictation.crash import Faults, ProgramFault
from dictation.credentials import Keys
from dictation.desktop import Desktop
from dictation.errors import KeyRefused
from dictation.paths import places
from dictation.remedies import FAULTS, Case, Remedy
from dictation.settings import Settings
from dictation.takes import Take
from dictation.ui.doctor_window import DoctorWindow
from dictation.ui.fault_window import FaultWindow
from dictation.ui.trouble_window import TroubleWindow
from dictation.ui.window import Window
from dictation.ui.windows import House, Windows
from tests.test_crash import raised
from tests.test_credentials import Ring, own_wiring

NOWHERE = Desktop("linux", "none")
TAKE = Take("261126-204200-abcd", "failed", "2026-11-26T20:42:00.000Z", seconds=4.0)


class Story:
    """The windows of an app that has neither desktop nor key."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.faults, self.crashes = Faults(), list[Exception]()
        self.wiring = own_wiring()
        self.wiring.keys = Keys(places(), {}, Ring())
        self.settings = Settings(provider="offline")
        engine: Any = SimpleNamespace(settings=self.settings)
        keys: Any = SimpleNamespace(offer=lambda: None)
        delivery: Any = None
        self.windows = Windows(
            House(
                desktop=NOWHERE,
                flags={},
                engine=engine,
                wiring=self.wiring,
                delivery=delivery,
                keys=keys,
                apply=lambda: None,
                told=lambda _words: None,
                crash=self.crashes.append,
                tell=lambda _error: None,
                watch=lambda _future: None,
                use_hotkey=lambda _key: None,
                faults=self.faults,
                restart=lambda: None,
            )
        )

    def shown(self) -> list[Window]:
        """The windows that can be seen."""
        found = [w for w in QApplication.topLevelWidgets() if isinstance(w, Window)]
        return [window for window in found if window.isVisible()]


@pytest.fixture
def story(qtbot: QtBot) -> Story:
    return Story(qtbot)


def test_the_check_of_all_parts_finds_what_the_command_finds(story: Story) -> None:
    story.windows.doctor()
    [window] = story.shown()
    assert isinstance(window, DoctorWindow)
    story.qtbot.waitUntil(lambda: not window.progress.isVisible(), timeout=30_000)
    found = list(doctor.examine(story.wiring, story.settings, NOWHERE))
    assert [row.finding.part for row in window.rows] == [finding.part for finding in found]
    assert [row.finding.fix for row in window.rows] == [finding.fix for finding in found]
    assert story.crashes == []
    story.windows.hide()


def test_an_error_opens_one_window_whose_buttons_reach_the_app(story: Story) -> None:
    story.windows.trouble(Case(KeyRefused("401"), TAKE))
    story.windows.trouble(Case(ProgramFault("ValueError."), TAKE))
    [window] = story.shown()
    assert isinstance(window, TroubleWindow)
    window.mend(FAULTS)
    assert {type(shown) for shown in story.shown()} == {TroubleWindow, FaultWindow}
    story.windows.hide()


def test_a_fault_comes_up_once_and_by_its_error_again(story: Story) -> None:
    for new in (True, False):
        assert story.faults.note(raised(ValueError())) is new
        story.windows.fault(new=new)
    [window] = story.shown()
    window.close()
    assert not story.faults.note(raised(ValueError()))
    story.windows.fault(new=False)
    assert story.shown() == []
    story.windows.trouble(Case(ProgramFault("ValueError.")))
    assert story.shown() == [window]
    story.windows.hide()


def test_a_remedy_without_a_place_of_its_own_opens_nothing_twice(story: Story) -> None:
    for _time in range(2):
        story.windows.deeds.do(Remedy("faults", ""))
    assert len(story.shown()) == 1
    story.windows.hide()
