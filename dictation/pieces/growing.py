"""A take's sound while it is being spoken: whoever reads it waits for more of it.

Only what is on disk can be read, and silence only once it has ended or lasts: what is cut off
behind the last word should not have been sent before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from dictation.audio import BLOCK, RATE, Audio
from dictation.errors import Cancelled
from dictation.i18n import _
from dictation.speech import PAUSE, TAIL, WINDOW, Track

AT_REST = 5 * RATE  # samples of silence after which it is sent as well: a server waits not for ever
LONG_PAUSE = int(0.6 * RATE)  # samples
HURRY = 0.9  # of the longest piece, from where on the gap between two words will do


@dataclass(frozen=True, slots=True)
class Lengths:
    """From when on a piece may end, in seconds: in a long pause, in any pause, anywhere."""

    soft: float
    usual: float
    longest: float


class Growing:
    """What is there so far, and where it is cut into pieces; `stop` once it has ended, in samples.

    Fed by the microphone's lane (`heard`, `end`) and the disk's (`stored`), read on any thread.
    """

    def __init__(self, audio: Audio) -> None:
        self.audio = audio
        self.stop: int | None = None
        self._changed = threading.Condition()
        self._track: Track | None = None
        self._stored = self._heard = self._last = self._read = 0
        self._starts = [0]  # of the pieces
        self._lengths: tuple[Lengths, Lengths] | None = None  # of the first piece, and the others
        self._given_up = False

    def cut_by(self, first: Lengths, others: Lengths) -> None:
        """From now on it is cut."""
        with self._changed:
            self._lengths = first, others
            self._cut()
            self._changed.notify_all()

    def heard(self, track: Track) -> None:
        """The voice detector has heard more."""
        with self._changed:
            self._track, self._heard, self._last = track, track.heard, track.last
            self._cut()
            self._changed.notify_all()

    def stored(self, samples: int) -> None:
        """So many samples are on disk."""
        with self._changed:
            self._stored = samples
            self._changed.notify_all()

    def end(self, stop: int, track: Track) -> None:
        """That was all; what is sent goes to sample `stop`."""
        with self._changed:
            self._track, self.stop = track, max(stop, self._starts[-1])
            self._changed.notify_all()

    def give_up(self) -> None:
        """Nobody wants it any more: readers raise Cancelled."""
        with self._changed:
            self._given_up = True
            self._changed.notify_all()

    def bounds(self, index: int) -> tuple[int, int | None]:
        """Where a piece begins, and where it ends, if that is known."""
        with self._changed:
            return self._starts[index], self._stop(index)

    def is_last(self, index: int) -> bool:
        """Whether the take has ended and no piece follows."""
        with self._changed:
            return self.stop is not None and index == len(self._starts) - 1

    def track(self, start: int, stop: int) -> Track:
        """Where someone speaks between two samples."""
        with self._changed:
            assert self._track is not None
            return self._track.part(start, stop)

    def wait(self, index: int, least: int | None) -> None:
        """Until the piece has ended, or `least` samples with speech can be read of it."""
        self._wait(lambda: self._stop(index) is not None or self._begun(index, least))

    def read(self, index: int) -> Iterator[bytes]:
        """The piece in blocks, each as soon as it may be read; raises Cancelled."""
        at = self._starts[index]
        while True:
            self._wait(partial(self._readable, index, at))
            with self._changed:
                reach = self._reach(index)
                self._read = max(self._read, reach)
            if reach <= at:
                return
            while at < reach:
                block = self.audio.read(at, min(at + BLOCK // 2, reach))
                yield block
                at += len(block) // 2

    def _wait(self, ready: Callable[[], bool]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._given_up or ready())
            if self._given_up:
                raise Cancelled(_("The take was given up."))

    # With the lock held.

    def _stop(self, index: int) -> int | None:
        return self._starts[index + 1] if index + 1 < len(self._starts) else self.stop

    def _reach(self, index: int) -> int:
        """The sample up to which the piece may be read."""
        reach = self._stop(index)
        if reach is None:
            at_rest = self._heard - self._last > AT_REST
            reach = self._heard if at_rest else min(self._heard, self._last + TAIL)
        return min(reach, self._stored)

    def _readable(self, index: int, at: int) -> bool:
        """Whether there is more behind `at`, or never will be."""
        stop = self._stop(index)
        return self._reach(index) > at or (stop is not None and at >= stop)

    def _begun(self, index: int, least: int | None) -> bool:
        if least is None or self._track is None:
            return False
        start, reach = self._starts[index], self._reach(index)
        return reach - start >= least and self._track.part(start, reach).spoken

    def _cut(self) -> None:
        """Cuts off what can be, where nobody speaks and nothing behind has been read yet."""
        while self._lengths and self._track and self.stop is None:
            place = self._place(self._lengths[len(self._starts) > 1], self._track)
            if place is None:
                return
            self._starts.append(place)

    def _place(self, lengths: Lengths, track: Track) -> int | None:
        """Where the open piece may end by now: in the longest pause there is."""
        start = self._starts[-1]
        reach = min(self._heard, start + round(lengths.longest * RATE))
        begun = (reach - start) / RATE
        if begun < lengths.soft:
            return None
        earliest = max(start + round(lengths.soft * RATE), self._read)
        found = []
        for quiet, loud in ((self._last, self._heard), *reversed(track.pauses)):
            if loud <= earliest:
                break
            place = max((quiet + loud) // 2, earliest)
            if place <= reach:
                found.append((loud - quiet, place))
        pause, place = max(found, default=(0, 0))
        if pause >= (LONG_PAUSE if begun < lengths.usual else PAUSE * WINDOW):
            return place
        if begun >= HURRY * lengths.longest and (between := track.quiet(earliest, reach)):
            return between
        return max(reach, self._read) if begun >= lengths.longest else None
