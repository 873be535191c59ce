"""A take under way: its record so far, and what belongs to it while it lives."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from dictation.audio import Recording, Speech
from dictation.capture import Capture
from dictation.errors import DictationError, MicrophoneError, NoSpeech, NotDelivered
from dictation.i18n import _
from dictation.lanes import Lane
from dictation.output.rest import Since
from dictation.pieces.ahead import Ahead
from dictation.pieces.growing import Growing
from dictation.session import End
from dictation.settings import Settings
from dictation.spending import OverBudget
from dictation.takes import Status, Take
from dictation.truth import Experience
from dictation.values import Receipt, Target, Transcript


@dataclass(slots=True)
class Live:
    """A take under way and what belongs to it; main thread, but for `marks`."""

    take: Take
    settings: Settings
    pressed: float  # time.monotonic()
    marks: dict[str, float] = field(default_factory=dict)
    target: Target | None = None
    capture: Capture | None = None
    lane: Lane | None = None  # on which it is recorded
    growing: Growing | None = None  # its sound, to be read while it is spoken
    ahead: Ahead | None = None  # its text, as far as it is there before the take has ended
    speech: Speech | None = None
    experience: Future[Experience] | None = None  # asked for while the user speaks
    since: Since | None = None  # the user's typing since the stop
    receipt: Receipt | None = None
    fault: MicrophoneError | None = None
    timers: list[threading.Timer] = field(default_factory=list)
    opening: threading.Timer | None = (
        None  # sees to a microphone that hangs, whatever the take does
    )
    wanted: bool = True  # not taken back while it is being delivered
    held_back: bool = False  # not wanted in a window any more, but its text is kept
    origin: Take | None = None  # of a take that is sent again, its record until now
    gate: bool = True  # to be sent only where someone speaks, if the settings say so
    recorded: bool = False  # all of it is in the journal
    closed: bool = False  # the microphone was, or never opened
    held: bool = False  # the hotkey is down: silence does not stop the take
    waiters: list[Future[Take]] = field(default_factory=list)

    def mark(self, step: str) -> None:
        """A step of the contract's timings happens now; of several requests the first begins."""
        if step != "request_first_byte" or step not in self.marks:
            self.marks[step] = time.monotonic()

    def known(self) -> Experience:
        """What is known of the user; nothing yet where the disk takes its time. Any thread."""
        if self.experience is None or not self.experience.done() or self.experience.exception():
            return Experience()
        return self.experience.result()

    def advance(self, status: Status) -> None:
        """The take is a step further; how long it is comes from what was recorded."""
        seconds = self.take.seconds
        if self.capture:  # cancelled in mid-take, the rest of it is on its way to the disk
            cancelled = status == "cancelled"
            seconds = self.capture.audio.seconds if cancelled else self.capture.seconds
        self.take = replace(self.take, status=status, seconds=seconds)

    def captured(self, recording: Recording) -> None:
        """All of it is recorded; the microphone's troubles go into the record."""
        self.recorded = True
        if "stopped" not in self.marks:
            self.mark("stopped")
        if recording.audio.first_sample_at is not None:
            self.marks["first_sample"] = recording.audio.first_sample_at
        speech = min(recording.track().seconds, recording.seconds)
        self.take = replace(self.take, speech=speech)
        if self.capture:
            self.fault = self.capture.fault
            self.take = replace(self.take, notes=self.capture.notes)

    def heard(self, transcript: Transcript) -> None:
        """The text is there."""
        self.mark("text_ready")
        self.take = self.take.heard(transcript)

    def settle(self, end: End, error: DictationError | None) -> DictationError | None:
        """The take has ended: completes its record; returns what the user should be told."""
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()  # each holds this take
        if self.opening and (self.closed or "microphone_open" in self.marks):
            self.opening.cancel()
            self.opening = None  # it holds this take
        if self.since:
            self.since.close()
        if end == "late":
            error = NotDelivered(_("The text came late; it was not put into another window."))
        if end == "delivered":
            error = self.fault  # the microphone failed in mid-take: told with the text
        if error:
            self.take = _with(self.take, error)
        if self.origin and end in ("failed", "cancelled"):
            self.take = self._unheard(self.origin, end, error)
            return error
        self.advance(self._final_status(end, error))
        self.capture = self.growing = self.ahead = None  # they hold this take, or its sound
        if receipt := self.receipt:
            if receipt.chord_sent is not None:
                self.marks["chord_sent"] = receipt.chord_sent
            if receipt.confirmed_at is not None:
                self.marks["confirmed"] = receipt.confirmed_at
        self.take = replace(
            self.take,
            error=error.as_json() if error else None,
            delivery=receipt.as_json() if receipt else None,
            timings={
                step: round((at - self.pressed) * 1e3, 2) for step, at in dict(self.marks).items()
            },
        )
        return error

    def told_of(self, error: DictationError | None) -> bool:
        """Whether it was told when the take began to wait; that money is gone is told anyway."""
        if error is None or not error.waits or self.origin is None:
            return False
        before = (self.origin.error or {}).get("title")
        asked = isinstance(error, OverBudget) and before != error.title
        return self.origin.status == "waiting" and not asked

    def leave(self) -> None:
        """The app ends now: what is not done waits to be sent, a text that is there is kept."""
        if self.receipt:
            self.settle("delivered", None)
        elif self.origin:
            self.take = self.origin
        elif not (self.wanted or self.held_back):
            self.advance("cancelled")
        elif self.take.text:
            self.advance("kept")
        else:
            # With nothing in the journal nothing was said yet.
            self.advance("waiting" if self.capture and self.capture.seconds else "cancelled")

    def _final_status(self, end: End, error: DictationError | None) -> Status:
        if end == "delivered":
            return "kept" if self.settings.output == "none" else "delivered"
        if end == "cancelled":
            return "cancelled"
        match error:
            case NoSpeech():
                return "no_speech"
            case NotDelivered():
                return "kept"
        return "waiting" if error and error.waits else "failed"

    def _unheard(self, origin: Take, end: End, error: DictationError | None) -> Take:
        """What becomes of a take that was sent again in vain: no text that is there is lost."""
        if end == "cancelled" or error is None or not origin.wordless:
            return origin
        status = self._final_status(end, error)
        return _with(replace(origin, status=status, error=error.as_json()), error)


def _with(take: Take, error: DictationError) -> Take:
    """The take with what the error brings: who got the sound all the same, and a draft."""
    sent = tuple(dict.fromkeys((*take.sent_to, *error.sent_to)))
    take = replace(take, sent_to=sent)
    if error.draft is None:
        return take
    drafted = take.heard(error.draft)
    return replace(drafted, status=take.status, error=take.error, notes=(error.draft.note,))
