"""The meter: how loud it is, and when to say that something is wrong."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dictation.audio import RATE
from dictation.errors import MicrophoneLost, MicrophoneSilent
from dictation.meter import Hooks, Meter, Passing, loudness
from dictation.microphones import find
from tests.desktop import until
from tests.fakes import FakeMicrophone, sound


def nothing(_told: object) -> None:
    """Nobody listens."""


def test_loudness_goes_by_ear() -> None:
    assert loudness(32768) == 1
    assert loudness(0) == loudness(10) == 0
    assert loudness(3277) == pytest.approx(2 / 3, abs=0.01)  # -20 dB


def test_what_passes_by_is_not_kept() -> None:
    passing = Passing()
    for _second in range(60):
        passing.append(sound(1.0, 500))
    assert passing.samples == 60 * RATE
    assert passing.read(0, RATE) == bytes(2 * RATE)


def test_a_tone_is_heard_as_loud_as_it_is(tmp_path: Path) -> None:
    wave = np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE) / 10
    soundfile.write(tmp_path / "tone.wav", wave, RATE)
    heard: list[float] = []
    enough = threading.Event()

    def hear(level: float) -> None:
        heard.append(level)
        if len(heard) > 5:
            enough.set()

    names: list[str] = []
    wanted = f"file:{tmp_path / 'tone.wav'}"
    meter = Meter(lambda: find([wanted]), Hooks(names.append, hear))
    running = threading.Thread(target=meter.run)
    running.start()
    assert enough.wait(10)
    meter.stop()
    running.join(10)
    assert not running.is_alive()
    assert "tone.wav" in names[0]
    assert max(heard) == pytest.approx(2 / 3, abs=0.02)


def test_only_zeros_are_told_and_the_microphone_is_closed() -> None:
    silent = FakeMicrophone(np.zeros(3 * RATE, np.int16))
    with pytest.raises(MicrophoneSilent):
        Meter(lambda: silent, Hooks(nothing, nothing)).run()
    assert not silent.running.is_set()


def test_a_fault_is_told() -> None:
    microphone = FakeMicrophone(sound(0.1))
    microphone.broken = MicrophoneLost("Fake was disconnected.")
    with pytest.raises(MicrophoneLost):
        Meter(lambda: microphone, Hooks(nothing, nothing)).run()


def test_a_meter_that_was_stopped_before_opens_nothing() -> None:
    microphone = FakeMicrophone()
    meter = Meter(lambda: microphone, Hooks(nothing, nothing))
    meter.stop()
    meter.run()
    assert microphone.audio is None


def test_a_stream_that_the_system_moved_is_shown_under_its_new_name() -> None:
    names: list[str] = []
    microphone = FakeMicrophone(sound(0.1))
    meter = Meter(lambda: microphone, Hooks(names.append, nothing))
    running = threading.Thread(target=meter.run, daemon=True)
    running.start()
    until("it is shown", lambda: names == ["Fake"])
    microphone.name = "USB"
    until("it is shown", lambda: names == ["Fake", "USB"])
    meter.stop()
    running.join(5)
