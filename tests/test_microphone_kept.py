"""The microphone that stays open between takes: what it hears, and when it is closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dictation.audio import RATE, Audio
from dictation.capture import Capture, Hooks, Limits
from dictation.microphones import Microphone
from dictation.microphones.kept import Standby
from dictation.microphones.portaudio import Library, library
from dictation.microphones.real import RealMicrophone
from dictation.microphones.ring import Ring
from dictation.microphones.wav_file import FileMicrophone
from tests.desktop import VirtualDesktop, until
from tests.fakes import sound, track
from tests.test_microphones import DESK, FakePortAudio, pitch, record, tone

BLOCK = RATE // 100
COUNT = 30_000  # after which the numbers begin anew


class Counting(FakePortAudio):
    """A device that counts its samples, in real time: what comes when is known of each of them."""

    def __init__(self, latency: float = 0.02) -> None:
        super().__init__()
        self.latency, self.streams = latency, list[Any]()
        self.stalled, self.refusing = threading.Event(), threading.Event()

    def RawInputStream(self, *, callback: Any, **_: Any) -> Any:
        if self.refusing.is_set():
            raise self.PortAudioError("Device unavailable", -9985)
        self.streams.append(Numbers(self, callback))
        return self.streams[-1]

    @property
    def open(self) -> int:
        return sum(not stream.over.is_set() for stream in self.streams)


class Numbers:
    """A stream of Counting: each block comes as late after its last sample as the latency says."""

    def __init__(self, device: Counting, callback: Any) -> None:
        self.device, self.callback, self.latency = device, callback, device.latency
        self.over = threading.Event()

    def start(self) -> None:
        self.began = time.monotonic()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        given = 0
        while not self.over.wait(0.002):
            captured = time.monotonic() - self.began - self.latency
            while (given + BLOCK) / RATE <= captured and not self.device.stalled.is_set():
                block = (np.arange(given, given + BLOCK) % COUNT + 1).astype(np.int16)
                self.callback(block.tobytes(), BLOCK, None, None)
                given += BLOCK

    def number(self) -> int:
        """The one that is spoken now."""
        return int((time.monotonic() - self.began) * RATE)

    def abort(self) -> None:
        self.over.set()

    close = abort


class Desk:
    """A standby with a device that counts, or with those of the sound server."""

    def __init__(self, seconds: float, device: Counting | None = None) -> None:
        self.device = device or Counting()
        self.library = Library(lambda: self.device)
        self.told: list[str] = []
        self.there = DESK
        self.standby = Standby(self.find, look=0.05)
        self.standby.tell(self.told.append)
        self.standby.keep(seconds, ())
        library.let_go = lambda: None
        self.library.let_go = self.standby.let_go

    def find(self, preferences: Any, keeper: Any) -> Microphone:
        return RealMicrophone(self.there, self.library, preferences, keeper)

    def take(self, seconds: float, *names: str) -> Audio:
        return record(self.standby.find(names), seconds)


def numbers(*takes: Audio) -> list[int]:
    parts = [np.frombuffer(take.read(0, take.samples), "<i2") for take in takes]
    return [int(each) for each in np.concatenate(parts)]


def follow_each_other(found: list[int]) -> bool:
    return all(after == before % COUNT + 1 for before, after in pairwise(found))


@pytest.fixture
def desk() -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(*arguments: Any) -> Desk:
        made.append(Desk(*arguments))
        return made[-1]

    yield make
    for each in made:
        each.standby.close()
        assert not each.device.open


class TestRing:
    def test_holds_the_newest_samples_in_their_order_whatever_the_blocks(self) -> None:
        rng, whole = np.random.default_rng(3), np.arange(1, 30_001, dtype=np.int16)
        ring, start = Ring(), 0
        while start < len(whole):
            size = int(rng.integers(1, 12_000))
            ring.append(whole[start : start + size])
            start += size
            audio, copy = Audio(), replace_ring(ring)
            copy.pour(audio)
            newest = whole[:start][-RATE // 2 :]
            assert audio.read(0, audio.samples) == newest.tobytes()

    def test_takes_no_more_memory_however_long_it_stays_open(self) -> None:
        ring = Ring()
        before = ring._kept
        for _ in range(1000):
            ring.append(sound(0.1))
        assert ring._kept is before
        assert before.nbytes == RATE

    def test_leaves_nothing_in_memory_once_it_is_wiped(self) -> None:
        ring = Ring()
        ring.append(sound(1))
        ring.wipe()
        assert not ring._kept.any()


def replace_ring(ring: Ring) -> Ring:
    copy = Ring()
    copy._kept, copy._next, copy.samples = ring._kept.copy(), ring._next, ring.samples
    return copy


class TestNextTake:
    def test_has_what_was_spoken_since_the_last_one_without_a_gap_or_a_doubled_sample(
        self, desk: Callable[..., Desk]
    ) -> None:
        mine = desk(60)
        takes = [mine.take(seconds) for seconds in (0.2, 0.3, 0.25, 0.4)]
        assert follow_each_other(numbers(*takes))
        assert len(mine.device.streams) == 1

    def test_begins_half_a_second_before_its_key_and_says_so(
        self, desk: Callable[..., Desk]
    ) -> None:
        mine = desk(60)
        mine.take(0.1)
        until("the ring is full", lambda: ring_of(mine).samples == RATE // 2)
        pressed, audio = time.monotonic(), Audio()
        microphone = mine.standby.find()
        microphone.start(audio)
        assert time.monotonic() - pressed < 0.05
        assert audio.samples >= RATE // 2
        assert audio.first_sample_at == pytest.approx(pressed - 0.5, abs=0.05)
        microphone.stop()
        assert follow_each_other(numbers(audio))

    def test_opens_anew_where_the_preferences_are_others(self, desk: Callable[..., Desk]) -> None:
        mine = desk(60)
        mine.take(0.1)
        mine.take(0.1, "desk")
        assert len(mine.device.streams) == 2

    def test_opens_anew_where_the_open_one_gives_nothing(self, desk: Callable[..., Desk]) -> None:
        mine = desk(60)
        mine.take(0.1)
        mine.device.stalled.set()
        until("it is noticed", lambda: not held(mine).runs)
        mine.device.stalled.clear()
        assert mine.take(0.1).samples
        assert len(mine.device.streams) == 2


def held(desk: Desk) -> RealMicrophone:
    microphone = desk.standby._held
    assert microphone is not None
    return microphone


def ring_of(desk: Desk) -> Ring:
    ring = held(desk)._outlet._to
    assert isinstance(ring, Ring)
    return ring


class TestTail:
    @pytest.mark.parametrize("latency", [0.02, 0.1, 0.25])
    @pytest.mark.parametrize("keep", [0, 60])
    def test_what_was_spoken_until_the_release_is_in_the_take(
        self, desk: Callable[..., Desk], latency: float, keep: float
    ) -> None:
        mine, audio = desk(keep, Counting(latency)), Audio()
        microphone = mine.standby.find()
        microphone.start(audio)
        until("sound", lambda: audio.seconds > 0.1)
        released = mine.device.streams[0].number()
        microphone.stop()
        assert audio.samples >= released


class TestIsClosed:
    def test_at_once_where_nothing_is_to_be_kept(self, desk: Callable[..., Desk]) -> None:
        mine = desk(0)
        mine.take(0.1)
        assert not mine.device.open
        assert mine.told == []

    def test_when_its_seconds_are_over(self, desk: Callable[..., Desk]) -> None:
        mine = desk(0.3)
        mine.take(0.1)
        began = time.monotonic()
        assert mine.told == ["Desk"]
        until("it is closed", lambda: not mine.device.open)
        assert 0.25 < time.monotonic() - began < 1
        until("it is told", lambda: mine.told == ["Desk", ""])

    @pytest.mark.parametrize(
        "what",
        [
            lambda standby: standby.leave_alone(),
            lambda standby: standby.keep(0, ()),
            lambda standby: standby.keep(60, ("desk",)),
            lambda standby: standby.close(),
        ],
        ids=["lock", "setting", "other microphone", "quit"],
    )
    def test_and_wiped_when(
        self, desk: Callable[..., Desk], what: Callable[[Standby], None]
    ) -> None:
        mine = desk(60)
        mine.take(0.1)
        until("it hears", lambda: ring_of(mine).samples)
        ring = ring_of(mine)
        what(mine.standby)
        assert not ring._kept.any()
        until("it is closed", lambda: not mine.device.open)
        assert mine.told == ["Desk", ""]

    def test_when_the_screen_locks_in_mid_take(self, desk: Callable[..., Desk]) -> None:
        mine, audio = desk(60), Audio()
        microphone = mine.standby.find()
        microphone.start(audio)
        mine.standby.leave_alone()
        until("sound", lambda: audio.samples)
        microphone.stop()
        assert not mine.device.open
        mine.standby.come_back()
        mine.take(0.1)
        assert mine.device.open == 1

    def test_when_it_gives_nothing_any_more(self, desk: Callable[..., Desk]) -> None:
        mine = desk(60)
        mine.take(0.1)
        mine.device.stalled.set()
        until("it is closed", lambda: not mine.device.open)

    def test_for_portaudio_to_look_for_devices_anew(self, desk: Callable[..., Desk]) -> None:
        mine = desk(60)
        mine.take(0.1)
        assert mine.library.renew()
        assert not mine.device.open

    def test_but_never_under_a_take(self, desk: Callable[..., Desk]) -> None:
        mine, audio = desk(60), Audio()
        mine.take(0.1)
        microphone = mine.standby.find()
        microphone.start(audio)
        assert not mine.library.renew()
        mine.standby.keep(0.01, ())
        before = audio.samples
        until("more sound", lambda: audio.samples > before + RATE // 5)
        microphone.stop()
        assert follow_each_other(numbers(audio))


class TestAlways:
    def test_is_open_before_the_first_take(self, desk: Callable[..., Desk]) -> None:
        mine = desk(-1)
        until("it is open", lambda: mine.told == ["Desk"])
        until("the ring is full", lambda: ring_of(mine).samples == RATE // 2)
        assert mine.take(0.1).samples >= RATE // 2
        assert mine.device.open == len(mine.device.streams) == 1

    def test_is_opened_again_after_a_lock(self, desk: Callable[..., Desk]) -> None:
        mine = desk(-1)
        until("it is open", lambda: mine.told == ["Desk"])
        mine.standby.leave_alone()
        until("it is closed", lambda: not mine.device.open)
        mine.standby.come_back()
        until("it is open", lambda: mine.told == ["Desk", "", "Desk"])

    def test_is_opened_again_once_it_gives_sound_and_ever_more_rarely_before(
        self, desk: Callable[..., Desk]
    ) -> None:
        mine = desk(-1)
        until("it is open", lambda: mine.device.open)
        mine.device.refusing.set()
        mine.device.stalled.set()
        until("it is closed", lambda: not mine.device.open)
        until("it is tried again", lambda: mine.standby._failures == 2)
        assert mine.standby._pause() == 2.0
        mine.device.refusing.clear()
        mine.device.stalled.clear()
        mine.standby.come_back()
        until("it is open", lambda: mine.device.open)

    def test_is_no_matter_of_files(self, tmp_path: Path) -> None:
        wav = f"file:{tone(tmp_path / 'tone.wav', 440)}"
        standby, told = Standby(look=0.02), list[str]()
        standby.tell(told.append)
        standby.keep(-1, (wav,))
        assert isinstance(microphone := standby.find((wav,)), FileMicrophone)
        assert pitch(record(microphone, 0.5)) == pytest.approx(440, abs=5)
        assert standby._pause() is None
        standby.close()
        assert told == []


@pytest.fixture
def real() -> Iterator[Standby]:
    """A standby for the sound server's microphones that keeps one for a minute."""
    standby = Standby(look=0.1)
    standby.keep(60, ())
    yield standby
    standby.close()
    library.let_go = lambda: None


class TestSoundServer:
    def test_a_word_before_the_key_is_in_the_take(
        self, desktop: VirtualDesktop, real: Standby, tmp_path: Path
    ) -> None:
        heard_by(real)
        desktop.play(tone(tmp_path / "tone.wav", 440))
        pressed, audio = time.monotonic(), Audio()
        microphone = real.find()
        microphone.start(audio)
        assert audio.first_sample_at is not None
        assert audio.first_sample_at < pressed
        microphone.stop()
        assert pitch(audio) == pytest.approx(440, abs=5)

    def test_one_that_is_no_longer_the_default_is_given_up(
        self, desktop: VirtualDesktop, real: Standby, tmp_path: Path
    ) -> None:
        desktop.add_microphone("headset")
        try:
            heard_by(real)
            desktop.set_default_microphone("headset")
            microphone, audio = real.find(), Audio()
            microphone.start(audio)
            desktop.play(tone(tmp_path / "tone.wav", 660), "headset")
            microphone.stop()
        finally:
            desktop.set_default_microphone("microphone")
            desktop.remove_microphone("headset")
        assert microphone.name == "Headset"
        assert pitch(audio) == pytest.approx(660, abs=3)

    def test_one_that_is_pulled_out_is_given_up_and_the_next_take_is_none_the_worse(
        self, desktop: VirtualDesktop, real: Standby
    ) -> None:
        heard_by(real)
        desktop.remove_microphone("microphone")
        try:
            until("it is closed", lambda: real._held is None)
        finally:
            desktop.add_microphone("microphone")
            desktop.set_default_microphone("microphone")
        heard_by(real)

    def test_a_take_whose_kept_microphone_falls_asleep_goes_on_once_it_is_awake(
        self, desktop: VirtualDesktop, real: Standby
    ) -> None:
        heard_by(real)
        told: list[str] = []
        capture = Capture(real.find, Limits(), Hooks(told=told.append), track)
        thread = threading.Thread(target=capture.run, daemon=True)
        thread.start()
        until("sound", lambda: capture.audio.samples)
        desktop.run("pactl", "suspend-source", "microphone", "1")
        try:
            until("it is noticed", lambda: told, 5)
        finally:
            desktop.run("pactl", "suspend-source", "microphone", "0")
        before = capture.audio.samples
        until("it goes on", lambda: capture.audio.samples > before + RATE // 2)
        capture.stop()
        thread.join(5)
        assert capture.fault is None
        assert told == ["Microphone sends no more sound."]


def heard_by(standby: Standby) -> None:
    """A short take, after which the microphone stays open: one that is not all zeros."""
    microphone, audio = standby.find(), Audio()
    microphone.start(audio)
    until("sound", lambda: audio.samples)
    audio.peak = max(audio.peak, 1)  # a virtual room is quieter than any real one
    microphone.stop()
    assert standby._held is microphone
