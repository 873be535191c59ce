"""The one look of errors, and their windows: each button does what it says, without a mouse too."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout
from pytestqt.qtbot import QtBot

from dictation import errors
from dictation.crash import Faults, ProgramFault
from dictation.desktop import Desktop
from dictation.errors import DictationError
from dictation.paths import places
from dictation.remedies import Case, Remedy
from dictation.takes import Take
from dictation.ui.deeds import Deeds
from dictation.ui.fault_window import FaultWindow
from dictation.ui.pieces import Trouble
from dictation.ui.trouble_window import TroubleWindow
from dictation.ui.window import Window
from tests.test_crash import HOME, KEY, QUOTED, TEXT, raised
from tests.ui.controls import letters, name, press, shown

TAKE = Take("261126-204200-abcd", "failed", "2026-11-26T20:42:00.000Z", "words", seconds=4.0)
DESKTOP = Desktop("linux", "x11", "xfce", ":0")


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def opened(qtbot: QtBot, window: TroubleWindow, error: DictationError) -> list[Remedy]:
    """The window with the error; what its buttons ask for."""
    asked: list[Remedy] = []
    window.mends = asked.append
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.open(Case(error, TAKE))
    return asked


class TestTroubleWindow:
    def test_the_first_button_has_the_focus_and_does_what_the_error_wants(
        self, qtbot: QtBot
    ) -> None:
        window = TroubleWindow()
        asked = opened(qtbot, window, errors.KeyRefused("The server answered 401."))
        assert window.trouble.title.text() == "The key was refused"
        assert window.trouble.message.text() == "The server answered 401."
        press(qtbot, Qt.Key.Key_Space)
        assert [remedy.deed for remedy in asked] == ["key"]
        assert not window.isVisible()

    def test_every_button_is_reached_and_named(self, qtbot: QtBot) -> None:
        window = TroubleWindow()
        asked = opened(qtbot, window, errors.NotDelivered("Nobody read it."))
        names = [name(control) for control in shown(window)]
        assert sorted(names) == sorted(
            [
                "Copy: The text was not delivered",
                "Copy details: The text was not delivered",
                "Open the log",
                "Close",
            ]
        )
        assert max(letters(window).values()) == 1
        press(qtbot, Qt.Key.Key_Space)
        assert asked == [Remedy("copy", "Copy", TAKE.id)]
        assert window.isVisible()
        for _step in range(2):
            press(qtbot, Qt.Key.Key_Tab)
        press(qtbot, Qt.Key.Key_Space)
        assert asked[-1].deed == "log"
        press(qtbot, Qt.Key.Key_Escape)
        assert not window.isVisible()

    def test_another_error_takes_the_place_of_the_first(self, qtbot: QtBot) -> None:
        window = TroubleWindow()
        opened(qtbot, window, errors.NoConnection("Nobody answers."))
        window.open(Case(errors.NoMicrophone("None.")))
        assert window.trouble.buttons[0].hasFocus()
        qtbot.waitUntil(lambda: len(shown(window)) == 4)
        assert [b.text() for b in window.trouble.buttons] == [
            "Choose a microphone…",
            "Copy details",
        ]

    def test_the_details_hold_no_key_and_no_path_of_the_user(self, qtbot: QtBot) -> None:
        window = TroubleWindow()
        opened(qtbot, window, errors.AudioFileError(f"{KEY} is not in {HOME}."))
        window.trouble.buttons[-1].click()
        assert "AudioFileError: The audio can't be read\n… is not in ~/letters" in clipboard()
        assert KEY not in clipboard()


class TestTroubleInAWindow:
    def test_where_no_app_can_do_anything_it_can_be_copied_alone(self, qtbot: QtBot) -> None:
        window, trouble = Window("Test"), Trouble()
        qtbot.addWidget(window)
        QVBoxLayout(window).addWidget(trouble)
        trouble.tell(errors.NoKey("None."))
        assert [button.text() for button in trouble.buttons] == ["Copy details"]

    def test_its_buttons_come_in_the_order_in_which_they_stand(self, qtbot: QtBot) -> None:
        window, trouble = Window("Test"), Trouble()
        window.mends = lambda _remedy: None
        qtbot.addWidget(window)
        column = QVBoxLayout(window)
        before, after = QLineEdit(), QLineEdit()
        for widget in (before, trouble, after):
            column.addWidget(widget)
        with qtbot.waitActive(window):
            window.show()
        for _time in range(2):
            trouble.tell(errors.NoKey("None."))
            before.setFocus()
            for expected in (*trouble.buttons, after):
                press(qtbot, Qt.Key.Key_Tab)
                assert QApplication.focusWidget() is expected

    def test_it_does_not_lead_to_where_it_stands(self, qtbot: QtBot) -> None:
        window, trouble = Window("Test"), Trouble("microphone")
        window.mends = lambda _remedy: None
        qtbot.addWidget(window)
        QVBoxLayout(window).addWidget(trouble)
        trouble.tell(errors.NoMicrophone("None."))
        assert [button.text() for button in trouble.buttons] == ["Copy details"]


class TestFaultWindow:
    @pytest.fixture
    def faults(self) -> Faults:
        made = Faults()
        made.note(raised(RuntimeError(QUOTED)))
        return made

    def test_it_comes_up_once_without_the_focus_and_then_counts(
        self, qtbot: QtBot, faults: Faults
    ) -> None:
        window = FaultWindow(faults, DESKTOP)
        qtbot.addWidget(window)
        window.tell(comes=True)
        assert window.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        assert window.isVisible()
        assert not window.count.isVisible()
        assert not faults.note(raised(RuntimeError(QUOTED)))
        window.tell(comes=False)
        assert window.count.text() == "It happened 2 times."
        window.close()
        window.tell(comes=False)
        assert not window.isVisible()

    def test_what_is_copied_is_where_it_was_and_nothing_that_was_said(
        self, qtbot: QtBot, faults: Faults
    ) -> None:
        window = FaultWindow(faults, DESKTOP)
        asked: list[Remedy] = []
        window.mends = asked.append
        qtbot.addWidget(window)
        with qtbot.waitActive(window):
            window.bring_up()
        press(qtbot, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda: "RuntimeError" in clipboard())
        for words in (clipboard(), window.details.toPlainText()):
            assert "RuntimeError" in words
            assert "Qt 6." in words
            for secret in (KEY, TEXT, HOME):
                assert secret not in words
        press(qtbot, Qt.Key.Key_O, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda: [remedy.deed for remedy in asked] == ["log"])
        assert max(letters(window).values()) == 1
        assert {"Copy details", "Open the log", "Close", "Details"} == {
            name(control) for control in shown(window)
        }
        press(qtbot, Qt.Key.Key_Escape)
        assert not window.isVisible()


@dataclass
class FakePast:
    asked: list[str] = field(default_factory=list)

    def resend(self, id_: str) -> None:
        self.asked.append(f"resend {id_}")

    def copy(self, id_: str) -> Future[None]:
        self.asked.append(f"copy {id_}")
        return Future()


class FakeApp:
    """Rooms and app in one; notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.past = FakePast(self.asked)
        self.engine: Any = self
        self.wiring: Any = self
        self.places = places()
        self.told: list[DictationError] = []
        self.watched: list[Future[Any]] = []
        self.tell = self.told.append
        self.watch = self.watched.append

    def paste(self, id_: str) -> Future[None]:
        self.asked.append(f"paste {id_}")
        return Future()

    def use_hotkey(self, key: str) -> None:
        self.asked.append(f"hotkey {key}")

    def settings(self, name: str = "") -> None:
        self.asked.append(f"settings {name}")

    def first_start(self, step: int = 0) -> None:
        self.asked.append(f"first start {step}")

    def doctor(self) -> None:
        self.asked.append("doctor")

    def faults(self) -> None:
        self.asked.append("faults")


class TestDeeds:
    @pytest.mark.parametrize(
        ("remedy", "asked"),
        [
            (Remedy("key", ""), "first start 0"),
            (Remedy("microphone", ""), "first start 1"),
            (Remedy("settings", "", "model"), "settings model"),
            (Remedy("hotkey", "", "F9"), "hotkey F9"),
            (Remedy("again", "", "1"), "resend 1"),
            (Remedy("paste", "", "1"), "paste 1"),
            (Remedy("copy", "", "1"), "copy 1"),
            (Remedy("doctor", ""), "doctor"),
            (Remedy("faults", ""), "faults"),
        ],
        ids=lambda value: value.deed if isinstance(value, Remedy) else "",
    )
    def test_each_is_done(self, remedy: Remedy, asked: str) -> None:
        app = FakeApp()
        Deeds(app, app).do(remedy)
        assert app.asked == [asked]
        assert len(app.watched) == (remedy.deed in ("paste", "copy"))

    def test_addresses_and_folders_are_opened_by_the_desktop(self) -> None:
        app, opened = FakeApp(), []

        def opens(address: QUrl) -> bool:
            opened.append(address.toString())
            return True

        deeds = Deeds(app, app, opens)
        deeds.do(Remedy("browse", "", "https://openrouter.ai/settings/credits"))
        deeds.do(Remedy("folder", ""))
        deeds.do(Remedy("log", ""))
        assert opened == [
            "https://openrouter.ai/settings/credits",
            f"file://{app.places.data}",
            f"file://{app.places.log}",
        ]
        assert app.told == []

    def test_what_no_program_opens_is_told_with_its_address(self) -> None:
        app = FakeApp()
        Deeds(app, app, lambda _address: False).do(Remedy("log", ""))
        [error] = app.told
        assert str(app.places.log) in error.message


def test_a_fault_with_a_take_leads_to_its_details_and_to_another_try() -> None:
    deeds = [remedy.deed for remedy in Case(ProgramFault("ValueError."), TAKE).remedies]
    assert deeds == ["again", "faults"]


def test_buttons_that_have_no_room_go_on_in_the_next_line(qtbot: QtBot) -> None:
    window, trouble = Window("Test"), Trouble()
    window.mends = lambda _remedy: None
    qtbot.addWidget(window)
    QVBoxLayout(window).addWidget(trouble)
    trouble.tell(errors.Forbidden("403"), TAKE)
    assert len(trouble.buttons) == 4
    widest = max(button.sizeHint().width() for button in trouble.buttons)
    for width, in_one_line in ((widest * 8, True), (widest + 120, False)):
        window.resize(width, 600)
        with qtbot.waitExposed(window):
            window.show()
        qtbot.waitUntil(lambda width=width: window.width() == width)
        tops = {button.y() for button in trouble.buttons}
        assert (len(tops) == 1) is in_one_line
        assert all(button.x() + button.width() <= trouble.width() for button in trouble.buttons)
