"""What happens to the microphone in mid-take, with a real sound server: nothing heard is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from dictation import microphones
from dictation.audio import RATE
from dictation.capture import Capture, Hooks, Limits
from dictation.errors import MicrophoneLost
from tests.desktop import VirtualDesktop, until
from tests.fakes import track
from tests.test_microphones import program, tone

WINDOW = RATE // 20


class Recorded:
    """A take from a real microphone, on a thread of its own as in the program."""

    def __init__(self, *preferences: str) -> None:
        self.told: list[str] = []
        self.names: list[str] = []
        hooks = Hooks(opened=self.names.append, changed=self.names.append, told=self.told.append)
        self.capture = Capture(lambda: microphones.find(preferences), Limits(), hooks, track)
        self._thread = threading.Thread(target=self.capture.run, daemon=True)
        self._thread.start()
        self.audio = self.capture.audio
        until("sound", lambda: self.audio.samples)

    def ends(self) -> None:
        """Waits for its end; `lost` is what the clock has and the recording has not."""
        self.capture.stop()
        now, first = time.monotonic(), self.audio.first_sample_at
        assert first is not None
        self._thread.join(15)
        assert not self._thread.is_alive()
        self.lost = now - first - self.capture.seconds

    def goes_on(self, name: str, seconds: float = 12) -> None:
        """Waits until it records from that microphone."""
        until(f"it records from {name}", lambda: self.names[-1] == name and self.flows(), seconds)

    def flows(self) -> bool:
        return time.monotonic() - self.audio.last_sample_at < 0.05

    def hears(self, hertz: int) -> float:
        """Seconds of that tone in the recording."""
        whole = np.frombuffer(self.audio.read(0, self.audio.samples), "<i2")
        windows = whole[: len(whole) // WINDOW * WINDOW].reshape(-1, WINDOW)
        spectra = abs(np.fft.rfft(windows * np.hanning(WINDOW)))
        right = abs(spectra.argmax(axis=1) * RATE / WINDOW - hertz) < 30
        return float((right & (abs(windows).max(axis=1) > 1000)).sum()) * WINDOW / RATE


@contextmanager
def second(desktop: VirtualDesktop) -> Iterator[Callable[[], None]]:
    """A headset beside the microphone; what it gives pulls it out."""
    plugged = True

    def unplug() -> None:
        nonlocal plugged
        if plugged:
            plugged = False
            desktop.remove_microphone("headset")

    desktop.add_microphone("headset")
    try:
        yield unplug
    finally:
        desktop.set_default_microphone("microphone")
        unplug()


@pytest.fixture
def low(tmp_path: Path) -> Path:
    return tone(tmp_path / "low.wav", 440)


@pytest.fixture
def high(tmp_path: Path) -> Path:
    return tone(tmp_path / "high.wav", 880)


class TestUnplugged:
    def test_with_another_there_it_goes_on_with_that(
        self, desktop: VirtualDesktop, low: Path, high: Path
    ) -> None:
        with second(desktop) as unplug:
            take = Recorded("headset")
            desktop.play(low, "headset")
            unplug()
            take.goes_on("Microphone")
            desktop.play(high)
            take.ends()
        print(f"lost {take.lost * 1000:.0f} ms", take.capture.notes)
        assert take.hears(440) >= 0.6
        assert take.hears(880) >= 0.6
        assert take.capture.fault is None
        [note] = take.capture.notes
        assert "Headset was disconnected. Recording went on with Microphone" in note

    def test_alone_it_goes_on_once_it_is_back(
        self, desktop: VirtualDesktop, low: Path, high: Path
    ) -> None:
        take = Recorded()
        desktop.play(low)
        desktop.remove_microphone("microphone")
        try:
            until("it is noticed", lambda: take.told)
            until("nothing is heard", lambda: not take.flows())
        finally:
            desktop.add_microphone("microphone")
        take.goes_on("Microphone")
        desktop.play(high)
        take.ends()
        print(f"lost {take.lost * 1000:.0f} ms", take.capture.notes)
        assert take.hears(440) >= 0.6
        assert take.hears(880) >= 0.6
        assert take.told == ["Microphone was disconnected."]
        [note] = take.capture.notes
        assert "Recording went on with Microphone; nothing was heard for" in note

    def test_for_good_ends_the_take_with_what_there_is(
        self, desktop: VirtualDesktop, low: Path
    ) -> None:
        take = Recorded()
        take.capture._patience = 1.0
        desktop.play(low)
        desktop.remove_microphone("microphone")
        try:
            until("its end", lambda: not take._thread.is_alive())
        finally:
            desktop.add_microphone("microphone")
        assert isinstance(take.capture.fault, MicrophoneLost)
        assert take.hears(440) >= 0.6


class TestSoundServer:
    def test_restarted_costs_what_it_was_away(
        self, desktop: VirtualDesktop, low: Path, high: Path
    ) -> None:
        take = Recorded()
        desktop.play(low)
        desktop.stop_sound()
        went = time.monotonic()
        try:
            until("it is noticed", lambda: take.told)
        finally:
            desktop.start_sound()
        away = time.monotonic() - went
        take.goes_on("Microphone")
        desktop.play(high)
        take.ends()
        print(f"lost {take.lost * 1000:.0f} ms, away {away * 1000:.0f}", take.capture.notes)
        assert take.hears(440) >= 0.6
        assert take.hears(880) >= 0.6
        assert take.lost < away + 2
        assert take.capture.fault is None
        [note] = take.capture.notes
        assert "Recording went on with Microphone; nothing was heard for" in note

    def test_that_hangs_holds_up_nobody_who_stops(self, desktop: VirtualDesktop, low: Path) -> None:
        take = Recorded()
        desktop.play(low)
        (server,) = [pid for pid in desktop.processes() if program(pid) == "pulseaudio"]
        os.kill(server, signal.SIGSTOP)
        try:
            until("it is noticed", lambda: take.told)
            began = time.monotonic()
            take.ends()
            took = time.monotonic() - began
        finally:
            os.kill(server, signal.SIGCONT)
        print(f"stopped in {took * 1000:.0f} ms", take.capture.notes)
        assert took < 2
        assert take.hears(440) >= 0.6
        [note] = take.capture.notes
        assert "Microphone sends no more sound. Nothing was heard from then on." in note


class TestDefault:
    def test_that_changes_is_followed_without_a_gap_where_the_server_moves_the_stream(
        self, desktop: VirtualDesktop, low: Path, high: Path
    ) -> None:
        with second(desktop):
            take = Recorded()
            desktop.play(low)
            desktop.set_default_microphone("headset")
            take.goes_on("Headset")
            desktop.play(high, "headset")
            take.ends()
        print(f"lost {take.lost * 1000:.0f} ms", take.capture.notes)
        assert take.hears(440) >= 0.6
        assert take.hears(880) >= 0.6
        [note] = take.capture.notes  # and it tells of no gap
        assert note.endswith("The system moved the recording. Recording went on with Headset.")

    def test_that_changes_leaves_a_named_microphone_in_use(
        self, desktop: VirtualDesktop, low: Path, high: Path
    ) -> None:
        with second(desktop):
            take = Recorded("microphone")
            desktop.play(low)
            desktop.set_default_microphone("headset")
            until("it is noticed", lambda: take.told)
            until("it is back", lambda: len(take.names) == 2 and take.flows())
            desktop.play(high)
            take.ends()
        print(f"lost {take.lost * 1000:.0f} ms", take.capture.notes)
        assert take.hears(440) >= 0.6
        assert take.hears(880) >= 0.6
        assert take.lost < 1
        [note] = take.capture.notes
        assert "The system took the recording away from Microphone." in note


def test_muting_is_told_at_once_and_recording_goes_on(
    desktop: VirtualDesktop, low: Path, high: Path
) -> None:
    take = Recorded()
    desktop.play(low)
    desktop.run("pactl", "set-source-mute", "microphone", "1")
    try:
        until("it is told", lambda: take.told, 3)
        desktop.play(low)
    finally:
        desktop.run("pactl", "set-source-mute", "microphone", "0")
    until("it is noted", lambda: take.capture.notes, 3)
    desktop.play(high)
    take.ends()
    assert 0.6 <= take.hears(440) <= 1.1
    assert take.hears(880) >= 0.6
    assert take.told == ["Microphone is muted: nothing is heard."]
    [note] = take.capture.notes
    assert note.startswith("Microphone was muted from ")


def test_a_headset_that_changes_its_profile_is_gone_on_with(
    desktop: VirtualDesktop, low: Path, high: Path
) -> None:
    def profile(kind: str) -> str:
        source = f"source_name=bluez_source.AA_BB.{kind}"
        known = "source_properties='device.description=Ear device.api=bluez device.string=AA:BB'"
        made = ("module-remap-source", source, "master=jack-mouth.monitor", known)
        return desktop.run("pactl", "load-module", *made).strip()

    desktop.add_microphone("jack")
    try:
        music = profile("music")
        take = Recorded("ear")
        desktop.play(low, "jack")
        desktop.run("pactl", "unload-module", music)
        profile("speech")
        take.goes_on("Ear", 4)
        until("it is noted", lambda: take.capture.notes)
        desktop.play(high, "jack")
        take.ends()
    finally:
        desktop.remove_microphone("jack")
    print(f"lost {take.lost * 1000:.0f} ms", take.capture.notes)
    assert take.hears(440) >= 0.6
    assert take.hears(880) >= 0.6
    [note] = take.capture.notes
    assert "Ear was disconnected. Recording went on with Ear" in note
