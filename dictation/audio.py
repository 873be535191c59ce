"""The sound of one take: PCM16 that grows without copying what is there, and its WAV form."""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dictation.speech import Track

RATE = 16_000  # Hz, mono, signed 16-bit little-endian throughout
CHUNK = 10 * RATE  # samples a chunk of the buffer holds
BLOCK = 64 * 1024  # bytes, as audio is handed on

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Audio as it travels: `format` is the API's name, `blocks` may be run through again."""

    format: str
    size: int | None  # bytes; None while it is still being spoken
    blocks: Callable[[], Iterator[bytes]]


class Speech(Protocol):
    """What a provider transcribes: a finished take or a file."""

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        ...

    def encoded(self, formats: Sequence[str]) -> Encoded:
        """The audio in one of these formats, most wanted first; "wav" is always among them."""
        ...

    def pcm(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Samples start to stop, mono PCM16 at 16 kHz, in blocks of at most BLOCK bytes."""
        ...

    def track(self) -> Track:
        """Where in it someone speaks."""
        ...


class Audio:
    """The growing buffer that a microphone fills: one writer, any number of readers, no lock."""

    def __init__(self) -> None:
        self._chunks: list[Samples | None] = [np.zeros(CHUNK, np.int16)]  # None: let go
        self._kept: Callable[[int, int], bytes] = lambda _start, _stop: b""
        self._spare: Samples | None = np.zeros(CHUNK, np.int16)
        self.samples = 0
        self.first_sample_at: float | None = None  # time.monotonic()
        self.last_sample_at = 0.0  # the same of the newest block
        self.peak = 0  # of all that came, 0 to 32768

    @property
    def seconds(self) -> float:
        """Length so far."""
        return self.samples / RATE

    def loudness(self) -> float:
        """The newest tenth of a second: 0 at -60 dB of full scale and below, 1 at -12 and above."""
        pcm = self.read(max(0, self.samples - RATE // 10), self.samples)
        if not pcm:
            return 0.0
        power = float(np.mean(np.square(np.frombuffer(pcm, "<i2"), dtype=np.float64)))
        decibels = 10 * math.log10(max(power, 1.0) / 32768**2)
        return min(1.0, max(0.0, (decibels + 60) / 48))

    def append(self, block: Samples) -> None:
        """Copies the block in; called from PortAudio's callback, so nothing here waits."""
        start, total = 0, self.samples
        self.last_sample_at = time.monotonic()
        if not total:
            self.first_sample_at = self.last_sample_at
        while start < len(block):
            chunk, offset = divmod(total, CHUNK)
            if chunk == len(self._chunks):
                # The spare is laid out ahead by `prepare`; making one here is the last resort.
                fresh, self._spare = self._spare, None
                self._chunks.append(np.zeros(CHUNK, np.int16) if fresh is None else fresh)
            part, place = block[start : start + CHUNK - offset], self._chunks[chunk]
            assert place is not None  # the last one is never let go
            place[offset : offset + len(part)] = part
            start += len(part)
            total += len(part)
        if len(block):
            self.peak = max(self.peak, int(block.max()), -int(block.min()))
        self.samples = total  # last: readers see only what is complete

    def prepare(self) -> None:
        """Lays out the next chunk ahead of need; called off the callback."""
        if self._spare is None:
            self._spare = np.zeros(CHUNK, np.int16)

    def read(self, start: int, stop: int) -> bytes:
        """Samples start to stop as little-endian bytes; what isn't there yet is left out."""
        stop = min(stop, self.samples)
        parts = []
        while start < stop:
            chunk, offset = divmod(start, CHUNK)
            count, samples = min(CHUNK - offset, stop - start), self._chunks[chunk]
            if samples is None:
                parts.append(self._kept(start, start + count))
            else:
                part = samples[offset : offset + count]
                parts.append(part.astype("<i2", copy=False).tobytes())
            start += count
        return b"".join(parts)

    def rewrite(self, start: int, block: Samples) -> None:
        """Puts other samples in place of some that are there; before anyone has read them."""
        done = 0
        while done < len(block):
            chunk, offset = divmod(start + done, CHUNK)
            place = self._chunks[chunk]
            assert place is not None  # what was let go has been read
            part = block[done : done + CHUNK - offset]
            place[offset : offset + len(part)] = part
            done += len(part)

    def let_go(self, stop: int, kept: Callable[[int, int], bytes]) -> None:
        """Frees the memory of what lies before sample `stop`; from now on `kept` reads it."""
        self._kept = kept
        for chunk in range(min(stop, self.samples) // CHUNK):
            self._chunks[chunk] = None


@dataclass(frozen=True, slots=True)
class Recording:
    """A take that has ended: the buffer up to sample `stop`, and where someone spoke in it."""

    audio: Audio
    stop: int
    speech: Track
    coded: Encoded | None = None  # made while it was spoken

    @property
    def seconds(self) -> float:
        """Length of what is sent."""
        return self.stop / RATE

    def encoded(self, formats: Sequence[str]) -> Encoded:
        """A WAV with its true length, of which no second copy is made; or what is `coded`."""
        if self.coded and formats[0] == self.coded.format:
            return self.coded
        return wav_of(self.stop * 2, self.pcm)

    def pcm(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Samples start to stop in blocks."""
        end = self.stop if stop is None else min(stop, self.stop)
        for first in range(start, end, BLOCK // 2):
            yield self.audio.read(first, min(first + BLOCK // 2, end))

    def track(self) -> Track:
        """As it was heard while recording."""
        return self.speech


def wav_header(data_bytes: int, rate: int = RATE) -> bytes:
    """The 44 bytes in front of mono PCM16: RIFF, `fmt ` and `data` with true lengths."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + data_bytes, b"WAVE"),
        *(b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16),
        *(b"data", data_bytes),
    )


def wav_of(data_bytes: int, blocks: Callable[[], Iterator[bytes]]) -> Encoded:
    """Mono PCM16 at 16 kHz as a WAV, made as it is read."""

    def wav() -> Iterator[bytes]:
        yield wav_header(data_bytes)
        yield from blocks()

    return Encoded("wav", 44 + data_bytes, wav)
