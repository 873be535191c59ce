"""The check of all parts as a window: the command's words, and buttons that mend."""

from __future__ import annotations

import threading
from collections.abc import Generator
from concurrent.futures import Future

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from dictation.doctor import Finding
from dictation.errors import DictationError, HotkeyError
from dictation.keys import Offer
from dictation.remedies import HOTKEY, KEY, PROBE, Remedy
from dictation.ui.doctor_window import DoctorWindow, Examination
from tests.ui.controls import letters, name, press, shown

FINDINGS = (
    Finding("desktop", True, "Linux, xfce, X11"),
    Finding("microphone", True, "Desk: 0.20 s of sound, peak 1.0 %", needed=True),
    Finding("transcription", False, "no key", "dictation key login", True, (KEY,)),
    Finding("sending while you speak", False, "not known", "Dictate.", remedies=(PROBE,)),
    Finding("hotkey", False, "not bound", "Run in a terminal:\nbind a\nbind b", remedies=(HOTKEY,)),
    Finding("notifications", False, "there is none", "Install one, such as dunst."),
    Finding("formats", False, "PyAV is missing", "pip install av"),
)


class Story:
    """A window on an examination that the test lets go on, and what is asked of it."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.findings: tuple[Finding, ...] = FINDINGS
        self.go = threading.Event()
        self.go.set()
        self.probes: list[bool] = []
        self.closed = threading.Event()
        self.surprise: Exception | None = None
        self.offered: Offer | None = None
        self.asked: list[Remedy] = []
        self.crashes: list[Exception] = []
        examination = Examination(self._examine, lambda: self.offered)
        self.window = DoctorWindow(examination, self.crashes.append)
        self.window.mends = self.asked.append
        qtbot.addWidget(self.window)

    def open(self, rows: int = len(FINDINGS)) -> DoctorWindow:
        with self.qtbot.waitActive(self.window):
            self.window.open()
        self.qtbot.waitUntil(lambda: len(self.window.rows) == rows)
        return self.window

    def done(self) -> None:
        self.qtbot.waitUntil(lambda: not self.window.progress.isVisible())

    def press(self, text: str) -> None:
        [button] = [b for row in self.window.rows for b in row.buttons if b.text() == text]
        button.click()

    def _examine(self, *, probe: bool) -> Generator[Finding, None, None]:
        self.closed.clear()
        self.probes.append(probe)
        try:
            for number, finding in enumerate(self.findings):
                if number == 2:
                    assert self.go.wait(10)
                    if self.surprise:
                        raise self.surprise
                yield finding
        finally:
            self.closed.set()


@pytest.fixture
def story(qtbot: QtBot) -> Story:
    return Story(qtbot)


def test_the_rows_are_those_of_the_command_in_its_order_and_words(story: Story) -> None:
    window = story.open()
    story.done()
    headings = [row.heading.text() for row in window.rows]
    assert headings[:3] == ["desktop: ok", "microphone: ok", "transcription: MISSING"]
    assert headings[3:5] == ["sending while you speak: no", "hotkey: no"]
    assert headings[5:] == ["notifications: no", "formats: no"]
    assert window.status.text() == "Dictation can't work yet. What it needs: transcription."
    window.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert copied == "\n".join(map(str, FINDINGS))
    assert "MISSING transcription: no key\n          dictation key login\n" in copied


def test_the_rows_come_as_they_are_found_and_the_rest_can_be_stopped(story: Story) -> None:
    story.go.clear()
    window = story.open(rows=2)
    assert window.progress.isVisible()
    assert window.status.text() == "Checking. Parts so far: 2"
    press(story.qtbot, Qt.Key.Key_Space)  # Stop has the focus
    assert window.status.text() == "Stopped: not all parts were checked."
    assert not window.progress.isVisible()
    assert window.again_button.hasFocus()
    story.go.set()
    story.qtbot.waitUntil(story.closed.is_set)
    assert len(window.rows) == 2


def test_closing_ends_the_check_and_opening_begins_another(story: Story) -> None:
    story.go.clear()
    window = story.open(rows=2)
    press(story.qtbot, Qt.Key.Key_Escape)
    story.go.set()
    story.qtbot.waitUntil(story.closed.is_set)
    story.open()
    story.done()
    assert story.probes == [False, False]
    assert len(window.rows) == len(FINDINGS)


def test_what_the_app_can_do_is_a_button_and_what_the_user_must_run_is_copied(
    story: Story,
) -> None:
    story.open()
    story.done()
    story.press("Set up a key…")
    assert story.asked == [KEY]
    story.press("Copy for formats")
    assert QGuiApplication.clipboard().text() == "pip install av"
    story.press("Copy for hotkey")
    assert QGuiApplication.clipboard().text() == "bind a\nbind b"
    assert story.window.rows[-2].buttons == []  # mere words


def test_trying_the_last_recording_checks_once_more_with_it(story: Story) -> None:
    story.open()
    story.done()
    story.press(PROBE.words)
    story.qtbot.waitUntil(lambda: story.probes == [False, True])
    story.done()
    assert story.asked == []


def test_what_the_desktop_offers_for_the_keys_is_done_and_checked(story: Story) -> None:
    done: Future[None] = Future()
    story.offered = Offer("Let GNOME do that", ("…",), lambda: done.set_result(None))
    story.open()
    story.done()
    story.press("Let GNOME do that")
    story.qtbot.waitUntil(lambda: len(story.probes) == 2)
    story.done()
    assert done.done()


def test_an_offer_that_fails_is_told(story: Story) -> None:
    def fail() -> None:
        raise HotkeyError("GNOME refuses.")

    story.offered = Offer("Let GNOME do that", ("…",), fail)
    story.open()
    story.done()
    story.press("Let GNOME do that")
    story.qtbot.waitUntil(story.window.trouble.isVisible)
    assert story.window.trouble.message.text() == "GNOME refuses."


def test_a_check_that_crashes_says_that_it_broke_off(story: Story) -> None:
    story.surprise = ZeroDivisionError()
    story.open(rows=2)
    story.done()
    assert story.window.status.text() == "The check broke off."
    assert story.crashes == [story.surprise]


def test_an_error_of_ours_that_ends_the_check_is_told(story: Story) -> None:
    story.surprise = DictationError("The settings are gone.")
    story.open(rows=2)
    story.qtbot.waitUntil(story.window.trouble.isVisible)
    story.done()


def test_where_all_that_is_needed_is_there_it_says_so(story: Story) -> None:
    story.findings = (*FINDINGS[:2], *FINDINGS[3:])
    story.open(rows=len(FINDINGS) - 1)
    story.done()
    assert story.window.status.text() == "Dictation can work here."


def test_every_control_has_a_name_and_a_letter_of_its_own_or_a_place_in_the_order(
    story: Story,
) -> None:
    window = story.open()
    story.done()
    controls = shown(window)
    names = [name(control) for control in controls]
    assert all(names)
    assert len(set(names)) == len(names)
    assert max(letters(window).values()) == 1
    assert all(control.focusPolicy() & Qt.FocusPolicy.TabFocus for control in controls)
    press(story.qtbot, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    story.qtbot.waitUntil(lambda: len(story.probes) == 2)
    story.done()
