"""A recording played: what is heard, and where it is, through pauses and jumps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from dictation.audio import RATE
from dictation.audio_files import open_kept
from dictation.audio_files.waveform import peaks
from dictation.errors import DictationError, MissingPart
from dictation.microphones.portaudio import unplayed
from dictation.playback import STEP, Playback, Playing
from dictation.recordings import WavWriter
from tests.desktop import VirtualDesktop, until


class FakeOut:
    """Takes so many steps, then waits to be allowed more."""

    def __init__(self, steps: int = 1000) -> None:
        self.heard: list[int] = []  # the first sample of each step, which is its number
        self.room = threading.Semaphore(steps)
        self.latency = 0.0
        self.flushed = self.drained = self.closed = 0
        self.gone: DictationError | None = None

    def write(self, pcm: bytes) -> None:
        if self.gone:
            raise self.gone
        self.heard.append(int(np.frombuffer(pcm, "<i2")[0]))
        assert self.room.acquire(timeout=10)

    def flush(self) -> None:
        self.flushed += 1

    def drain(self) -> None:
        self.drained += 1

    def close(self) -> None:
        self.closed += 1


class Desk:
    """A recording of ten steps, each full of its own number, and what plays it."""

    def __init__(self, folder: Path) -> None:
        path = folder / "a.wav"
        with WavWriter(path) as file:
            file.append(np.repeat(np.arange(10, dtype="<i2"), STEP).tobytes())
        self.path = path
        self.out = FakeOut()
        self.opened = 0
        self.refuses: DictationError | None = None
        self.told: list[Playing] = []
        self.crashes: list[Exception] = []
        self.playback = Playback(open_kept(path), self.told.append, self.crashes.append, self.open)

    def open(self) -> FakeOut:
        self.opened += 1
        if self.refuses:
            raise self.refuses
        return self.out

    def over(self) -> bool:
        return bool(self.told) and not self.told[-1].plays


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.playback.pause()
    made.out.room.release(1000)
    assert not made.crashes


def test_all_of_it_is_heard_once_and_then_it_stands_at_its_end(desk: Desk) -> None:
    desk.playback.play()
    until("the end", desk.over)
    assert desk.out.heard == list(range(10))
    assert (desk.out.drained, desk.out.closed) == (1, 1)
    assert desk.playback.position == desk.playback.seconds == 10 * STEP / RATE
    assert [each.plays for each in desk.told] == [True, False]


def test_from_its_end_it_plays_from_the_start(desk: Desk) -> None:
    desk.playback.seek(desk.playback.seconds)
    desk.playback.play()
    until("the end", desk.over)
    assert desk.out.heard[0] == 0


def test_a_pause_goes_on_from_what_was_heard_last(desk: Desk) -> None:
    desk.out.room, desk.out.latency = threading.Semaphore(5), 2 * STEP / RATE
    desk.playback.play()
    until("the sixth step", lambda: len(desk.out.heard) == 6)
    assert desk.playback.position == pytest.approx(3 * STEP / RATE)
    desk.playback.pause()
    assert not desk.playback.plays
    desk.out.room.release(1000)
    until("it is closed", lambda: desk.out.closed == 1)
    desk.playback.play()
    until("the end", desk.over)
    assert desk.out.heard[6:] == list(range(3, 10))


def test_a_jump_while_it_plays_forgets_what_is_not_heard_yet(desk: Desk) -> None:
    desk.out.room = threading.Semaphore(2)
    desk.playback.play()
    until("the third step", lambda: len(desk.out.heard) == 3)
    desk.playback.seek(8 * STEP / RATE)
    assert desk.playback.position == 8 * STEP / RATE
    desk.out.room.release(1000)
    until("the end", desk.over)
    assert desk.out.heard == [0, 1, 2, 8, 9]
    assert (desk.out.flushed, desk.opened) == (1, 1)


@pytest.mark.parametrize(("to", "at"), [(-1.0, 0.0), (1e6, 10 * STEP / RATE)])
def test_a_place_outside_is_its_nearer_end(desk: Desk, to: float, at: float) -> None:
    desk.playback.seek(to)
    assert desk.playback.position == at


def test_without_an_output_it_tells_what_to_do_and_can_be_tried_again(desk: Desk) -> None:
    desk.refuses = unplayed("There is none.")
    desk.playback.play()
    until("the error", desk.over)
    error = desk.told[-1].error
    assert isinstance(error, MissingPart)
    assert "headphones" in error.hint
    desk.refuses = None
    desk.playback.play()
    until("the end", lambda: len(desk.told) == 3)
    assert desk.told[-1].error is None


def test_an_output_that_goes_in_the_middle_is_told_and_closed(desk: Desk) -> None:
    desk.out.room = threading.Semaphore(2)
    desk.playback.play()
    until("the third step", lambda: len(desk.out.heard) == 3)
    desk.out.gone = unplayed("It was pulled.")
    desk.out.room.release(1)
    until("the error", desk.over)
    assert desk.told[-1].error is desk.out.gone
    assert desk.out.closed == 1


def test_it_is_heard_by_the_systems_own_output(desk: Desk, desktop: VirtualDesktop) -> None:
    told: list[Playing] = []
    playback = Playback(open_kept(desk.path), told.append, desk.crashes.append)
    playback.play()
    until("the end", lambda: bool(told) and not told[-1].plays)
    assert (told[-1].error, playback.position) == (None, playback.seconds)


def test_peaks_show_where_it_is_loud(tmp_path: Path) -> None:
    with WavWriter(tmp_path / "a.wav") as file:
        file.append(np.zeros(RATE, "<i2").tobytes())
        file.append(np.full(RATE, -32768, "<i2").tobytes())
        file.append(np.full(RATE, 16384, "<i2").tobytes())
    assert peaks(open_kept(tmp_path / "a.wav"), 3) == (0.0, 1.0, 0.5)
