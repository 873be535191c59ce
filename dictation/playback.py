"""A recording played: from any place, with pauses, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from dictation.audio import RATE, Speech
from dictation.errors import DictationError
from dictation.lanes import Crash, spawn

STEP = RATE // 20  # samples written at a time: so long a pause takes at most to be heard


class Out(Protocol):
    """What is played to; `microphones.loudspeaker` has it. Opening it raises DictationError."""

    @property
    def latency(self) -> float: ...
    def write(self, pcm: bytes) -> None: ...
    def flush(self) -> None: ...
    def drain(self) -> None: ...
    def close(self) -> None: ...


def loudspeaker() -> Out:
    """The system's own output, opened."""
    from dictation.microphones.loudspeaker import Loudspeaker

    return Loudspeaker()


@dataclass(frozen=True, slots=True)
class Playing:
    """Where a recording is: seconds from its start, whether it plays, what went wrong."""

    position: float
    plays: bool
    error: DictationError | None = None


class Playback:
    """One recording. Its calls return at once; `told` hears, on any thread, when it starts or ends.

    `position` is what is heard just now, as far as the system tells.
    """

    def __init__(
        self,
        speech: Speech,
        told: Callable[[Playing], None],
        crash: Crash,
        out: Callable[[], Out] = loudspeaker,
    ) -> None:
        self.seconds = speech.seconds
        self._speech, self._told, self._crash, self._out = speech, told, crash, out
        self._lock = threading.Lock()
        self._at = 0  # the sample that is written next
        self._behind = 0  # samples that are written, but not heard yet
        self._jumps = 0  # to other places
        self._run: threading.Event | None = None  # set to end the thread that plays

    @property
    def position(self) -> float:
        """Seconds from the start."""
        with self._lock:
            return max(0, self._at - self._behind) / RATE

    @property
    def plays(self) -> bool:
        """Whether it is being played."""
        with self._lock:
            return self._run is not None

    def play(self) -> None:
        """Goes on from where it is, at its end from the start."""
        with self._lock:
            if self._run is not None:
                return
            if self._at >= self._total:
                self._at = 0
            end = self._run = threading.Event()
        spawn("playback", lambda: self._play(end), self._crash)

    def pause(self) -> None:
        """Stops where it is; what is heard next is what was heard last."""
        with self._lock:
            run, self._run = self._run, None
            self._at, self._behind = max(0, self._at - self._behind), 0
        if run is not None:
            run.set()
            self._tell()

    def seek(self, seconds: float) -> None:
        """Goes to another place, and plays on from there if it plays."""
        with self._lock:
            self._at, self._behind = min(self._total, max(0, round(seconds * RATE))), 0
            self._jumps += 1

    @property
    def _total(self) -> int:
        return round(self.seconds * RATE)

    def _tell(self, error: DictationError | None = None) -> None:
        self._told(Playing(self.position, self.plays, error))

    def _play(self, end: threading.Event) -> None:
        error: DictationError | None = None
        whole = False
        try:
            out = self._out()
            self._tell()
            try:
                whole = self._write(out, end)
            finally:
                out.close()
        except DictationError as trouble:
            error = trouble
        with self._lock:
            if self._run is not end:
                return  # paused
            self._run, self._behind = None, 0
            if whole:
                self._at = self._total
        self._tell(error)

    def _write(self, out: Out, end: threading.Event) -> bool:
        """Plays to the end of the recording; False where it was stopped before."""
        jumps = self._jumps
        while not end.is_set():
            with self._lock:
                at, jumped, jumps = self._at, jumps != self._jumps, self._jumps
            if jumped:
                out.flush()
            if at >= self._total:
                out.drain()
                if jumps == self._jumps:
                    return not end.is_set()
                continue
            stop = min(at + STEP, self._total)
            out.write(b"".join(self._speech.pcm(at, stop)))
            with self._lock:
                if jumps == self._jumps and not end.is_set():
                    self._at = stop
                    self._behind = min(stop, round(out.latency * RATE))
        return False
