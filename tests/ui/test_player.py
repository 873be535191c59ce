"""The player: listened to by keys and by clicks, and what a screen reader hears of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from pytestqt.qtbot import QtBot

from dictation.errors import DictationError
from dictation.microphones.portaudio import unplayed
from dictation.recordings import WavWriter
from dictation.ui.player import Player, clock
from tests.fakes import sound
from tests.ui.controls import name, press, shown


class FakeOut:
    """Plays a step whenever it is told to."""

    def __init__(self) -> None:
        self.room = threading.Semaphore(0)
        self.refuses: DictationError | None = None
        self.latency = 0.0

    def __call__(self) -> FakeOut:
        if self.refuses:
            raise self.refuses
        return self

    def write(self, pcm: bytes) -> None:
        assert self.room.acquire(timeout=10)

    def flush(self) -> None: ...
    def drain(self) -> None: ...
    def close(self) -> None: ...


class Story:
    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot, self.out = qtbot, FakeOut()
        self.path = folder / "a.wav"
        with WavWriter(self.path) as file:
            file.append(sound(20.0).tobytes())
        self.crashes: list[Exception] = []
        self.player = Player(self.crashes.append, out=self.out)
        qtbot.addWidget(self.player)
        self.player.resize(600, 80)
        with qtbot.waitActive(self.player):
            self.player.show()
        self.player.open(self.path)
        qtbot.waitUntil(self.player.waveform.isEnabled)

    @property
    def time(self) -> str:
        return self.player.time.text()


@pytest.fixture
def story(qtbot: QtBot, tmp_path: Path) -> Iterator[Story]:
    made = Story(qtbot, tmp_path)
    yield made
    made.player.pause()
    made.out.room.release(1000)
    assert not made.crashes


def test_the_button_plays_and_pauses_and_says_which(story: Story, qtbot: QtBot) -> None:
    button = story.player.play_button
    button.setFocus()
    press(qtbot, Qt.Key.Key_Space)
    assert button.text().replace("&", "") == "Pause"
    story.out.room.release(40)
    qtbot.waitUntil(lambda: story.time == "0:02 of 0:20")
    press(qtbot, Qt.Key.Key_Space)
    assert button.text().replace("&", "") == "Play"
    assert not story.player.plays


def test_at_its_end_the_button_plays_again(story: Story, qtbot: QtBot) -> None:
    story.out.room.release(1000)
    story.player.toggle()
    qtbot.waitUntil(lambda: story.time == "0:20 of 0:20" and not story.player.plays)
    assert story.player.play_button.text().replace("&", "") == "Play"


def test_keys_and_clicks_move_in_the_waveform(story: Story, qtbot: QtBot) -> None:
    wave = story.player.waveform
    wave.setFocus()
    for key, time in (
        (Qt.Key.Key_Right, "0:01"),
        (Qt.Key.Key_PageUp, "0:11"),
        (Qt.Key.Key_Left, "0:10"),
        (Qt.Key.Key_End, "0:20"),
        (Qt.Key.Key_Home, "0:00"),
    ):
        press(qtbot, key)
        assert story.time == f"{time} of 0:20"
    middle = QPoint(wave.width() // 2, wave.height() // 2)
    qtbot.mouseClick(wave, Qt.MouseButton.LeftButton, pos=middle)
    assert story.time == "0:10 of 0:20"


def test_a_screen_reader_hears_a_slider_with_a_value(story: Story, qtbot: QtBot) -> None:
    wave = story.player.waveform
    wave.setFocus()
    press(qtbot, Qt.Key.Key_PageUp)
    heard = QAccessible.queryAccessibleInterface(wave)
    assert heard.role() == QAccessible.Role.Slider
    assert heard.valueInterface().currentValue() == 10
    assert heard.valueInterface().maximumValue() == 20
    assert all(name(control) for control in [*shown(story.player), wave])


def test_without_an_output_it_says_what_to_do(story: Story, qtbot: QtBot) -> None:
    story.out.refuses = unplayed("There is none.")
    story.player.toggle()
    qtbot.waitUntil(story.player.trouble.isVisible)
    assert "headphones" in story.player.trouble.hint.text()
    assert not story.player.plays


def test_a_file_that_holds_no_sound_is_told(story: Story, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "b.wav").write_bytes(b"no sound")
    story.player.open(tmp_path / "b.wav")
    qtbot.waitUntil(story.player.trouble.isVisible)
    assert not story.player.play_button.isEnabled()
    story.player.open(None)
    assert not story.player.trouble.isVisible()


def test_hidden_it_is_quiet(story: Story, qtbot: QtBot) -> None:
    story.player.toggle()
    assert story.player.plays
    story.player.hide()
    assert not story.player.plays


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0:00"), (59.6, "1:00"), (3661.0, "1:01:01")])
def test_the_time_reads_as_a_clock_does(seconds: float, words: str) -> None:
    assert clock(seconds) == words
