"""Microphones: real ones through PortAudio and a real sound server, and a file as one."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from dataclasses import replace
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
    MicrophoneSilent,
    MicrophoneStalled,
    MissingPart,
    NoMicrophone,
)
from dictation.microphones import Device, Microphone, named, next_after, usual
from dictation.microphones.portaudio import Library
from dictation.microphones.pulse import Server, followed, look
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


def program(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


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


class TestNext:
    """What a take goes on with."""

    def test_lost_one_that_is_back_comes_first(self) -> None:
        assert next_after(USB, [DESK, USB], (), trusted=True) == USB

    def test_headset_is_known_by_its_address_in_any_profile(self) -> None:
        music, speech = (
            Device(name, bluetooth=True, source=f"bluez.{name}", address="AA:BB")
            for name in ("music", "speech")
        )
        assert next_after(music, [DESK, speech], (), trusted=True) == speech

    def test_one_that_is_there_and_silent_comes_last(self) -> None:
        assert next_after(DESK, [DESK, USB], ("desk",), trusted=False) == USB
        assert next_after(DESK, [DESK], ("desk",), trusted=False) == DESK

    def test_preference_comes_before_the_default(self) -> None:
        gone = Device("Gone")
        assert next_after(gone, [DESK, USB], ("gone", "usb"), trusted=True) == USB

    def test_none_there_is_told(self) -> None:
        with pytest.raises(NoMicrophone):
            next_after(DESK, [], ("desk",), trusted=True)


def served(*devices: Device, recorded: str, muted: str = "") -> Server:
    return Server("one", devices, frozenset(filter(None, [muted])), (recorded,))


class TestStream:
    """Where the sound server says the stream is, and what is made of it."""

    desk = Device("Desk", source="desk")
    usb = Device("USB", source="usb", default=True)
    ear = Device("Ear", source="ear", bluetooth=True, default=True)

    def test_stays_where_it_is_when_another_becomes_the_default(self) -> None:
        server = served(self.desk, self.usb, recorded="desk")
        assert followed(self.desk, server, ()) == self.desk

    def test_is_followed_to_the_new_default(self) -> None:
        assert followed(self.desk, served(self.desk, self.usb, recorded="usb"), ()) == self.usb

    def test_is_followed_where_someone_moved_it_by_hand(self) -> None:
        server = served(self.desk, replace(self.usb, default=False), recorded="usb")
        assert followed(self.desk, server, ("desk",)).name == "USB"

    @pytest.mark.parametrize(
        ("preferences", "recorded"), [(("desk",), "usb"), ((), "ear"), ((), "monitor")]
    )
    def test_is_taken_back_from_where_the_user_would_not_have_it(
        self, preferences: tuple[str, ...], recorded: str
    ) -> None:
        other = self.ear if recorded == "ear" else self.usb
        with pytest.raises(MicrophoneLost):
            followed(self.desk, served(self.desk, other, recorded=recorded), preferences)

    def test_of_a_device_that_is_gone_is_followed_to_the_one_that_comes_next(self) -> None:
        spare = Device("Spare", source="spare")
        server = served(self.usb, spare, recorded="usb")
        assert followed(self.desk, server, ()) == self.usb
        with pytest.raises(MicrophoneLost, match="Desk was disconnected"):
            followed(self.desk, server, ("spare",))

    def test_of_zeros_is_left_once_another_is_preferred(self) -> None:
        microphone = RealMicrophone(DESK, Library(lambda: FakePortAudio()))
        microphone.start(Audio())
        for block in (np.ones(160, np.int16), np.zeros(160, np.int16)):
            microphone._heard(block)
        microphone._sounded -= 3.1
        microphone._device = self.desk
        for other, fault in ((replace(self.usb, default=False), False), (self.usb, True)):
            here = replace(self.desk, default=not fault)
            microphone._seen(served(here, other, recorded="desk"))
            assert isinstance(microphone.fault(), MicrophoneSilent) == fault
        microphone._seen(served(self.desk, self.usb, recorded="desk", muted="desk"))
        assert microphone.fault() is None


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

    def test_source_that_vanishes_is_lost_where_the_server_has_no_other(
        self, desktop: VirtualDesktop
    ) -> None:
        microphone, audio = microphones.find(), Audio()
        microphone.start(audio)
        until("sound", lambda: audio.samples)
        desktop.remove_microphone("microphone")
        try:
            fault = until("a fault", microphone.fault, 3)
            microphone.stop()
        finally:
            desktop.add_microphone("microphone")
        assert isinstance(fault, MicrophoneLost)
        assert "Microphone" in fault.message

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

        def held() -> tuple[int, ...]:
            return tuple(len([*Path(f"/proc/self/{kind}").iterdir()]) for kind in ("fd", "task"))

        for _ in range(10):
            record(microphones.find(), 0.02)
        before, memory = held(), resident()
        for _ in range(50):
            record(microphones.find(), 0.02)
        until("all closed", lambda: held() <= before)
        assert resident() - memory < 5_000_000

    def test_bluetooth_source_is_known_as_one(self, desktop: VirtualDesktop) -> None:
        source = ("module-remap-source", "source_name=ear", "master=microphone-mouth.monitor")
        known = "source_properties='device.description=Ear device.bus=bluetooth'"
        module = desktop.run("pactl", "load-module", *source, known).strip()
        try:
            desktop.set_default_microphone("ear")
            assert [device.name for device in microphones.devices() if device.bluetooth] == ["Ear"]
            assert microphones.find().name == "Microphone"
            assert microphones.find(("ear",)).name == "Ear"
        finally:
            desktop.set_default_microphone("microphone")
            desktop.run("pactl", "unload-module", module)

    def test_two_of_one_name_can_be_told_apart(self, desktop: VirtualDesktop) -> None:
        source = ("module-remap-source", "source_name=second", "master=microphone-mouth.monitor")
        known = "source_properties=device.description=Microphone"
        module = desktop.run("pactl", "load-module", *source, known).strip()
        try:
            names = {device.name for device in microphones.devices()}
        finally:
            desktop.run("pactl", "unload-module", module)
        assert names == {"Microphone (microphone)", "Microphone (second)"}

    def test_server_that_hangs_is_told_and_not_waited_for(self, desktop: VirtualDesktop) -> None:
        microphone, audio = microphones.find(), Audio()
        microphone.start(audio)
        until("sound", lambda: audio.samples)
        (server,) = [pid for pid in desktop.processes() if program(pid) == "pulseaudio"]
        os.kill(server, signal.SIGSTOP)
        try:
            fault = until("a fault", microphone.fault, 4)
            began = time.monotonic()
            microphone.stop()
            took = time.monotonic() - began
            with pytest.raises(MicrophoneStalled, match="does not answer"):
                look(0.3)
        finally:
            os.kill(server, signal.SIGCONT)
        assert isinstance(fault, MicrophoneStalled)
        assert took < 3
        assert record(microphones.find(), 0.1).samples


class FakeStream:
    """A stream that gives one block when it starts."""

    latency = 0.01

    def __init__(self, library: FakePortAudio, rate: int, channels: int, callback: Any) -> None:
        self.library, self.rate, self.channels, self.callback = library, rate, channels, callback

    def start(self) -> None:
        for _ in range(100):
            block = np.full((self.rate // 100, self.channels), 1000, np.int16)
            self.callback(block.tobytes(), len(block), None, None)

    def abort(self) -> None:
        raise self.library.PortAudioError("Stream is not active", -9000)

    def close(self) -> None:
        self.library.closed += 1


class FakePortAudio:
    """The part of sounddevice that is used, with one device that refuses what a test says."""

    class PortAudioError(Exception):
        pass

    default = SimpleNamespace(hostapi=0)

    def __init__(self, refuse: Any = lambda _rate, _channels: None, channels: int = 1) -> None:
        self.refuse, self.channels = refuse, channels
        self.started, self.closed = 0, 0
        self.opened: list[tuple[int, int]] = []

    def _initialize(self) -> None:
        self.started += 1

    def _terminate(self) -> None:
        self.started -= 1

    def query_hostapis(self) -> Any:
        return ({"name": "Core Audio", "devices": [0], "default_input_device": 0},)

    def query_devices(self, index: int | None = None) -> Any:
        device = {
            "name": "Desk",
            "index": 0,
            "max_input_channels": self.channels,
            "default_samplerate": 48000.0,
        }
        return device if index is not None else [device]

    def RawInputStream(
        self, *, samplerate: int, channels: int, callback: Any, **_: Any
    ) -> FakeStream:
        if reason := self.refuse(samplerate, channels):
            raise self.PortAudioError(*reason)
        self.opened.append((samplerate, channels))
        return FakeStream(self, samplerate, channels, callback)


class TestPortAudio:
    def test_busy_device_is_told_after_a_second_try(self) -> None:
        tries = []

        def refuse(*form: int) -> tuple[str, int]:
            tries.append(form)
            return ("Device unavailable", -9985)

        fake = FakePortAudio(refuse)
        library = Library(lambda: fake)
        with pytest.raises(MicrophoneBusy, match="Desk"):
            RealMicrophone(library.devices()[0], library).start(Audio())
        assert len(tries) == 2

    def test_device_that_is_gone_is_told(self) -> None:
        library = Library(FakePortAudio)
        with pytest.raises(NoMicrophone, match="USB Audio"):
            RealMicrophone(USB, library).start(Audio())

    def test_any_other_refusal_carries_its_reason(self) -> None:
        fake = FakePortAudio(lambda *_: ("Unanticipated host error", -9999))
        library = Library(lambda: fake)
        with pytest.raises(MicrophoneError, match="Unanticipated host error"):
            RealMicrophone(DESK, library).start(Audio())

    def test_device_that_refuses_16_khz_is_resampled(self) -> None:
        fake = FakePortAudio(lambda rate, _: ("Invalid rate", -9997) if rate == RATE else None)
        audio = Audio()
        RealMicrophone(DESK, Library(lambda: fake)).start(audio)
        assert fake.opened == [(48000, 1)]
        assert audio.seconds == pytest.approx(1, abs=0.05)
        assert audio.peak == pytest.approx(1000, rel=0.2)

    def test_another_rate_after_a_reopening_goes_into_the_same_recording(self) -> None:
        audio = Audio()
        for refuses in (False, True):
            fake = FakePortAudio(
                lambda rate, _, no=refuses: ("Rate", -9997) if no * (rate == RATE) else None
            )
            RealMicrophone(DESK, Library(lambda fake=fake: fake)).start(audio)
        assert audio.seconds == pytest.approx(2, abs=0.05)

    def test_device_that_refuses_mono_is_mixed(self) -> None:
        fake = FakePortAudio(lambda _, wide: ("Channels", -9998) if wide == 1 else None, channels=8)
        audio = Audio()
        RealMicrophone(DESK, Library(lambda: fake)).start(audio)
        assert fake.opened == [(RATE, 2)]
        assert (audio.samples, audio.peak) == (RATE, 1000)

    def test_is_started_anew_when_the_devices_changed(self) -> None:
        fake = FakePortAudio()
        fake._terminate = lambda: None  # type: ignore[method-assign]
        library = Library(lambda: fake)
        for identity in ("one card", "one card", "two cards", "two cards"):
            library.refresh(identity)
        assert fake.started == 1

    def test_is_not_started_anew_under_an_open_stream(self) -> None:
        library = Library(FakePortAudio)
        microphone = RealMicrophone(DESK, library)
        microphone.start(Audio())
        assert not library.renew()
        microphone.stop()
        assert library.renew()

    def test_is_started_anew_after_a_take_of_zeros(self) -> None:
        fake = FakePortAudio()
        fake._terminate = lambda: None  # type: ignore[method-assign]
        library = Library(lambda: fake)
        library.refresh("one card")
        library.forget()
        library.refresh("one card")
        assert fake.started == 1

    def test_library_that_is_not_installed_is_a_missing_part(self) -> None:
        def load() -> Any:
            raise MissingPart("The sound library PortAudio is not installed.")

        with pytest.raises(MissingPart) as missing:
            Library(load).devices()
        assert "dictation setup" in missing.value.hint


WARM = """
import sys
from dictation import microphones
microphones.warm()
streams = microphones.portaudio.library._streams
print({"sounddevice", "pulsectl", "numpy"} - set(sys.modules), streams)
"""


def test_what_a_take_needs_is_made_ready_with_no_device_opened(desktop: VirtualDesktop) -> None:
    said = desktop.run(sys.executable, "-c", WARM, PYTHONPATH=str(Path(__file__).parents[1]))
    assert said == "set() 0\n"


class TestFile:
    def test_plays_in_real_time_from_its_first_sample_and_silence_after_its_end(
        self, tmp_path: Path
    ) -> None:
        wav = tone(tmp_path / "tone.wav", 440, seconds=0.3)
        microphone = FileMicrophone(f"file:{wav}")
        for _ in range(2):
            began, audio = time.monotonic(), record(microphone, 0.6)
            assert time.monotonic() - began == pytest.approx(audio.seconds, abs=0.1)
            played = np.frombuffer(audio.read(0, audio.samples), "<i2")
            source = soundfile.read(wav, dtype="int16")[0]
            assert (played[: len(source)] == source).all()
            assert not played[len(source) :].any()
            assert microphone.fault() is None
            assert microphone.may_be_silent

    def test_plays_twenty_times_as_fast(self, tmp_path: Path) -> None:
        wav = tone(tmp_path / "tone.wav", 440, seconds=4)
        began = time.monotonic()
        audio = record(FileMicrophone(f"file:{wav}@20"), 4)
        assert time.monotonic() - began < 1
        assert pitch(audio) == pytest.approx(440, abs=3)

    def test_any_rate_and_number_of_channels_will_do(self, tmp_path: Path) -> None:
        wav = tone(tmp_path / "tone.wav", 440, rate=44100, channels=2)
        audio = record(FileMicrophone(f"file:{wav}@10"), 1)
        assert pitch(audio) == pytest.approx(440, abs=3)

    def test_file_that_is_missing_or_no_audio_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "text.wav").write_text("no sound")
        for name in ("nowhere.wav", "text.wav"):
            with pytest.raises(MicrophoneError, match=name):
                FileMicrophone(f"file:{tmp_path / name}").start(Audio())

    def test_name_may_hold_an_at_sign(self) -> None:
        assert parsed("file:/a/me@home.wav") == (Path("/a/me@home.wav"), 1.0)
        assert parsed("file:/a/me@home.wav@2.5") == (Path("/a/me@home.wav"), 2.5)

    def test_is_found_without_asking_for_devices(self, tmp_path: Path) -> None:
        assert microphones.find((f"file:{tmp_path}/a.wav",)).name == f"file:{tmp_path}/a.wav"
