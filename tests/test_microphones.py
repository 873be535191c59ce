"""Microphones: real ones through PortAudio and a real sound server, and a file as one."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile

from dictation import microphones
from dictation.audio import RATE, Audio
from dictation.errors import (
    MicrophoneBusy,
    MicrophoneError,
    MicrophoneLost,
    MicrophoneStalled,
    MissingPart,
    NoMicrophone,
)
from dictation.microphones import Device, Microphone, named, usual
from dictation.microphones.portaudio import Library
from dictation.microphones.pulse import look
from dictation.microphones.real import RealMicrophone
from dictation.microphones.wav_file import FileMicrophone, parsed
from tests.desktop import VirtualDesktop, until

DESK = Device("Desk", default=True)
HEADSET = Device("AirPods of Ada", bluetooth=True)
USB = Device("USB Audio")


def tone(path: Path, hertz: int, seconds: float = 1.0, rate: int = RATE, channels: int = 1) -> Path:
    """A WAV of a tone at a third of full scale."""
    times = np.arange(round(rate * seconds)) / rate
    wave = np.sin(2 * np.pi * hertz * times) / 3
    soundfile.write(path, np.tile(wave[:, None], channels), rate)
    return path


def pitch(audio: Audio) -> float:
    """The strongest frequency of what was recorded, in Hz; 0 for silence."""
    samples = np.frombuffer(audio.read(0, audio.samples), "<i2")
    if not samples.any():
        return 0
    spectrum = abs(np.fft.rfft(samples))
    return float(np.argmax(spectrum)) * RATE / len(samples)


def record(microphone: Microphone, seconds: float) -> Audio:
    audio = Audio()
    microphone.start(audio)
    until("sound", lambda: audio.seconds >= seconds or microphone.fault())
    microphone.stop()
    return audio


class TestChoice:
    def test_name_is_matched_in_any_case(self) -> None:
        assert named([DESK, USB], "usb audio") is USB

    def test_exact_name_beats_an_earlier_device_that_only_holds_it(self) -> None:
        longer = Device("USB Audio of the webcam")
        assert named([longer, USB], "USB Audio") is USB

    def test_part_of_a_name_is_enough(self) -> None:
        assert named([DESK, HEADSET], "airpods") is HEADSET

    def test_name_that_is_not_there_finds_nothing(self) -> None:
        assert named([DESK], "USB") is None

    def test_default_is_the_usual_one(self) -> None:
        assert usual([USB, DESK]) is DESK

    def test_headset_is_not_taken_beside_another_even_as_the_default(self) -> None:
        assert usual([Device("BT", default=True, bluetooth=True), USB]) == USB

    def test_headset_alone_is_taken(self) -> None:
        assert usual([HEADSET]) is HEADSET

    def test_no_device_at_all_is_told(self) -> None:
        with pytest.raises(NoMicrophone):
            usual([])


class TestSoundServer:
    def test_lists_the_real_sources_with_the_default_marked(self, desktop: VirtualDesktop) -> None:
        assert [(device.name, device.default) for device in microphones.devices()] == [
            ("Microphone", True)
        ]

    def test_records_what_is_spoken(self, desktop: VirtualDesktop, tmp_path: Path) -> None:
        microphone, audio = microphones.find(), Audio()
        microphone.start(audio)
        desktop.play(tone(tmp_path / "tone.wav", 440))
        microphone.stop()
        assert microphone.fault() is None
        assert pitch(audio) == pytest.approx(440, abs=3)

    def test_keeps_what_was_spoken_until_the_very_end(
        self, desktop: VirtualDesktop, tmp_path: Path
    ) -> None:
        microphone, audio = microphones.find(), Audio()
        microphone.start(audio)
        began = time.monotonic()
        until("sound", lambda: audio.seconds > 1)
        microphone.stop()
        assert audio.seconds >= time.monotonic() - began - 0.15

    def test_takes_the_named_one_of_two(self, desktop: VirtualDesktop, tmp_path: Path) -> None:
        desktop.add_microphone("headset")
        try:
            microphone, audio = microphones.find(("nowhere", "HEAD")), Audio()
            microphone.start(audio)
            desktop.play(tone(tmp_path / "tone.wav", 660), microphone="headset")
            microphone.stop()
            other = Audio()
            plain = microphones.find()
            plain.start(other)
            desktop.play(tone(tmp_path / "tone.wav", 660), microphone="headset")
            plain.stop()
        finally:
            desktop.remove_microphone("headset")
        assert microphone.name == "Headset"
        assert pitch(audio) == pytest.approx(660, abs=3)
        assert plain.name == "Microphone"
        assert pitch(other) == 0

    def test_follows_the_default_from_take_to_take(
        self, desktop: VirtualDesktop, tmp_path: Path
    ) -> None:
        record(microphones.find(), 0.1)
        desktop.add_microphone("headset")
        desktop.set_default_microphone("headset")
        try:
            microphone, audio = microphones.find(), Audio()
            microphone.start(audio)
            desktop.play(tone(tmp_path / "tone.wav", 660), microphone="headset")
            microphone.stop()
        finally:
            desktop.set_default_microphone("microphone")
            desktop.remove_microphone("headset")
        assert microphone.name == "Headset"
        assert pitch(audio) == pytest.approx(660, abs=3)

    def test_source_that_vanishes_is_lost(self, desktop: VirtualDesktop) -> None:
        desktop.add_microphone("headset")
        microphone, audio = microphones.find(("headset",)), Audio()
        microphone.start(audio)
        until("sound", lambda: audio.samples)
        desktop.remove_microphone("headset")
        fault = until("a fault", microphone.fault, 3)
        microphone.stop()
        assert isinstance(fault, MicrophoneLost)
        assert "Headset" in fault.message

    def test_source_that_falls_asleep_has_stalled_and_is_closed_at_once(
        self, desktop: VirtualDesktop
    ) -> None:
        microphone, audio = microphones.find(), Audio()
        microphone.start(audio)
        until("sound", lambda: audio.samples)
        desktop.run("pactl", "suspend-source", "microphone", "1")
        try:
            fault = until("a fault", microphone.fault, 4)
            began = time.monotonic()
            microphone.stop()
            took = time.monotonic() - began
        finally:
            desktop.run("pactl", "suspend-source", "microphone", "0")
        assert isinstance(fault, MicrophoneStalled)
        assert took < 1

    def test_server_that_dies_is_told_and_its_successor_is_found(
        self, desktop: VirtualDesktop
    ) -> None:
        microphone, audio = microphones.find(), Audio()
        microphone.start(audio)
        until("sound", lambda: audio.samples)
        desktop.stop_sound()
        try:
            fault = until("a fault", microphone.fault, 3)
            microphone.stop()
            with pytest.raises(NoMicrophone):
                microphones.find()
        finally:
            desktop.start_sound()
        assert isinstance(fault, MicrophoneLost)
        assert record(microphones.find(), 0.2).samples

    def test_fifty_takes_leave_nothing_behind(self, desktop: VirtualDesktop) -> None:
        def resident() -> int:
            gc.collect()
            return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

        def held() -> tuple[int, int]:
            return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))

        for _ in range(10):
            record(microphones.find(), 0.02)
        before, memory = held(), resident()
        for _ in range(50):
            record(microphones.find(), 0.02)
        until("all closed", lambda: held() <= before)
        assert resident() - memory < 5_000_000
