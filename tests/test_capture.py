"""Recording one take: the buffer, the journal, the limits, the faults."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from dictation.audio import CHUNK, RATE, Audio
from dictation.capture import Capture, Hooks, Limits
from dictation.errors import MicrophoneLost, MicrophoneSilent, MicrophoneStalled
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


def capture(
    microphone: FakeMicrophone, limits: Limits | None = None, **hooks: Callable[..., object]
) -> Capture:
    return Capture(lambda: microphone, limits or Limits(), Hooks(**hooks), track)  # type: ignore[arg-type]


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
