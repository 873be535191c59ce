"""Parts of a take as speech that a provider reads: while they are being spoken, and afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dictation.audio import BLOCK, RATE, Encoded, Speech, wav_of
from dictation.audio_files.source import Source, temporary
from dictation.audio_files.streaming import STREAMABLE, encoder
from dictation.pieces.growing import Growing
from dictation.speech import Track

OPEN = 60.0  # seconds that a piece is taken for while nobody knows how long it will be


class Piece:
    """The piece of that number (see `audio.Speech`); open until it is cut off or the take ends."""

    def __init__(self, growing: Growing, index: int) -> None:
        self._growing, self._index = growing, index
        self.start = growing.bounds(index)[0]
        self._coded: tuple[str, Source] | None = None

    @property
    def stop(self) -> int | None:
        """The sample at which it ends, once that is known."""
        return self._growing.bounds(self._index)[1]

    @property
    def is_last(self) -> bool:
        """Whether the take ended with it."""
        return self._growing.is_last(self._index)

    @property
    def seconds(self) -> float:
        """Length in seconds; of an open one the most that it may become."""
        stop = self.stop
        return OPEN if stop is None else (stop - self.start) / RATE

    def wait(self, least: float | None = None) -> None:
        """Until it has ended, or so many seconds with speech in them can be read."""
        self._growing.wait(self._index, None if least is None else round(least * RATE))

    def encode(self, name: str) -> None:
        """Encodes it as it is spoken, to its end, so that nothing is left to do then."""
        codec, kept = encoder(name), temporary(name)
        for block in self._growing.read(self._index):
            if coded := codec.feed(block):
                kept.append(coded)
        kept.append(codec.finish())
        self._coded = name, kept

    @property
    def coded(self) -> Encoded | None:
        """What `encode` made."""
        if self._coded is None:
            return None
        name, kept = self._coded
        return Encoded(name, kept.size, lambda: kept.blocks(0, kept.size))

    def encoded(self, formats: Sequence[str]) -> Encoded:
        """An open piece in a format that needs no length in front, else what is at hand."""
        live = next((name for name in formats if name in STREAMABLE), None)
        if live and self.stop is None:
            return Encoded(live, None, lambda: self._streamed(live))
        self.wait()
        for name in formats:
            if self._coded and name == self._coded[0] and (coded := self.coded):
                return coded
            if name in ("wav", "pcm"):
                break
        return wav_of(((self.stop or 0) - self.start) * 2, self.pcm)

    def pcm(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Samples of the piece; waits for its end."""
        self.wait()
        end = self.stop or 0
        first, end = self.start + start, end if stop is None else min(end, self.start + stop)
        for at in range(first, end, BLOCK // 2):
            yield self._growing.audio.read(at, min(at + BLOCK // 2, end))

    def track(self) -> Track:
        """Where in it someone speaks; waits for its end."""
        self.wait()
        return self._growing.track(self.start, self.stop or 0)

    def _streamed(self, name: str) -> Iterator[bytes]:
        codec = encoder(name)
        for block in self._growing.read(self._index):
            if coded := codec.feed(block):
                yield coded
        yield codec.finish()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of speech that has ended, as speech of its own; `start` and `stop` in samples."""

    whole: Speech
    start: int
    stop: int

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return (self.stop - self.start) / RATE

    def encoded(self, formats: Sequence[str]) -> Encoded:
        """As a WAV."""
        return wav_of((self.stop - self.start) * 2, self.pcm)

    def pcm(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Samples of the stretch."""
        end = self.stop if stop is None else min(self.stop, self.start + stop)
        return self.whole.pcm(self.start + start, end)

    def track(self) -> Track:
        """Where in it someone speaks."""
        return self.whole.track().part(self.start, self.stop)
