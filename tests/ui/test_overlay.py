"""The overlay: shown while a take is under way, never in the way, at rest with nothing to show."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from dictation.desktop import detect
from dictation.session import State, Waiting
from dictation.settings import Settings
from dictation.ui.newest_words import newest
from dictation.ui.overlay import EVERY, Overlay
from dictation.ui.pill import Pill, clock, screen_at
from dictation.ui.scene import Scene
from dictation.values import Target

RECORDING = State(recording="1")
GNOME = {"WAYLAND_DISPLAY": "w", "XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}
WAITING = State(waiting=(Waiting("1"),))
LONG = "The meeting starts at ten tomorrow morning, in the large room on the second floor. "


@dataclass
class FakeTakes:
    """An engine in any state."""

    state: State = field(default_factory=State)
    settings: Settings = field(default_factory=Settings)
    recording_seconds: float = 7.4
    level: float = 0.5
    target: Target | None = None
    pressed: list[str] = field(default_factory=list)

    def stop(self) -> None:
        self.pressed.append("stop")

    def cancel(self) -> None:
        self.pressed.append("cancel")


class Story:
    """An overlay that follows a fake engine."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.takes, self.still = qtbot, FakeTakes(), False
        self.overlay = Overlay(self.takes, lambda: "OpenRouter: a/b", lambda: self.still)

    def go(self, state: State) -> None:
        """The engine's state becomes another one."""
        self.takes.state = state
        self.overlay.changed()

    @property
    def pill(self) -> Pill:
        """The window, once it has come up."""
        self.qtbot.waitUntil(self.shown)
        assert self.overlay.pill
        return self.overlay.pill

    def shown(self) -> bool:
        return self.overlay.pill is not None and self.overlay.pill.isVisible()

    def says(self, words: str) -> None:
        self.qtbot.waitUntil(lambda: self.pill.state.text() == words)


@pytest.fixture
def story(qtbot: QtBot) -> Story:
    return Story(qtbot)


@pytest.fixture
def pill(qtbot: QtBot) -> Pill:
    made = Pill(stop=lambda: None, cancel=lambda: None)
    qtbot.addWidget(made)
    return made


class TestWhen:
    def test_from_the_first_tick_after_the_start_to_the_delivery(self, story: Story) -> None:
        story.go(RECORDING)
        assert not story.shown()  # the microphone comes first
        story.says("Recording")
        story.go(WAITING)
        story.says("Transcribing…")
        story.go(State(waiting=(Waiting("1", "delivering"),)))
        story.says("Inserting the text…")
        story.go(State())
        assert not story.shown()

    def test_nothing_ticks_but_while_recording(self, story: Story) -> None:
        story.go(RECORDING)
        story.says("Recording")
        assert story.overlay.ticking
        story.go(WAITING)
        story.says("Transcribing…")
        assert not story.overlay.ticking
        story.go(RECORDING)
        story.go(State())
        assert not story.overlay.ticking

    @pytest.mark.parametrize(
        "state",
        [
            State(),
            replace(RECORDING, away=True),
            replace(WAITING, away=True),
            State(waiting=(Waiting("1", late=True),)),
        ],
        ids=["idle", "recording while away", "screen locked", "sent again"],
    )
    def test_what_no_one_waits_for_is_not_shown(self, story: Story, state: State) -> None:
        story.go(RECORDING)
        assert story.pill.isVisible()
        story.go(state)
        assert not story.shown()
        assert not story.overlay.ticking

    def test_who_does_not_want_it_has_none(self, story: Story) -> None:
        story.takes.settings = Settings(overlay=False)
        story.go(RECORDING)
        assert not story.overlay.ticking
        story.takes.settings = Settings()
        story.go(RECORDING)
        assert story.pill.isVisible()
        story.takes.settings = Settings(overlay=False)  # while it is up
        story.qtbot.waitUntil(lambda: not story.shown())

    @pytest.mark.parametrize(
        ("environment", "has"),
        [
            ({"DISPLAY": ":0"}, True),
            ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}, False),
            ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "w", "QT_QPA_PLATFORM": "xcb"}, True),
            ({"DISPLAY": ":0", **GNOME}, True),  # through Xwayland, unasked
            ({"DISPLAY": ":0", **GNOME, "QT_QPA_PLATFORM": "wayland"}, False),
            (GNOME, False),
            ({}, False),
        ],
    )
    def test_there_is_none_where_it_would_take_the_focus(
        self, environment: dict[str, str], has: bool
    ) -> None:
        assert detect(environment, "linux").has_overlay == has


class TestWhat:
    def test_how_long_how_loud_and_where_it_goes(self, story: Story) -> None:
        story.go(RECORDING)
        pill = story.pill
        assert (pill.time.text(), pill.destination.text()) == ("0:07", "OpenRouter: a/b")
        loud = pill.meter.grab().toImage()
        story.takes.level, story.takes.recording_seconds = 1.0, 8.0
        story.qtbot.waitUntil(lambda: pill.time.text() == "0:08")
        assert pill.meter.grab().toImage() != loud
        story.go(WAITING)
        story.says("Transcribing…")
        assert pill.time.text() == "0:08"

    def test_the_microphone_is_opening_until_it_gives_sound(self, story: Story) -> None:
        story.takes.recording_seconds = 0.0
        story.go(RECORDING)
        story.says("Opening the microphone…")

    def test_who_is_not_heard_is_told(self, story: Story) -> None:
        story.takes.level = 0.1
        story.takes.recording_seconds = 2.0
        story.go(RECORDING)
        story.says("Recording")
        story.takes.recording_seconds = 4.0
        story.says("Recording: too quiet")
        story.takes.level = 0.4
        story.says("Recording")
        story.takes.level = 0.0  # a pause is no fault
        story.takes.recording_seconds = 9.0
        story.qtbot.waitUntil(lambda: story.pill.time.text() == "0:09")
        assert story.pill.state.text() == "Recording"

    def test_a_microphone_that_gives_nothing_at_all_is_told_sooner(self, story: Story) -> None:
        story.takes.level = 0.0
        story.takes.recording_seconds = 2.0
        story.go(RECORDING)
        story.says("Microphone is silent")
        story.takes.level = 0.6
        story.says("Recording")

    def test_who_wants_no_movement_sees_a_level_that_changes_once_a_second(
        self, story: Story
    ) -> None:
        story.still = True
        story.takes.level = 0.6
        story.go(RECORDING)
        story.says("Recording")
        steady = story.pill.meter.grab().toImage()
        story.takes.level, story.takes.recording_seconds = 0.9, 7.9
        story.qtbot.wait(3 * EVERY)
        assert story.pill.meter.grab().toImage() == steady
        story.takes.level, story.takes.recording_seconds = 0.1, 8.0
        story.qtbot.waitUntil(lambda: story.pill.time.text() == "0:08")
        assert story.pill.meter.grab().toImage() != steady

    def test_the_text_as_it_arrives_and_none_of_the_take_before(self, story: Story) -> None:
        story.go(WAITING)
        story.overlay.partial("The meeting")
        story.qtbot.waitUntil(lambda: story.pill.text.shown == "The meeting")
        story.overlay.partial("The meeting starts")
        story.qtbot.waitUntil(lambda: story.pill.text.shown == "The meeting starts")
        story.go(State(recording="2", waiting=WAITING.waiting))
        story.says("Recording")
        assert story.pill.text.shown == ""

    def test_who_does_not_want_the_text_sees_the_rest(self, story: Story) -> None:
        story.takes.settings = Settings(overlay_text=False)
        story.go(WAITING)
        story.overlay.partial("The meeting")
        story.says("Transcribing…")
        assert story.pill.text.shown == ""

    def test_a_stream_is_drawn_no_more_than_ten_times_a_second(self, story: Story) -> None:
        story.go(WAITING)
        drawn, began = set(), time.monotonic()
        for number in range(300):
            story.overlay.partial(f"word {number}")
            story.qtbot.wait(1)
            drawn.add(story.overlay.pill.text.shown if story.overlay.pill else "")
        assert 2 <= len(drawn) <= (time.monotonic() - began) / 0.09 + 2

    @pytest.mark.parametrize(
        ("text", "end"),
        [
            (LONG * 50 + "The end.", "The end."),
            ("会议明天上午十点开始🎤" * 100, "开始🎤"),
            ("🎤" * 900, "🎤"),
        ],
        ids=["words", "no spaces", "beyond 16 bits"],
    )
    def test_of_a_long_text_three_lines_are_seen_the_newest(
        self, pill: Pill, text: str, end: str
    ) -> None:
        pill.tell(Scene("transcribing", text=text))
        line = pill.text.fontMetrics().height()
        assert 3 * line <= pill.text.height() < 5 * line  # other fonts' letters may be higher
        assert pill.text.shown.startswith("…")
        assert pill.text.shown.endswith(end)
        assert len(pill.text.shown) > 60
        pill.tell(Scene("transcribing", text="short"))
        assert pill.text.shown == "short"
        assert line <= pill.text.height() < 2 * line

    def test_what_is_written_from_the_right_begins_there(self, pill: Pill) -> None:
        def ink(text: str) -> int:
            """In which quarter of the line it has its middle."""
            pill.tell(Scene("transcribing", text=text))
            pill.appear(None)
            image = pill.text.grab().toImage()
            ground = pill.palette().color(QPalette.ColorRole.Window)
            columns = [
                x
                for x in range(image.width())
                if any(image.pixelColor(x, y) != ground for y in range(image.height()))
            ]
            return 4 * (columns[0] + columns[-1]) // 2 // image.width()

        assert ink("Hello") == 0
        assert ink("שלום") == 3
        assert ink("«שלום» GitHub") == 3

    @pytest.mark.parametrize(
        ("seconds", "words"), [(7.9, "0:07"), (754, "12:34"), (3723, "1:02:03")]
    )
    def test_the_time_reads_as_on_a_clock(self, seconds: float, words: str) -> None:
        assert clock(seconds) == words


class TestAccess:
    def test_it_takes_no_focus(self, pill: Pill) -> None:
        assert pill.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
        assert pill.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        for button in pill.findChildren(QPushButton):
            assert button.focusPolicy() == Qt.FocusPolicy.NoFocus

    def test_a_screen_reader_finds_the_state_the_place_and_the_buttons(self, pill: Pill) -> None:
        pill.tell(Scene("recording", destination="OpenRouter: a/b", text="words"))
        assert pill.accessibleName() == "Dictation: Recording"
        assert pill.accessibleDescription() == "OpenRouter: a/b"
        assert pill.text.accessibleName() == "words"
        assert (pill.stop.text(), pill.cancel.text()) == ("Stop", "Cancel")
        pill.tell(Scene("transcribing"))
        assert pill.accessibleName() == "Dictation: Transcribing…"

    def test_the_mouse_stops_and_cancels(self, story: Story) -> None:
        story.go(RECORDING)
        pill = story.pill
        place = pill.cancel.mapTo(pill, pill.cancel.rect().topRight()).x()
        for button in (pill.stop, pill.cancel):
            assert min(button.width(), button.height()) >= 24
            story.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert story.takes.pressed == ["stop", "cancel"]
        # A second click on Stop must not be one on Cancel.
        story.go(WAITING)
        story.says("Transcribing…")
        assert not pill.stop.isVisible()
        assert pill.cancel.mapTo(pill, pill.cancel.rect().topRight()).x() == place

    def test_it_lies_at_the_bottom_in_the_middle_and_grows_upwards(self, pill: Pill) -> None:
        where = screen_at((5, 5)).geometry().center()
        pill.tell(Scene("recording", destination="x" * 500))
        pill.appear((where.x(), where.y()))
        room, before = pill.screen().availableGeometry(), pill.geometry()
        assert abs(before.center().x() - room.center().x()) <= 1
        assert room.bottom() - 40 < before.bottom() < room.bottom()
        pill.tell(Scene("recording", text=LONG))
        assert pill.geometry().bottom() == before.bottom()
        assert pill.geometry().top() < before.top()
        assert pill.width() == before.width() < room.width()

    def test_a_window_on_no_screen_is_on_the_primary_one(self, qapp: object) -> None:
        assert screen_at((-5000, 9)) == screen_at(None) == QGuiApplication.primaryScreen()


@pytest.mark.parametrize("length", range(20, 90, 3))
def test_words_as_wide_as_a_line_are_cut_to_three_lines(qapp: object, length: int) -> None:
    text = " ".join("w" * length for _word in range(12))
    shown, layout = newest(text, QFont(), 330, Qt.LayoutDirection.LeftToRight)

    assert layout.lineCount() <= 3
    assert shown.startswith("…")


def test_half_a_letter_at_the_end_of_a_piece_is_no_fault(qapp: object) -> None:
    text = "some words " * 40 + "\ud83d"
    shown, _layout = newest(text, QFont(), 330, Qt.LayoutDirection.LeftToRight)

    assert shown.endswith("\ud83d")
