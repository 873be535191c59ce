"""The tools beside a key's field: recording what is pressed, and trying it out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dictation.errors import DictationError, HotkeyTaken
from dictation.hotkeys.actions import SETTINGS
from dictation.keys import Offer
from dictation.ui import key_events
from dictation.ui.key_tools import KeyTools

NONE = Qt.KeyboardModifier.NoModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


class FakeTrials:
    """Listens to what the test presses; refuses where it is told to."""

    def __init__(self) -> None:
        self.keys = ""
        self.ended = 0
        self.told: tuple[str, ...] = ()
        self.offers: Offer | None = None
        self.refuses: DictationError | None = None
        self.heard: Callable[[str], None] = lambda _what: None

    def served_by(self, backend: str) -> dict[str, str]:
        return {setting: f"{setting} is heard by {backend}" for setting in SETTINGS}

    def lines(self, backend: str) -> tuple[str, ...]:
        return self.told

    def offer(self) -> Offer | None:
        return self.offers

    def to_press(self, keys: str) -> str:
        return f"Press {keys} now."

    def listen(
        self,
        keys: str,
        heard: Callable[[str], None],
        trouble: Callable[[DictationError], None],
    ) -> Callable[[], None]:
        if self.refuses:
            raise self.refuses
        self.keys, self.heard, self.trouble = keys, heard, trouble
        return self._end

    def _end(self) -> None:
        self.ended += 1


class Story:
    """The tools of one field, shown."""

    def __init__(self, qtbot: QtBot) -> None:
        self.text, self.trials = "F9", FakeTrials()
        self.tools = KeyTools("Hotkey", self.trials, lambda: self.text, self._write)
        qtbot.addWidget(self.tools)
        with qtbot.waitActive(self.tools):
            self.tools.show()

    def _write(self, text: str) -> None:
        self.text = text

    def key(
        self, key: Qt.Key, held: Qt.KeyboardModifier = NONE, *, code: int = 0, symbol: int = 0
    ) -> None:
        """A press and its release, with what X11 adds to them."""
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, held, code, symbol, 0)
            QApplication.sendEvent(self.tools.record, event)


@pytest.fixture
def story(qtbot: QtBot) -> Story:
    return Story(qtbot)


class TestRecording:
    @pytest.mark.parametrize(
        ("key", "held", "code", "symbol", "written"),
        [
            (Qt.Key.Key_Space, CTRL | ALT, 65, 0x20, "Ctrl+Alt+Space"),
            (Qt.Key.Key_F9, NONE, 75, 0xFFC6, "F9"),
            (Qt.Key.Key_Exclam, CTRL | SHIFT, 10, 0x21, "Ctrl+Shift+1"),
            (Qt.Key.Key_Launch5, NONE, 192, 0x1008FF45, "F14"),
            (Qt.Key.Key_Tab, CTRL, 23, 0xFF09, "Ctrl+Tab"),
            (Qt.Key.Key_MediaPlay, NONE, 172, 0x1008FF14, "AudioPlay"),
            (Qt.Key.Key_Control, NONE, 105, 0xFFE4, "RightCtrl"),
            (Qt.Key.Key_AltGr, NONE, 108, 0xFE03, "RightAlt"),
            (Qt.Key.Key_D, CTRL, 0, 0, "Ctrl+D"),
        ],
    )
    def test_writes_what_is_pressed(
        self,
        story: Story,
        key: Qt.Key,
        held: Qt.KeyboardModifier,
        code: int,
        symbol: int,
        written: str,
    ) -> None:
        story.tools.record.click()
        assert story.tools.record.recording
        story.key(key, held, code=code, symbol=symbol)
        assert story.text == written
        assert not story.tools.record.recording

    def test_a_modifier_on_the_way_to_a_key_is_none_by_itself(self, story: Story) -> None:
        story.tools.record.click()
        down = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Control, NONE, 37, 0xFFE3, 0)
        QApplication.sendEvent(story.tools.record, down)
        story.key(Qt.Key.Key_D, CTRL, code=40, symbol=0x64)
        up = QKeyEvent(QEvent.Type.KeyRelease, Qt.Key.Key_Control, CTRL, 37, 0xFFE3, 0)
        QApplication.sendEvent(story.tools.record, up)
        assert story.text == "Ctrl+D"

    def test_a_key_that_writes_is_refused_with_a_reason(self, story: Story) -> None:
        story.tools.record.click()
        story.key(Qt.Key.Key_D)
        assert story.text == "F9"
        assert "Ctrl+Alt+D" in story.tools.told.text()

    def test_a_thumb_button_of_the_mouse(self, story: Story) -> None:
        story.tools.record.click()
        place = QPointF(5, 5)
        back = Qt.MouseButton.BackButton
        event = QMouseEvent(QEvent.Type.MouseButtonPress, place, place, back, back, NONE)
        QApplication.sendEvent(story.tools.record, event)
        assert story.text == "Mouse4"

    def test_ends_where_the_user_goes_elsewhere(self, story: Story) -> None:
        story.tools.record.click()
        story.tools.try_out.setFocus()
        assert not story.tools.record.recording
        assert story.text == "F9"


class TestTrying:
    def test_tells_press_and_release_and_gives_the_usual_keys_back(self, story: Story) -> None:
        story.tools.try_out.click()
        assert story.trials.keys == "F9"
        assert "Press F9 now" in story.tools.told.text()
        story.trials.heard("press")
        assert "release" in story.tools.told.text()
        story.trials.heard("release")
        assert "it works" in story.tools.told.text()
        assert story.trials.ended == 1
        assert story.tools.try_out.text() == "Try"

    def test_what_can_not_be_listened_for_is_told(self, story: Story) -> None:
        story.trials.refuses = HotkeyTaken("F9 is taken by another program.")
        story.tools.try_out.click()
        assert "F9 is taken" in story.tools.told.text()
        assert story.trials.ended == 0

    def test_trouble_on_the_way_ends_it(self, story: Story) -> None:
        story.tools.try_out.click()
        story.trials.trouble(HotkeyTaken("F9 has gone."))
        assert "F9 has gone" in story.tools.told.text()
        assert story.trials.ended == 1

    def test_nothing_that_comes_is_told_and_so_is_a_release_that_does_not(
        self, story: Story
    ) -> None:
        story.tools.try_out.click()
        story.tools.try_out.late.timeout.emit()
        assert "Nothing came" in story.tools.told.text()
        story.tools.try_out.click()
        story.trials.heard("press")
        story.tools.try_out.late.timeout.emit()
        assert "no release" in story.tools.told.text()
        assert story.trials.ended == 2

    def test_a_release_may_come_first_and_alone(self, story: Story) -> None:
        story.tools.try_out.click()
        story.trials.heard("release")
        story.trials.heard("press")
        assert "it works" in story.tools.told.text()
        story.tools.try_out.click()
        story.trials.heard("release")
        story.tools.try_out.late.timeout.emit()
        assert "Only the release" in story.tools.told.text()

    def test_leaving_the_window_ends_it(self, story: Story) -> None:
        story.tools.usual = "Heard by x11."
        story.tools.try_out.click()
        story.tools.leave()
        assert story.trials.ended == 1
        assert story.tools.told.text() == "Heard by x11."


def made(key: Qt.Key, held: Qt.KeyboardModifier, scan: int, virtual: int) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, held, scan, virtual, 0)


@pytest.mark.parametrize(
    ("platform", "event", "expected"),
    [
        # The scan code of Q on Windows is that of 7 on X11.
        ("windows", made(Qt.Key.Key_Q, CTRL, 0x10, ord("Q")), "Ctrl+Q"),
        ("xcb", made(Qt.Key.Key_Slash, CTRL | SHIFT, 0x10, 0x2F), "Ctrl+Shift+7"),
        ("windows", made(Qt.Key.Key_Slash, CTRL | SHIFT, 0x08, ord("7")), "Ctrl+Shift+7"),
        ("windows", made(Qt.Key.Key_unknown, NONE, 0x64, 0x7C), "F13"),
        # Qt calls a Mac's Command Control.
        ("cocoa", made(Qt.Key.Key_D, CTRL, 0, 2), "Super+D"),
        ("cocoa", made(Qt.Key.Key_D, Qt.KeyboardModifier.MetaModifier | ALT, 0, 2), "Ctrl+Alt+D"),
        ("cocoa", made(Qt.Key.Key_Exclam, CTRL | SHIFT, 0, 18), "Shift+Super+1"),
    ],
)
def test_a_key_is_the_same_one_by_each_systems_numbers(
    platform: str, event: QKeyEvent, expected: str
) -> None:
    assert str(key_events.binding(event, platform)) == expected


@pytest.mark.parametrize(
    ("platform", "scan", "virtual", "expected"),
    [
        ("xcb", 105, 0xFFE4, "RightCtrl"),
        ("windows", 0x11D, 0x11, "RightCtrl"),
        ("windows", 0x36, 0x10, "RightShift"),
        ("cocoa", 0, 54, "RightSuper"),
        ("cocoa", 0, 62, "RightCtrl"),
    ],
)
def test_the_side_of_a_lone_modifier_is_known(
    platform: str, scan: int, virtual: int, expected: str
) -> None:
    event = made(Qt.Key.Key_Control, NONE, scan, virtual)
    assert key_events.binding(event, platform) is None
    assert str(key_events.lone(event, platform)) == expected
