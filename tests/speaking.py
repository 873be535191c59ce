"""Speech that says exactly what it is: each word a burst whose loudness is its number."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np

from dictation.audio import RATE, Audio, Recording
from dictation.audio_files import open_audio
from dictation.pieces.growing import Growing
from tests.fakes import track

LOUDNESS = 2000  # of word 0; each next one is STEP louder
STEP = 20


def word(number: int, seconds: float = 0.4) -> np.ndarray:
    """The word of that number."""
    samples = np.full(round(seconds * RATE), LOUDNESS + STEP * number, np.int16)
    samples[::2] *= -1
    return samples


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.int16)


def words(numbers: Iterable[int], pause: float = 0.2) -> np.ndarray:
    """Words with a pause behind each, one that is no end of a piece unless it is told so."""
    return np.concatenate([part for number in numbers for part in (word(number), silence(pause))])


def heard(sound: bytes) -> str:
    """The words in a sound of any format, as their numbers."""
    speech = open_audio(io.BytesIO(sound), rate=RATE)
    samples = np.frombuffer(b"".join(speech.pcm()), "<i2")
    loud = np.abs(samples.astype(int)) >= LOUDNESS
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(int)))
    levels = [np.abs(samples[a:b].astype(int)).max() for a, b in edges.reshape(-1, 2)]
    return " ".join(f"w{round((level - LOUDNESS) / STEP)}" for level in levels)


class Speaker:
    """Says things into a take that grows, as the microphone's and the disk's lanes would."""

    def __init__(self) -> None:
        self.audio = Audio()
        self.growing = Growing(self.audio)
        self.track = track()

    def say(self, samples: np.ndarray, *, stored: bool = True) -> None:
        """In looks of 0.1 s."""
        for start in range(0, len(samples), RATE // 10):
            block = samples[start : start + RATE // 10]
            self.audio.append(block)
            self.track.feed(block.astype("<i2").tobytes())
            if stored:
                self.growing.stored(self.audio.samples)
            self.growing.heard(self.track)

    def stop(self) -> Recording:
        """The take has ended."""
        self.track.finish()
        self.growing.stored(self.audio.samples)
        self.growing.end(self.track.end, self.track)
        return Recording(self.audio, self.track.end, self.track)
