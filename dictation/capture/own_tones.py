"""Our own sounds, where the microphone hears them: their tones are taken out of a take's beginning.

Nothing is cut off, so that no first word is lost: only what stands out at those very pitches goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from dictation.audio import RATE, Audio

SPAN = 1.2  # seconds after the first sound in which a tone may come, with slow loudspeakers, too
FRAME, HOP = 512, 128  # samples
WIDE, AROUND = 125.0, 420.0  # Hz beside a tone: what is damped, and what it is compared with
STANDS_OUT = 12.0  # times as loud as what is around it; the pitches of a voice seldom are
PARTS = FRAME // HOP
REACH = PARTS - 1  # frames before a frame, and after it, that overlap it
PAD = FRAME - HOP


class OwnTones:
    """Works through the beginning of a take in frames that overlap; the microphone's lane."""

    def __init__(self, tones: Sequence[float]) -> None:
        self._tones = tones
        self._at = -PAD  # the sample that the next frame begins with
        self._heard = np.zeros((0, FRAME // 2 + 1), complex)  # the newest frames' pitches
        self._done = 0  # so many of them are written already
        self._sums = np.zeros((REACH, HOP))  # what is written reaches over what is not
        self._until: int | None = None  # the sample after which no tone is to be expected

    @cached_property
    def _window(self) -> NDArray[np.float64]:
        return np.sqrt(np.hanning(FRAME + 1)[:-1])

    @cached_property
    def _bands(self) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """For each tone the pitches near it, and those around; the first use loads 15 ms of code,
        which must not be before the microphone opens."""
        pitch = np.fft.rfftfreq(FRAME, 1 / RATE)
        far = [abs(pitch - tone) for tone in self._tones]
        damped = np.any([each <= WIDE for each in far], 0)
        around = [(each <= AROUND) & ~damped for each in far]
        return [
            (np.flatnonzero(each <= WIDE), np.flatnonzero(beside))
            for each, beside in zip(far, around, strict=True)
        ]

    @property
    def _is_over(self) -> bool:
        """Whether no tone is to be expected any more."""
        return self._until is not None and self._at >= self._until

    def begun(self, samples: int) -> None:
        """The start sound is played now that there are so many samples."""
        self._until = samples + round(SPAN * RATE)

    def clean(self, audio: Audio, end: int, *, last: bool) -> int:
        """Cleans what there is up to sample `end`; up to where it may be read now."""
        if not self._tones or self._is_over:
            return end
        behind = end if last else end - FRAME + 1  # the sample before which a frame may begin
        if self._until is not None:
            behind = min(behind, self._until)
        if (count := -((self._at - behind) // HOP)) > 0:
            self._look(audio, end, count)
        if last:  # should more come, from another microphone, no frame reaches over the gap
            self._until = self._at
        if self._is_over:
            self._write(audio, end, len(self._heard))
            return end
        self._write(audio, end, len(self._heard) - REACH)
        return min(end, max(self._written, 0))

    @property
    def _written(self) -> int:
        """The sample up to which all is as it will be."""
        return self._at - (len(self._heard) - self._done) * HOP

    def _look(self, audio: Audio, end: int, count: int) -> None:
        """Takes in so many frames at once: one by one each would take ten times as long."""
        start, stop = self._at, self._at + (count - 1) * HOP + FRAME
        raw = np.zeros(stop - start)
        first, behind = max(start, 0), min(stop, end)
        if first < behind:  # rewritten is only what lies before all of this
            raw[first - start : behind - start] = np.frombuffer(audio.read(first, behind), "<i2")
        frames = sliding_window_view(raw, FRAME)[::HOP] * self._window
        self._heard = np.concatenate([self._heard, np.fft.rfft(frames)])
        self._at += count * HOP

    def _write(self, audio: Audio, end: int, ready: int) -> None:
        """Writes those up to number `ready`: what comes after them has been looked at, too."""
        count, start = ready - self._done, self._written
        if count <= 0:
            return
        frames = np.fft.irfft(self._excess()[self._done : ready], FRAME)
        frames *= self._window / (PARTS / 2)
        sums = np.concatenate([self._sums, np.zeros((count, HOP))])
        for part in range(PARTS):
            sums[part : part + count] += frames[:, part * HOP : (part + 1) * HOP]
        self._sums = sums[count:]
        first, behind = max(start, 0), min(start + count * HOP, end)
        too_much = sums[:count].ravel()[first - start : behind - start]
        if too_much.any():  # what holds no tone stays as it is, to the last bit
            kept = np.frombuffer(audio.read(first, behind), "<i2") - too_much
            audio.rewrite(first, np.rint(kept).clip(-32768, 32767).astype(np.int16))
        kept = min(ready, REACH)
        self._heard, self._done = self._heard[ready - kept :], kept

    def _excess(self) -> NDArray[np.complex128]:
        """What of the frames' pitches is to go: by so much a tone is louder than what is around it.

        Where a tone begins or breaks off, as it does when a busy computer stops for a moment, it
        spreads over all pitches and stands out of none: that is told, and measured, by the frames
        beside it.
        """
        loud = abs(self._heard)
        usual = [np.median(loud[:, around], 1) for _near, around in self._bands]
        stands_out = np.zeros(len(loud), bool)
        for (near, _around), level in zip(self._bands, usual, strict=True):
            stands_out |= loud[:, near].max(1) > STANDS_OUT * level
        sounds = _beside(stands_out, 0).any(1, keepdims=True)
        excess = np.zeros_like(self._heard)
        for (near, _around), level in zip(self._bands, usual, strict=True):
            least = _beside(level, np.inf).min(1, keepdims=True)
            there = loud[:, near]
            too_loud = sounds & (there > STANDS_OUT * least)
            share = 1 - np.divide(least, there, out=np.ones_like(there), where=too_loud)
            excess[:, near] = share * self._heard[:, near]
        return excess


def _beside(values: NDArray[Any], outside: float) -> NDArray[Any]:
    """For each frame the values of all that overlap it; `outside` where there are none."""
    edge = np.full(REACH, outside, values.dtype)
    return sliding_window_view(np.concatenate([edge, values, edge]), 2 * REACH + 1)
