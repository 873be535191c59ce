"""Our own sounds, where the microphone hears them: their tones are taken out of a take's beginning.

Nothing is cut off, so that no first word is lost: only what stands out at those very pitches goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dictation.audio import RATE, Audio

SPAN = 1.2  # seconds after the first sound in which a tone may come, with slow loudspeakers, too
FRAME, HOP = 512, 128  # samples
WIDE, AROUND = 125.0, 420.0  # Hz beside a tone: what is damped, and what it is compared with
STANDS_OUT = 12.0  # times as loud as what is around it; the pitches of a voice seldom are
PAD = FRAME - HOP


class OwnTones:
    """Works through the beginning of a take in frames that overlap; the microphone's lane."""

    def __init__(self, tones: Sequence[float]) -> None:
        self._tones = tones
        self._sum = np.zeros(FRAME)
        self._at = -PAD  # the sample that the next frame begins with
        self._until: int | None = None  # the sample after which no tone is to be expected

    @cached_property
    def _window(self) -> NDArray[np.float64]:
        return np.sqrt(np.hanning(FRAME + 1)[:-1])

    @cached_property
    def _bands(self) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        """For each tone the pitches near it, and those around; the first use loads 15 ms of code,
        which must not be before the microphone opens."""
        pitch = np.fft.rfftfreq(FRAME, 1 / RATE)
        near = [abs(pitch - tone) for tone in self._tones]
        damped = np.any([each <= WIDE for each in near], 0) if near else pitch < 0
        return [(each <= WIDE, (each > WIDE) & (each <= AROUND) & ~damped) for each in near]

    def begun(self, samples: int) -> None:
        """The start sound is played now that there are so many samples."""
        self._until = samples + round(SPAN * RATE)

    def clean(self, audio: Audio, end: int, *, last: bool) -> int:
        """Cleans what there is up to sample `end`; up to where it may be read now."""
        if not self._tones or (self._until is not None and self._at >= self._until):
            return end
        while self._at + FRAME <= end or (last and self._at < end):
            self._step(audio, end)
            if self._until is not None and self._at >= self._until:
                return end
        if last:  # should more come, from another microphone, no frame reaches over the gap
            self._until = self._at
            return end
        return min(end, max(self._at, 0))

    def _step(self, audio: Audio, end: int) -> None:
        start, stop = max(self._at, 0), min(self._at + FRAME, end)
        frame = np.zeros(FRAME)
        if start < stop:  # a frame begins where the last rewriting ended: all of it is raw
            raw = np.frombuffer(audio.read(start, stop), "<i2")
            frame[start - self._at : stop - self._at] = raw
        self._sum += self._damped(frame)
        ready = np.rint(self._sum[:HOP]).clip(-32768, 32767).astype(np.int16)
        first, behind = max(self._at, 0), min(self._at + HOP, end)
        if first < behind:
            audio.rewrite(first, ready[first - self._at : behind - self._at])
        self._sum = np.concatenate([self._sum[HOP:], np.zeros(HOP)])
        self._at += HOP

    def _damped(self, frame: NDArray[np.float64]) -> NDArray[np.float64]:
        """The frame, its tones no louder than what is around them; its share of the sum."""
        heard = np.fft.rfft(frame * self._window)
        loud = abs(heard)
        for near, around in self._bands:
            usual = float(np.median(loud[around]))
            too_loud = near & (loud > STANDS_OUT * usual)
            heard[too_loud] *= usual / loud[too_loud]
        return np.fft.irfft(heard, FRAME) * self._window / (FRAME / HOP / 2)
