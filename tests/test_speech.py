"""Where someone speaks, by a detector of the tests' own and by the real one."""

from __future__ import annotations

import math
import random
import struct
import wave

import numpy as np
import pytest
from numpy.typing import NDArray

from dictation.speech import TAIL, WINDOW, Track, hear
from tests.desktop import VirtualDesktop


class Script:
    """A detector that says what it is told, window by window."""

    def __init__(self, *probabilities: float) -> None:
        self._left = list(probabilities)

    def process_chunk(self, audio: bytes) -> float:
        assert len(audio) == WINDOW * 2
        return self._left.pop(0)


def track(*probabilities: float) -> Track:
    heard = Track(Script(*probabilities))
    heard.feed(bytes(WINDOW * 2 * len(probabilities)))
    return heard


def test_three_windows_are_someone_speaking() -> None:
    assert not track(0, 0.9, 0, 0.9, 0).spoken
    assert track(0, 0.9, 0, 0.9, 0.9).spoken


def test_trailing_silence_is_left_out_but_for_a_tail() -> None:
    heard = track(*[1] * 10, *[0] * 100)
    assert heard.end == 10 * WINDOW + TAIL
    assert track(*[1] * 10).end == 10 * WINDOW


def test_pauses_are_found_between_words_only() -> None:
    heard = track(*[0] * 20, *[1] * 5, *[0] * 10, *[1] * 5, *[0] * 3, *[1], *[0] * 30)
    assert heard.pauses == [(0, 20 * WINDOW), (25 * WINDOW, 35 * WINDOW)]


def test_it_does_not_matter_how_the_sound_comes() -> None:
    script = [1.0, 0.0] * 20
    whole, pieces = Track(Script(*script)), Track(Script(*script))
    whole.feed(bytes(WINDOW * 80))
    for _ in range(WINDOW * 80 // 64):
        pieces.feed(bytes(64))
    assert (whole.windows, whole.last) == (pieces.windows, pieces.last)


def test_the_rest_of_the_last_window_is_heard_at_the_end() -> None:
    heard = Track(Script(0, 0, 1))
    heard.feed(bytes(WINDOW * 4 + 200))
    assert heard.finish().last == heard.heard == WINDOW * 2 + 100


class TestCuts:
    def test_go_through_the_middle_of_pauses(self) -> None:
        heard = track(*[1] * 20, *[0] * 10, *[1] * 20, *[0] * 10, *[1] * 20)
        assert heard.cuts(80 * WINDOW, 30 * WINDOW) == [
            (0, 25 * WINDOW),
            (25 * WINDOW, 55 * WINDOW),
            (55 * WINDOW, 80 * WINDOW),
        ]

    def test_are_hard_where_nobody_pauses(self) -> None:
        assert track(*[1] * 10).cuts(100, 40) == [(0, 40), (40, 80), (80, 100)]

    def test_cover_everything_and_nothing_twice(self) -> None:
        rng = random.Random(7)
        heard = track(*(rng.choice([0.0, 1.0]) for _ in range(300)))
        for total in (0, 1, 5000, heard.heard):
            pieces = heard.cuts(total, 20 * WINDOW)
            assert [start for start, _ in pieces] == [0, *(stop for _, stop in pieces)][
                : len(pieces)
            ]
            assert sum(stop - start for start, stop in pieces) == total


class TestRealDetector:
    @pytest.mark.parametrize("kind", ["noise", "tone", "hum", "zeros"])
    def test_hears_nobody_in_mere_sound(self, kind: str) -> None:
        rng = random.Random(1)
        sound = {
            "noise": lambda t: rng.gauss(0, 3000),
            "tone": lambda t: 8000 * math.sin(2 * math.pi * 440 * t),
            "hum": lambda t: sum(3000 / k * math.sin(2 * math.pi * 50 * k * t) for k in (1, 2, 3)),
            "zeros": lambda t: 0,
        }[kind]
        samples = [max(-32768, min(32767, int(sound(n / 16_000)))) for n in range(32_000)]
        assert hear([struct.pack("<32000h", *samples)]).windows == 0

    def test_hears_someone_who_whispers(self, virtual_desktop: VirtualDesktop) -> None:
        with wave.open(str(virtual_desktop.speech("Please send me the report."))) as file:
            voiced = np.frombuffer(file.readframes(file.getnframes()), "<i2")

        assert hear([whispered(voiced, 0.03).tobytes()]).spoken


def whispered(voice: NDArray[np.int16], loudness: float) -> NDArray[np.int16]:
    """The same words on noise instead of a voice: each band keeps its strength, not its phase."""
    rng, size, hop = np.random.default_rng(3), 512, 128
    frames = np.lib.stride_tricks.sliding_window_view(voice.astype(float), size)[::hop]
    bands = np.abs(np.fft.rfft(frames * np.hanning(size)))
    bands = np.apply_along_axis(np.convolve, 1, bands, np.ones(12) / 12, "same")
    noise = np.fft.irfft(bands * np.exp(2j * np.pi * rng.random(bands.shape)))
    out = np.zeros(len(voice))
    for index, frame in enumerate(noise * np.hanning(size)):
        out[index * hop : index * hop + size] += frame
    return np.clip(out * loudness, -32768, 32767).astype(np.int16)
