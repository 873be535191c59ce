"""The newest half second of a microphone that stays open: in memory alone, never on disk."""

from __future__ import annotations

import time
from threading import Lock

import numpy as np

from dictation.audio import RATE, Audio, Samples

SECONDS = 0.5  # what it holds at most


class Ring:
    """Keeps the newest samples and forgets those before them."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._kept: Samples = np.zeros(round(seconds * RATE), np.int16)
        self._next = 0  # where the next sample goes
        self.samples = 0  # there are
        self.last_sample_at = 0.0  # time.monotonic() of the newest block

    def append(self, block: Samples) -> None:
        """Takes a block in; the oldest samples make way."""
        size = len(self._kept)
        block = block[-size:]
        first = min(len(block), size - self._next)
        self._kept[self._next : self._next + first] = block[:first]
        self._kept[: len(block) - first] = block[first:]
        self._next = (self._next + len(block)) % size
        self.samples = min(size, self.samples + len(block))
        self.last_sample_at = time.monotonic()

    def pour(self, audio: Audio) -> None:
        """Puts what it holds, oldest first, in front of a take, and holds nothing any more."""
        if self.samples and not audio.samples:
            oldest = self._next - self.samples
            audio.append(np.roll(self._kept, -oldest)[: self.samples])
            audio.first_sample_at = self.last_sample_at - self.samples / RATE
            audio.last_sample_at = self.last_sample_at
        self.wipe()

    def wipe(self) -> None:
        """Forgets everything, and leaves nothing of it in memory."""
        self._kept[:] = 0
        self._next = self.samples = 0


class Outlet:
    """Where a stream's blocks go: to a take, or between two takes into the ring.

    No block is lost or goes to both. The lock is held for as long as a copy takes: the stream's
    own thread may wait for that.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._to: Audio | Ring | None = None

    def append(self, block: Samples) -> None:
        """Hands a block on, on the stream's own thread; nowhere once it is shut."""
        with self._lock:
            if self._to is not None:
                self._to.append(block)

    def turn(self, audio: Audio) -> None:
        """From now on they go to this take; what the ring holds goes in front."""
        with self._lock:
            if isinstance(self._to, Ring):
                self._to.pour(audio)
            self._to = audio

    def idle(self) -> None:
        """From now on they go into a ring that is empty."""
        with self._lock:
            self._to = Ring()

    def shut(self) -> None:
        """No more goes anywhere; what a ring held is wiped."""
        with self._lock:
            if isinstance(self._to, Ring):
                self._to.wipe()
            self._to = None
