"""Recording one take: the buffer, the journal, the limits, the faults."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from dictation.audio import CHUNK, RATE, Audio
from dictation.capture import Capture, Hooks, Limits
from dictation.errors import (
    MicrophoneBusy,
    MicrophoneLost,
    MicrophoneSilent,
    MicrophoneStalled,
    MissingPart,
    NoMicrophone,
)
from tests.desktop import until
from tests.fakes import FakeMicrophone, sound, track


class TestBuffer:
    def test_gives_back_what_was_put_across_its_chunks(self) -> None:
        rng = np.random.default_rng(5)
        audio, blocks = Audio(), []
        while audio.samples < 3 * CHUNK:
            block = rng.integers(-32768, 32767, rng.integers(1, 50_000), np.int16)
            audio.append(block)
            blocks.append(block)
        whole = np.concatenate(blocks)
        assert audio.read(0, audio.samples) == whole.tobytes()
        assert audio.read(CHUNK - 5, CHUNK + 5) == whole[CHUNK - 5 : CHUNK + 5].tobytes()
        assert audio.read(audio.samples - 3, audio.samples + 99) == whole[-3:].tobytes()

    def test_grows_without_moving_what_is_there(self) -> None:
        audio = Audio()
        audio.append(sound(1))
        first = audio._chunks[0]
        audio.append(sound(25))
        assert audio._chunks[0] is first

    def test_knows_the_loudest_sample(self) -> None:
        audio = Audio()
        audio.append(np.array([3, -32768, 5], np.int16))
        audio.append(np.array([7], np.int16))
        assert audio.peak == 32768

    def test_knows_how_loud_it_was_just_now(self) -> None:
        audio = Audio()
        assert audio.loudness() == 0.0
        audio.append(sound(1, 0))
        assert audio.loudness() == 0.0
        audio.append(sound(0.2, 8000))
        loud = audio.loudness()
        audio.append(sound(0.2, 400))
        assert 0.1 < audio.loudness() < loud <= 1.0


def capture(
    microphone: FakeMicrophone,
    limits: Limits | None = None,
    patience: float = 5.0,
    **hooks: Callable[..., object],
) -> Capture:
    said = Hooks(**hooks)  # type: ignore[arg-type]
    return Capture(lambda: microphone, limits or Limits(), said, track, patience)


def test_a_take_ends_when_it_is_told_to() -> None:
    microphone = FakeMicrophone(sound(2))
    taken = capture(microphone)
    threading.Thread(target=lambda: (microphone.running.wait(5), taken.stop())).start()
    recording = taken.run()
    assert recording.seconds == 2
    assert not microphone.running.is_set()


def test_everything_is_journalled_once_and_in_order() -> None:
    pieces: list[bytes] = []
    microphone = FakeMicrophone(sound(0.3), sound(0.9, 500))
    taken = capture(microphone, Limits(longest=1.0), journal=pieces.append)
    recording = taken.run()
    assert b"".join(pieces) == taken.audio.read(0, RATE)
    assert recording.seconds == 1.0


def test_the_first_samples_are_told_once_and_not_before() -> None:
    microphone, begun = FakeMicrophone(), list[int]()
    taken = capture(
        microphone, Limits(longest=1.0), begun=lambda: begun.append(taken.audio.samples)
    )

    def speak() -> None:
        microphone.running.wait(5)
        for _ in range(10):
            threading.Event().wait(0.03)
            taken.audio.append(sound(0.1))

    threading.Thread(target=speak).start()
    assert taken.run().seconds == 1
    assert len(begun) == 1
    assert 0 < begun[0] <= RATE // 5


def test_a_take_that_is_stopped_before_any_sound_has_not_begun() -> None:
    microphone, begun = FakeMicrophone(), list[None]()
    taken = capture(microphone, begun=lambda: begun.append(None))
    threading.Timer(0.1, taken.stop).start()
    taken.run()
    assert not begun


def test_silence_after_speech_ends_it_where_asked() -> None:
    microphone = FakeMicrophone(sound(1), sound(3, 0))
    assert capture(microphone, Limits(silence=2.0)).run().seconds == 4


def test_silence_before_speech_does_not() -> None:
    microphone = FakeMicrophone(sound(5, 10))
    taken = capture(microphone, Limits(silence=2.0))
    threading.Timer(0.4, taken.stop).start()
    assert not taken.run().track().spoken


class TestHandsFree:
    def test_a_minute_without_speech_warns_once(self) -> None:
        warnings: list[None] = []
        microphone = FakeMicrophone(sound(1), sound(70, 10))
        taken = capture(microphone, quiet=lambda: warnings.append(None), hands_free=lambda: True)
        threading.Timer(0.6, taken.stop).start()
        taken.run()
        assert len(warnings) == 1

    def test_two_minutes_stop_the_take(self) -> None:
        microphone = FakeMicrophone(sound(1), sound(125, 10))
        assert capture(microphone, hands_free=lambda: True).run().seconds == 126

    def test_a_held_key_is_never_stopped(self) -> None:
        microphone = FakeMicrophone(sound(1), sound(125, 10))
        taken = capture(microphone, hands_free=lambda: False)
        threading.Timer(0.5, taken.stop).start()
        taken.run()
        assert taken.stopped


class TestFaults:
    def test_with_nothing_recorded_are_raised(self) -> None:
        microphone = FakeMicrophone()
        microphone.broken = MicrophoneStalled("nothing comes")
        with pytest.raises(MicrophoneStalled):
            capture(microphone).run()

    def test_in_mid_take_end_it_and_keep_what_there_is(self) -> None:
        microphone = FakeMicrophone(sound(1))
        microphone.broken = MicrophoneLost("gone")
        taken = capture(microphone)
        assert taken.run().seconds == 1
        assert isinstance(taken.fault, MicrophoneLost)

    def test_nothing_but_zeros_is_one(self) -> None:
        with pytest.raises(MicrophoneSilent):
            capture(FakeMicrophone(sound(1, 0)), Limits(longest=1)).run()

    def test_zeros_from_a_file_are_none(self) -> None:
        microphone = FakeMicrophone(sound(1, 0), may_be_silent=True)
        assert capture(microphone, Limits(longest=1)).run().seconds == 1


class TestGoingOn:
    """What one microphone leaves off, the next takes up, in the same recording."""

    def test_both_halves_are_in_the_recording_and_the_note_says_so(self) -> None:
        names: list[str] = []
        told: list[str] = []
        pieces: list[bytes] = []
        built_in = FakeMicrophone(sound(0.5, 3000), name="Built-in")
        headset = FakeMicrophone(sound(1.2), name="Headset")
        headset.broken = MicrophoneLost("Headset was disconnected.")
        headset.after = [NoMicrophone("none yet"), built_in]
        taken = capture(
            headset,
            Limits(longest=1.7),
            opened=names.append,
            changed=names.append,
            told=told.append,
            journal=pieces.append,
        )
        recording = taken.run()
        assert recording.seconds == 1.7
        assert b"".join(pieces) == sound(1.2).tobytes() + sound(0.5, 3000).tobytes()
        assert (taken.fault, names) == (None, ["Headset", "Built-in"])
        assert told == ["Headset was disconnected."]
        assert not headset.running.is_set()
        assert not built_in.running.is_set()
        [note] = taken.notes
        assert note.startswith(
            "After 1 s: Headset was disconnected. Recording went on with Built-in"
        )

    def test_the_gap_is_told(self) -> None:
        waking = FakeMicrophone(sound(0.05), name="Built-in")
        waking.hangs.clear()
        microphone = FakeMicrophone(sound(1))
        microphone.broken, microphone.after = MicrophoneLost("Gone."), [waking]
        taken = capture(microphone, Limits(longest=1.05))
        threading.Timer(0.8, waking.hangs.set).start()
        taken.run()
        [note] = taken.notes
        gap = float(note.partition("nothing was heard for ")[2].removesuffix(" s."))
        assert gap == pytest.approx(0.8, abs=0.15)

    def test_one_that_does_not_open_makes_way_for_the_next(self) -> None:
        microphone, busy = FakeMicrophone(sound(1)), FakeMicrophone(name="Busy")
        microphone.broken, microphone.after = MicrophoneLost("Gone."), [busy]
        busy.refuses, busy.after = MicrophoneBusy("taken"), [FakeMicrophone(sound(1), name="Third")]
        taken = capture(microphone, Limits(longest=2))
        assert taken.run().seconds == 2
        assert "went on with Third" in taken.notes[0]

    def test_a_second_fault_is_mended_as_the_first(self) -> None:
        first, second = FakeMicrophone(sound(1)), FakeMicrophone(sound(1), name="Second")
        first.broken, first.after = MicrophoneLost("First is gone."), [second]
        second.broken = MicrophoneStalled("Second has stalled.")
        second.after = [FakeMicrophone(sound(1), name="Third")]
        taken = capture(first, Limits(longest=3))
        assert taken.run().seconds == 3
        assert ["First" in note for note in taken.notes] == [True, False]
        assert "Second has stalled. Recording went on with Third" in taken.notes[1]

    def test_microphones_that_open_and_give_nothing_do_not_make_a_take_endless(self) -> None:
        microphone, mute = FakeMicrophone(sound(1)), FakeMicrophone(name="Mute")
        microphone.broken, microphone.after = MicrophoneLost("Gone."), [mute]
        mute.broken, mute.after = MicrophoneStalled("Sends nothing."), [mute]
        taken = capture(microphone, patience=0.7)
        assert taken.run().seconds == 1
        assert taken.fault is microphone.broken

    @pytest.mark.parametrize("error", [NoMicrophone("none"), MissingPart("no library")])
    def test_where_there_is_none_the_take_ends_with_its_fault(self, error: Exception) -> None:
        microphone = FakeMicrophone(sound(1))
        microphone.broken, microphone.after = MicrophoneLost("Gone."), [error]
        taken = capture(microphone, patience=0.4)
        assert taken.run().seconds == 1
        assert taken.fault is microphone.broken

    @pytest.mark.expects_warnings
    def test_nothing_unexpected_costs_what_was_recorded(self) -> None:
        microphone = FakeMicrophone(sound(1))
        microphone.broken, microphone.after = MicrophoneLost("Gone."), [RuntimeError("boom")]
        microphone.surprise = OSError("boom")
        taken = capture(microphone, patience=0.4)
        assert taken.run().seconds == 1
        assert taken.fault is microphone.broken

    @pytest.mark.parametrize("hangs", [True, False])
    def test_stop_ends_the_search_at_once(self, hangs: bool) -> None:
        microphone, waking = FakeMicrophone(sound(1)), FakeMicrophone(sound(5))
        microphone.broken = MicrophoneLost("Gone.")
        microphone.after = [waking] if hangs else [NoMicrophone("none")]
        waking.hangs.clear()
        taken = capture(microphone, told=lambda _text: threading.Timer(0.3, taken.stop).start())
        began = time.monotonic()
        recording = taken.run()
        assert time.monotonic() - began < 1
        waking.hangs.set()
        until("it is let go", lambda: waking.stopped.is_set() or not hangs)
        assert (recording.seconds, taken.fault) == (1, None)
        assert taken.notes == ("After 1 s: Gone. Nothing was heard from then on.",)

    def test_one_that_hangs_does_not_keep_the_take_from_its_end(self) -> None:
        microphone, waking = FakeMicrophone(sound(1)), FakeMicrophone()
        microphone.broken, microphone.after = MicrophoneLost("Gone."), [waking]
        waking.hangs.clear()
        assert capture(microphone, patience=0.4).run().seconds == 1
        waking.hangs.set()

    def test_a_stream_that_the_system_moved_is_told(self) -> None:
        names: list[str] = []
        microphone = FakeMicrophone(sound(1))
        taken = capture(microphone, changed=names.append)

        def move() -> None:
            microphone.why, microphone.name = "The system moved the recording.", "USB"

        threading.Timer(0.3, move).start()
        threading.Timer(0.7, taken.stop).start()
        taken.run()
        assert names == ["USB"]
        assert taken.notes == (
            "After 1 s: The system moved the recording. Recording went on with USB.",
        )


class TestMuted:
    def test_by_the_system_is_told_at_once_and_noted_with_its_times(self) -> None:
        told: list[str] = []
        microphone = FakeMicrophone(sound(1))
        taken = capture(microphone, told=told.append)
        running = threading.Thread(target=taken.run)
        running.start()
        until("sound", lambda: taken.audio.samples)
        microphone.muted = True
        until("it is told", lambda: told)
        taken.audio.append(sound(4, 0))
        until("it is recorded", lambda: taken.seconds == 5)
        microphone.muted = False
        until("it is noted", lambda: taken.notes)
        taken.audio.append(sound(2))
        microphone.muted = True
        until("it is told again", lambda: len(told) == 2)
        taken.audio.append(sound(1, 0))
        taken.stop()
        running.join(5)
        assert told == ["Fake is muted: nothing is heard."] * 2
        assert taken.notes == (
            "Fake was muted from 1 s to 5 s.",
            "Fake was muted from 7 s to 8 s.",
        )

    @pytest.mark.parametrize("before", [True, False])
    def test_zeros_are_told_once_where_there_was_sound_before(self, before: bool) -> None:
        told: list[str] = []
        microphone = FakeMicrophone(sound(2, 8000 if before else 0), sound(4, 0))
        taken = capture(microphone, told=told.append)
        running = threading.Thread(target=taken.run)
        running.start()
        until("the zeros", lambda: taken.seconds == 6)
        for level, end in ((8000, 8), (0, 12), (8000, 14)):
            taken.audio.append(sound(end - taken.seconds, level))
            until("they are heard", lambda end=end: taken.seconds == end)
        taken.stop()
        running.join(5)
        assert told == ["Fake gives only zeros: is it muted?"]
        [note] = taken.notes
        assert note.startswith(f"Fake gave only zeros from {2 if before else 8} s to ")

    def test_zeros_of_a_file_are_no_muting(self) -> None:
        told: list[str] = []
        microphone = FakeMicrophone(sound(1), sound(5, 0), may_be_silent=True)
        taken = capture(microphone, Limits(silence=4), told=told.append)
        taken.run()
        assert (told, taken.notes) == ([], ())
