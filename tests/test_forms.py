"""Finished takes and files, sent in the format that is wanted most."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from dictation.audio import Audio, Encoded, Recording, Speech
from dictation.audio_files import open_audio
from dictation.audio_files.forms import Forms
from dictation.errors import AudioFileError, Cancelled
from dictation.speech import Track, hear
from tests.audio_samples import encoded, tone, tone_pcm

SECONDS = 3.0
PCM = tone_pcm(SECONDS)


def take() -> Recording:
    audio = Audio()
    audio.append(np.frombuffer(PCM, "<i2"))
    return Recording(audio, audio.samples, hear(iter([PCM])))


def wav_file() -> Speech:
    return open_audio(io.BytesIO(encoded(tone(SECONDS), 16_000, "WAV", "PCM_16")))


def sent(sound: Encoded) -> bytes:
    """Its bytes, as long as was told, and the same when run through again."""
    first, again = (b"".join(sound.blocks()) for _ in range(2))
    assert len(first) == sound.size
    assert first == again
    return first


@pytest.mark.parametrize("make", [take, wav_file])
@pytest.mark.parametrize("format_", ["flac", "ogg", "mp3"])
def test_a_take_or_a_file_is_made_what_is_wanted_most(make, format_: str) -> None:
    speech = Forms(make())
    sound = speech.encoded((format_, "wav"))
    heard = open_audio(io.BytesIO(sent(sound)))

    assert sound.format == format_
    assert heard.seconds == pytest.approx(SECONDS, abs=0.11)
    assert b"".join(heard.pcm()) == b"".join(speech.pcm()) or format_ != "flac"


@pytest.mark.parametrize("formats", [("wav",), ("wav", "flac"), ("webm", "wav", "ogg")])
def test_a_take_goes_as_wav_where_that_comes_first(formats: Sequence[str]) -> None:
    sound = Forms(take()).encoded(formats)

    assert sound.format == "wav"
    with wave.open(io.BytesIO(sent(sound))) as heard:
        assert heard.readframes(heard.getnframes()) == PCM


def test_a_compressed_file_goes_as_it_is_where_its_format_is_taken_at_all() -> None:
    mp3 = encoded(tone(SECONDS), 16_000, "MP3", "MPEG_LAYER_III")
    speech = Forms(open_audio(io.BytesIO(mp3)))

    assert sent(speech.encoded(("flac", "wav", "mp3"))) == mp3
    assert speech.encoded(("flac", "wav")).format == "flac"


class Counting:
    """A speech that counts how often its sound is asked for, and may fail to give it."""

    def __init__(self, fault: AudioFileError | None = None) -> None:
        self.inner, self.fault, self.runs = take(), fault, 0

    @property
    def seconds(self) -> float:
        return self.inner.seconds

    def encoded(self, formats: Sequence[str]) -> Encoded:
        return self.inner.encoded(formats)

    def pcm(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        self.runs += 1
        if self.fault:
            raise self.fault
        return self.inner.pcm(start, stop)

    def track(self) -> Track:
        return self.inner.track()


def test_a_format_is_made_once_however_often_it_is_sent() -> None:
    counting = Counting()
    speech = Forms(counting)

    assert sent(speech.encoded(("flac", "wav"))) == sent(speech.encoded(("flac", "wav")))
    assert counting.runs == 1


def test_a_take_that_is_given_up_is_encoded_no_further() -> None:
    with pytest.raises(Cancelled):
        Forms(take(), lambda: True).encoded(("ogg", "wav"))


@pytest.mark.expects_warnings
def test_what_can_not_be_made_goes_as_wav() -> None:
    speech = Forms(Counting(AudioFileError("There is no room for the audio.")))

    assert speech.encoded(("ogg", "wav")).format == "wav"
