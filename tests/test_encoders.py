from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable
from itertools import cycle

import numpy as np
import pytest

from dictation.audio import RATE
from dictation.audio_files import open_audio
from dictation.audio_files.streaming import STREAMABLE, encoder

CODECS = sorted(STREAMABLE - {"pcm"})
EXACT = ("flac", "pcm")
# Samples that may be added or lost at the ends: MP3 has no place in its frames to tell its run-in.
SLACK = {"flac": 0, "pcm": 0, "ogg": 0, "mp3": 3 * 576}
HELD_BACK = {"pcm": 0, "flac": 72, "ogg": 90, "mp3": 125}  # ms of sound, at most
BITS = {"pcm": 257, "flac": 230, "ogg": 32, "mp3": 50}  # kbit a second of sound, at most
BLOCK = RATE * 2 // 50  # bytes: 20 ms, as a microphone gives them


def babble(seconds: float) -> bytes:
    """A voice-like sound as PCM16: a buzz that rises, falls and pauses, over a room's noise."""
    time_ = np.arange(round(seconds * RATE)) / RATE
    buzz = sum(
        np.sin(2 * np.pi * 110 * k * time_ + np.sin(3 * time_) * k) / k for k in range(1, 20)
    )
    loud = np.maximum(0, np.sin(2 * np.pi * 1.7 * time_)) * 3_000
    noise = np.random.default_rng(7).normal(0, 30, len(time_))
    return bytes((buzz * loud + noise).astype("<i2").tobytes())


def pieces(pcm: bytes, sizes: Iterable[int]) -> Iterable[bytes]:
    start = 0
    for size in sizes:
        if start >= len(pcm):
            return
        yield pcm[start : start + size]
        start += size


def streamed(format_: str, pcm: bytes, sizes: Iterable[int]) -> bytes:
    codec = encoder(format_)
    return b"".join(map(codec.feed, pieces(pcm, sizes))) + codec.finish()


def decoded(stream: bytes, format_: str) -> np.ndarray:
    sound = open_audio(io.BytesIO(stream), rate=RATE if format_ == "pcm" else None)
    return np.frombuffer(b"".join(sound.pcm()), "<i2")


@pytest.mark.parametrize("format_", sorted(STREAMABLE))
def test_what_was_encoded_piece_by_piece_is_the_sound_that_was_fed(format_: str) -> None:
    pcm = babble(20.0)
    fed = np.frombuffer(pcm, "<i2")

    stream = streamed(format_, pcm, cycle([BLOCK]))
    heard = decoded(stream, format_)

    assert abs(len(heard) - len(fed)) <= SLACK[format_]
    assert len(stream) * 8 / 20.0 <= BITS[format_] * 1000
    if format_ in EXACT:
        assert (heard == fed).all()
    else:
        # The codec's run-in shifts it; where the two agree best, they are alike.
        window = fed[RATE : RATE + 8 * RATE].astype(float)
        whole = heard[: 10 * RATE].astype(float)
        match = np.fft.irfft(np.fft.rfft(whole, 2**19) * np.conj(np.fft.rfft(window, 2**19)))
        at = int(np.argmax(match[: len(whole) - len(window)]))
        assert np.corrcoef(whole[at : at + len(window)], window)[0, 1] > 0.95
        assert abs(at - RATE) <= SLACK[format_]


@pytest.mark.parametrize("format_", sorted(STREAMABLE))
def test_the_size_of_the_pieces_does_not_change_the_sound(format_: str) -> None:
    pcm = babble(6.0)

    odd = streamed(format_, pcm + b"\x07", cycle([1, 333, 0, 7_001, 2, 12_345]))
    whole = streamed(format_, pcm, [len(pcm)])

    assert np.array_equal(decoded(odd, format_), decoded(whole, format_))


@pytest.mark.parametrize("format_", sorted(STREAMABLE))
def test_little_is_held_back_at_any_moment(
    format_: str, record_property: Callable[[str, object], None]
) -> None:
    codec, given, held, first = encoder(format_), b"", 0, 0
    for number, piece in enumerate(pieces(babble(3.0), cycle([BLOCK])), 1):
        given += codec.feed(piece)
        first = first or (number if given else 0)
        if number >= 25:
            held = max(held, number * BLOCK // 2 - len(decoded(given, format_)))
    codec.finish()
    record_property("figures", f"{format_} holds back {held * 1000 / RATE:.0f} ms of sound")

    assert first <= 25  # half a second
    assert held * 1000 / RATE <= HELD_BACK[format_]


@pytest.mark.parametrize("format_", sorted(STREAMABLE))
def test_the_end_of_a_long_take_is_as_quick_as_that_of_a_short_one(
    format_: str,
    sample: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    minute = babble(60.0)
    codec, began = encoder(format_), time.thread_time()
    seconds = 60 * (sample(1, 10) if format_ == "ogg" else 10)
    for _ in range(seconds // 60):
        for piece in pieces(minute, cycle([BLOCK])):
            codec.feed(piece)
    spent, began = time.thread_time() - began, time.thread_time()
    codec.finish()
    end = time.thread_time() - began
    figures = f"{format_} takes {spent / seconds * 1000:.2f} ms of CPU a second of sound"
    record_property("figures", f"{figures}, {end * 1000:.2f} ms at the end")

    assert end < 0.010


@pytest.mark.parametrize("format_", sorted(STREAMABLE))
def test_an_empty_take_gives_no_bytes(format_: str) -> None:
    codec = encoder(format_)

    assert codec.feed(b"") + codec.finish() == b""


def test_a_streamed_flac_says_that_its_length_is_unknown() -> None:
    stream = streamed("flac", babble(2.0), cycle([BLOCK]))

    assert stream[:4] == b"fLaC"
    facts = int.from_bytes(stream[18:26])  # rate 20 bits, channels 3, sample size 5, samples 36
    assert facts >> 44 == RATE
    assert facts & (1 << 36) - 1 == 0
    assert stream[26:42] == bytes(16)  # MD5


@pytest.mark.parametrize("format_", CODECS)
def test_ffmpeg_reads_what_was_streamed(format_: str) -> None:
    import av

    with av.open(io.BytesIO(streamed(format_, babble(2.0), cycle([BLOCK])))) as container:
        frames = list(container.decode(audio=0))

    assert sum(frame.samples / frame.sample_rate for frame in frames) == pytest.approx(2, abs=0.15)
