"""Records one take from a microphone: journals it, listens for speech, notices faults.

Runs on the microphone lane from key press to the closed microphone; PortAudio's callback does
nothing but fill the buffer, everything else happens here ten times a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from dictation.audio import RATE, Audio, Recording
from dictation.errors import MicrophoneError, MicrophoneSilent
from dictation.i18n import _
from dictation.speech import Track

TICK = 0.1  # seconds between looks at the microphone
QUIET_WARNING = 60.0  # seconds without speech, hands free, at which the user is warned
QUIET_STOP = 120.0  # and at which the take stops by itself
CERTAIN = 1.0  # seconds of zeros that are no slow start
JOURNAL_EVERY = (
    0.25  # seconds of sound; with a look every TICK no more than 0.5 s is in memory alone
)


class Source(Protocol):
    """What is recorded from; `dictation.microphones` has them."""

    name: str
    may_be_silent: bool

    def start(self, audio: Audio) -> None: ...
    def fault(self) -> MicrophoneError | None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """When a take ends by itself; seconds."""

    longest: float = 3600.0
    silence: float | None = None  # after speech: `record --until-silence`


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the one who records wants to hear, all called on the microphone lane."""

    opened: Callable[[str], None] = lambda _microphone: None  # by this name
    journal: Callable[[bytes], None] = lambda _pcm: None
    quiet: Callable[[], None] = lambda: None  # a minute without speech
    hands_free: Callable[[], bool] = lambda: False  # whether silence may stop the take


class Capture:
    """One take being recorded. `run` blocks until `stop`, a limit or a fault ends it."""

    def __init__(
        self,
        find: Callable[[], Source],
        limits: Limits,
        hooks: Hooks,
        track: Callable[[], Track] = Track,
    ) -> None:
        self.audio = Audio()
        self.fault: MicrophoneError | None = None
        self._find, self._limits, self._hooks = find, limits, hooks
        self._track = track
        self._ended = threading.Event()
        self._journalled = 0

    def stop(self) -> None:
        """Ends the take; called on any thread."""
        self._ended.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._ended.is_set()

    @property
    def seconds(self) -> float:
        """How much of the sound is in the journal; all of the take's once `run` has ended."""
        return self._journalled / RATE

    def run(self) -> Recording:
        """The finished take. Raises MicrophoneError where nothing could be recorded.

        A fault after the first sound ends the take and is kept in `fault`.
        """
        source = self._find()
        source.start(self.audio)
        track: Track | None = None
        try:
            self._hooks.opened(source.name)
            track = self._track()
            self._watch(source, track)
        finally:
            try:
                source.stop()
            finally:
                self._hear(track, last=True)
        if self.fault and not self.audio.samples:
            raise self.fault
        zeros = self.audio.seconds >= CERTAIN and not self.audio.peak
        if zeros and not source.may_be_silent:
            raise MicrophoneSilent(_("{name} gave only zeros.").format(name=source.name))
        track.finish()
        return Recording(self.audio, self._journalled, track)

    def _watch(self, source: Source, track: Track) -> None:
        warned_at = 0.0
        while not self._ended.wait(TICK):
            self._hear(track)
            self.fault = source.fault()
            quiet = self.audio.seconds - track.last / RATE
            if self.fault or self.audio.seconds >= self._limits.longest:
                return
            if self._limits.silence and track.spoken and quiet >= self._limits.silence:
                return
            if self._hooks.hands_free() and quiet >= QUIET_WARNING:
                if quiet >= QUIET_STOP:
                    return
                if track.last / RATE >= warned_at:
                    warned_at = self.audio.seconds
                    self._hooks.quiet()

    def _hear(self, track: Track | None, *, last: bool = False) -> None:
        audio = self.audio
        audio.prepare()
        end = min(audio.samples, round(self._limits.longest * RATE))
        if track:
            track.feed(audio.read(track.fed, end))
        if last or end - self._journalled >= JOURNAL_EVERY * RATE:
            self._hooks.journal(audio.read(self._journalled, end))
            self._journalled = end
