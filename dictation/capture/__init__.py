"""Records one take from a microphone: journals it, listens for speech, notices faults.

Runs on the microphone lane from key press to the closed microphone; PortAudio's callback does
nothing but fill the buffer, everything else happens here ten times a second.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dictation.audio import RATE, Audio, Recording
from dictation.capture.incidents import Incidents
from dictation.capture.own_tones import OwnTones
from dictation.capture.reopening import PATIENCE, Reopening, Source
from dictation.errors import MicrophoneError, MicrophoneSilent
from dictation.i18n import _
from dictation.speech import Track

__all__ = ["Capture", "Hooks", "Limits", "Source"]

log = logging.getLogger(__name__)

TICK = 0.1  # seconds between looks at the microphone
FIRST = 0.01  # and before the first samples, for which the user waits
QUIET_WARNING = 60.0  # seconds without speech, hands free, at which the user is warned
QUIET_STOP = 120.0  # and at which the take stops by itself
CERTAIN = 1.0  # seconds of zeros that are no slow start
JOURNAL_EVERY = (
    0.25  # seconds of sound; with a look every TICK no more than 0.5 s is in memory alone
)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a take ends by itself; seconds."""

    longest: float = 3600.0
    silence: float | None = None  # after speech: `record --until-silence`


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the one who records wants to hear, all called on the microphone lane."""

    opened: Callable[[str], None] = lambda _microphone: None  # by this name
    begun: Callable[[], None] = lambda: None  # the first samples are there
    journal: Callable[[bytes], None] = lambda _pcm: None
    heard: Callable[[Track], None] = lambda _track: None  # more of it has been listened to
    quiet: Callable[[], None] = lambda: None  # a minute without speech
    hands_free: Callable[[], bool] = lambda: False  # whether silence may stop the take
    changed: Callable[[str], None] = lambda _microphone: None  # this one is recorded from now
    told: Callable[[str], None] = lambda _trouble: None  # with the microphone, as a sentence


@dataclass(slots=True)
class Outage:
    """The time from a fault until another microphone gives sound."""

    fault: MicrophoneError
    until: float  # time.monotonic() at which none is looked for any more
    samples: int  # there were before
    last_sample_at: float


class Capture:
    """One take being recorded. `run` blocks until `stop`, a limit or a fault ends it."""

    def __init__(
        self,
        find: Callable[[], Source],
        limits: Limits,
        hooks: Hooks,
        track: Callable[[], Track] = Track,
        patience: float = PATIENCE,
        *,
        audio: Audio | None = None,
        tones: Sequence[float] = (),
    ) -> None:
        self.audio = audio or Audio()
        self._own = OwnTones(tones) if tones else None  # our sounds, which it may hear
        self.fault: MicrophoneError | None = None
        self._find, self._limits, self._hooks = find, limits, hooks
        self._track, self._patience = track, patience
        self._ended = threading.Event()
        self._journalled = 0
        self._incidents = Incidents(hooks.told)
        self._outage: Outage | None = None
        self._open = False
        self._name = ""
        self._zeros, self._sounded = 0, False  # samples until now; whether there were others

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

    @property
    def notes(self) -> tuple[str, ...]:
        """What befell the microphone, in sentences for the user; complete once `run` has ended."""
        return self._incidents.notes

    def run(self) -> Recording:
        """The finished take. Raises MicrophoneError where nothing could be recorded.

        After a fault in mid-take recording goes on with the next microphone. Where there is none,
        the take ends with what it has, and with that `fault`.
        """
        self._source = self._find()
        self._source.start(self.audio)
        self._open = True
        track: Track | None = None
        try:
            self._name = self._source.name
            self._hooks.opened(self._name)
            track = self._track()
            self._watch(track)
        finally:
            try:
                if self._open:
                    self._source.stop()
            finally:
                self._hear(track, last=True)
        self._close_incidents()
        if self.fault and not self.audio.samples:
            raise self.fault
        zeros = self.audio.seconds >= CERTAIN and not self.audio.peak
        if zeros and not self._source.may_be_silent:
            raise MicrophoneSilent(_("{name} gave only zeros.").format(name=self._name))
        track.finish()
        return Recording(self.audio, self._journalled, track)

    def _await_sound(self) -> None:
        """Tells at once when the first samples come; a fault before is `_watch`'s."""
        while not self._ended.wait(0 if self.audio.samples else FIRST):
            if self.audio.samples:
                if self._own:
                    self._own.begun(self.audio.samples)
                self._hooks.begun()
                return
            if self._source.fault():
                return

    def _watch(self, track: Track) -> None:
        self._await_sound()
        warned_at = 0.0
        while not self._ended.wait(TICK):
            self._hear(track)
            self._listen()
            quiet = self.audio.seconds - track.last / RATE
            if self.audio.seconds >= self._limits.longest:
                return
            if self._limits.silence and track.spoken and quiet >= self._limits.silence:
                return
            self.fault = self._source.fault()
            if self.fault and not self._reopened(self.fault, track):
                return
            if self._hooks.hands_free() and quiet >= QUIET_WARNING:
                if quiet >= QUIET_STOP:
                    return
                if track.last / RATE >= warned_at:
                    warned_at = self.audio.seconds
                    self._hooks.quiet()

    def _listen(self) -> None:
        """Notes what there is to say of the microphone as it is now."""
        source, at = self._source, self.audio.seconds
        if self._outage and self.audio.samples > self._outage.samples:
            outage, self._outage = self._outage, None
            fresh = (self.audio.samples - outage.samples) / RATE
            gap = max(0.0, self.audio.last_sample_at - fresh - outage.last_sample_at)
            self._went_on(outage.samples / RATE, outage.fault.message, gap)
        elif not self._outage and source.name != self._name:
            self._went_on(at, source.why)
        if source.muted or source.may_be_silent:
            self._zeros = 0  # these have their reason
        self._incidents.listen(
            self._name,
            at,
            self._zeros / RATE,
            muted=source.muted,
            sounded=self._sounded,
        )

    def _went_on(self, at: float, why: str, gap: float = 0.0) -> None:
        self._incidents.close(at)
        self._name = self._source.name
        self._incidents.went_on(at, why, self._name, gap)
        self._hooks.changed(self._name)

    def _reopened(self, fault: MicrophoneError, track: Track) -> bool:
        """Whether recording goes on after the fault. It does not where it had not yet begun."""
        if not self.audio.samples:
            return False
        self._close(track)
        if not self._outage:
            # One that opens and gives nothing does not begin an outage of its own: a take whose
            # microphones all do that has an end.
            until = time.monotonic() + self._patience
            self._outage = Outage(fault, until, self.audio.samples, self.audio.last_sample_at)
            self._incidents.close(self.audio.seconds)
            self._hooks.told(fault.message)
        search = Reopening(self._source, self.audio)
        found = search.result(self._outage.until, self._ended, TICK)
        if found is None:
            self.fault = None if self.stopped else self._outage.fault
            return False
        self._source, self._open, self.fault = found, True, None
        self._zeros, self._sounded = 0, False
        return True

    def _close(self, track: Track) -> None:
        """Closes what has failed, so that nobody else writes to the buffer; keeps its sound."""
        self._open = False
        try:
            self._source.stop()
        except Exception:
            log.warning("a microphone that failed was not closed", exc_info=True)
        self._hear(track, last=True)

    def _close_incidents(self) -> None:
        self._listen()
        if self._outage and not self.fault:
            self._incidents.broke_off(self._outage.samples / RATE, self._outage.fault.message)
        self._incidents.close(self.audio.seconds)

    def _hear(self, track: Track | None, *, last: bool = False) -> None:
        audio = self.audio
        audio.prepare()
        end = min(audio.samples, round(self._limits.longest * RATE))
        if self._own:
            end = self._own.clean(audio, end, last=last)
        if track:
            pcm = audio.read(track.fed, end)
            track.feed(pcm)
            self._count_zeros(pcm)
            self._hooks.heard(track)
        if last or end - self._journalled >= JOURNAL_EVERY * RATE:
            self._hooks.journal(audio.read(self._journalled, end))
            self._journalled = end

    def _count_zeros(self, pcm: bytes) -> None:
        loud = len(pcm.rstrip(b"\0"))
        self._zeros = (len(pcm) - loud) // 2 + (0 if loud else self._zeros)
        self._sounded = self._sounded or loud > 0
